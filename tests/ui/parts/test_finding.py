"""The finding: every number in it stands, as printed, on a card, in the table or in a panel's heading."""

import re
from dataclasses import replace

import pytest
import streamlit as st

from data_access import periods
from data_access.subject import Measure
from data_access.view.store import Store
from data_access.view.view import View
from tests.ui.conftest import Look
from ui.base.words import t
from ui.funnel.page import FUNNEL
from ui.menu import PAGES as MENU
from ui.parts.child_rows import LEAD, NAME
from ui.parts.children import Children, children
from ui.parts.contents import Page
from ui.parts.finding import difference, finding
from ui.parts.key_items import items
from ui.parts.model import Card, Cell, Column, Row, Table, Verdict, verdict_word
from ui.parts.todo import todo, told, total
from ui.review.page import BALANCES, OVERVIEW

LISTS = {listed.name: listed for page in MENU for listed in page.lists}
PAGES = {"overview": (OVERVIEW, LISTS.values()), "balances": (BALANCES, ()), "funnel": (FUNNEL, FUNNEL.lists)}
PERIODS = ("2026-10", "2026-W43", "2026-JanFeb", "2026-Q3", "2026-10-01..2026-10-20")
COMPARED = ((periods.YEAR_START, periods.LAST_YEAR), (periods.WEEK, ""), (periods.PREVIOUS, periods.DAY))
_NUMBER = re.compile(r"[>+-]{0,2}\d+(?:,\d{3})*(?:\.\d+)?%?")


def page_of(*cards: tuple[str, str]) -> Page:
    return Page(script="", section="", title="", metrics=(), cards=cards)


def numbers(text: str) -> list[str]:
    """Every number in a text as it is printed, with its sign and percent sign."""
    return _NUMBER.findall(text)


def printed(item: Card) -> str:
    """All that a card shows."""
    unit = "%" if item.unit == "%" else f" {item.unit}"
    changes = [f"{c.basis} {c.text} {verdict_word(c.verdict)}" for c in item.changes]
    lines = [f"{line.text} {line.more}" for line in (item.plan, item.place) if line is not None]
    lines += [item.plan.left] if item.plan is not None else []
    return "\n".join([f"{item.label} {item.text}{unit}", *changes, *lines])


def sentences(view: View, page: str) -> list[str]:
    declared, lists = PAGES[page]
    return finding(view, declared, todo(view, lists))


def outlets(store: Store) -> list[int]:
    """A branch, an outlet with customers, the outlet with the fewest, one that was closed."""
    tree = store.tree
    ends = [node for node in range(len(tree)) if tree.last[node] == node]
    closed = next(node for node in ends if tree.closed[node])
    return [0, tree.children(0)[2], ends[2], closed]


def check(view: View, page: str) -> None:
    """Each sentence against the one card, row or list that it speaks of."""
    declared, lists = PAGES[page]
    found, _ = items(view, declared.cards, course=False)
    cards = {item.label: printed(item) for item in found}
    below = children(view, declared.below, view.rows) if declared.below else None
    rows = [] if below is None else [row for row in below.table.rows if row.role == "child"]
    unit = below.table.columns[1].unit if below else ""
    table = [f"{row.cells[NAME].text} {row.cells[LEAD].text} {unit}".strip() for row in rows]
    said = sentences(view, page)
    assert said
    for number, sentence in enumerate(said):
        assert not re.search(r"\bnan\b|\binf\b|[{}]|None(?! of)", sentence)
        by_label = sorted((label for label in cards if sentence.startswith(label)), key=len)
        if by_label:
            assert set(numbers(sentence)) <= set(numbers(cards[by_label[-1]])), (sentence, cards)
            assert (number == 0) == (by_label[-1] == next(i.label for i in found if i.text))
        elif any(t(listed.label) in sentence for listed in LISTS.values()):
            known = {told(view, one): t(one.label) for one in LISTS.values() if total(view, one)}
            [(heading, words)] = [(h, w) for h, w in known.items() if w in sentence]
            assert numbers(sentence.replace(words, "")) == numbers(heading)
            most = max(
                filter(None, (total(view, one) for one in (lists or LISTS.values()))),
                key=lambda one: one.amount,
            )
            assert most.text in sentence
        elif numbers(sentence):
            assert [row for row in table if row in sentence], (sentence, table)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_number_is_found_on_the_page(page: str, lang: str, look: Look, store: Store) -> None:
    first, branch, outlet, closed = outlets(store)
    looks = {
        "zh": [(first, PERIODS[0]), (first, PERIODS[1]), (branch, PERIODS[2]), (outlet, PERIODS[3])],
        "en": [(first, PERIODS[4]), (outlet, PERIODS[1]), (closed, PERIODS[0])],
    }
    for number, (node, period) in enumerate(looks[lang]):
        compare, also = COMPARED[number % len(COMPARED)]
        check(look(node, period, compare, also, lang), page)


@pytest.mark.parametrize("page", PAGES)
def test_every_number_under_a_filter_an_exclusion_and_by_level(page: str, look: Look, store: Store) -> None:
    branch = store.tree.children(0)[2]
    check(look(0, filters={"kind": "personal"}), page)
    check(look(0, without=(branch,)), page)
    check(look(0, rows="level:outlet"), page)
    check(look(branch, "2026-W43", without=(branch + 1,), lang="en"), page)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("rows", ["children", "level:outlet"])
def test_gain_and_loss_are_the_extremes(lang: str, rows: str, look: Look) -> None:
    """Against the metric itself, at two days, institution by institution."""
    view = look(0, lang=lang, rows=rows)
    said = finding(view, OVERVIEW)
    then = view.compared(flow=False)
    now, before = (
        dict(v.metric("balance.lines", rows, columns=("deposit",)).select("name", "deposit").iter_rows())
        for v in (view, then)
    )
    special = ("own", "between", "rest")
    changes = {name: now[name] - before.get(name, 0) for name in now if name not in special}
    best, worst = max(changes, key=changes.__getitem__), min(changes, key=changes.__getitem__)
    assert changes[best] > 0 > changes[worst]
    assert best in said[1]
    assert worst in said[2]
    [row] = [
        row
        for row in (children(view, OVERVIEW.below, rows) or pytest.fail()).table.rows
        if row.role == "child" and row.cells[NAME].text == best
    ]
    assert row.cells[LEAD].value == changes[best]


def test_the_leading_sentence_has_all_that_its_card_shows(look: Look, store: Store) -> None:
    """Both comparisons, plan, time elapsed and gap, and the place: what a meeting asks for first."""
    node = store.tree.children(0)[2]
    for lang in ("zh", "en"):
        view = look(node, lang=lang)
        lead = items(view, OVERVIEW.cards, course=False)[0][0]
        first = finding(view, OVERVIEW)[0]
        assert len(lead.changes) == 2
        for change in lead.changes:
            assert f"{change.basis} {change.text}" in first
        plan = lead.plan
        assert all(part in first for part in (plan.text, plan.more, plan.left))


def test_nothing_known_is_one_sentence(look: Look, store: Store) -> None:
    nothing = t("There are no numbers for this institution and period.")
    for lang in ("zh", "en"):
        view = look(0, lang=lang)
        nothing = t("There are no numbers for this institution and period.")
        assert finding(view, page_of()) == [nothing]
        assert finding(view, page_of(("funnel.outcomes", "win_rate"))) != [nothing]
    last = len(store.tree) - 1
    closed = next(node for node in range(last) if store.tree.closed[node])
    for node in (closed, last):
        view = look(node, "2024-11-02..2024-11-02", periods.DAY, periods.WEEK)
        for page in PAGES:
            assert sentences(view, page)
    view = look(closed, "2026-W43")
    assert finding(view, page_of(("funnel.outcomes", "win_rate")))[0].endswith("。")


def test_nothing_stands_out_says_so(look: Look) -> None:
    """On a Sunday every balance is Saturday's."""
    for lang in ("zh", "en"):
        view = look(0, "2026-10-25..2026-10-25", periods.DAY, "", lang)
        said = finding(view, BALANCES)
        assert said[1:] == [t("None of the institutions below stands out.")], "of a day nothing is judged"


def row(name: str, value: float | None, direction: int, role: str = "child") -> Row:
    text = "" if value is None else f"{value:+.0f}"
    return Row({NAME: Cell(name), LEAD: Cell(text, value, direction=direction)}, role)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"a": 5, "b": -3, "c": 1}, ["Largest increase: a +5 M.", "Largest decrease: b -3 M."]),
        ({"a": 5, "c": 1}, ["Largest increase: a +5 M.", "Smallest increase: c +1 M."]),
        ({"a": -5, "c": -1}, ["Largest decrease: a -5 M."]),
        ({"a": 5}, ["Largest increase: a +5 M."]),
        ({"a": 0}, ["None of the institutions below stands out."]),
        ({}, ["None of the institutions below stands out."]),
        ({"a": None, "b": -1}, ["Largest decrease: b -1 M."]),
    ],
)
def test_who_makes_the_difference(values: dict[str, float | None], said: list[str]) -> None:
    """Own, transfers, rest and total are nobody's merit; who is new or unknown does not break it."""
    st.session_state["lang"] = "en"
    rows = [row(name, value, ((value or 0) > 0) - ((value or 0) < 0)) for name, value in values.items()]
    rows += [row("own", 99, 1, "own"), row("between", -99, -1, "between"), row("total", 0, 0, "total")]
    below = Children(
        Table([Column(NAME, ""), Column("n", "", unit="M")], rows),
        ("x", Measure(name="y", label="", unit="money")),
        "",
        0,
    )
    assert difference(below) == said
    assert difference(replace(below, table=replace(below.table, rows=[]))) == [
        "None of the institutions below stands out."
    ]


def test_an_increase_is_told_itself_and_a_flow_with_what_it_is_compared_with() -> None:
    """Of a column of increases not the increase of the increase; of a flow its change, called so."""
    st.session_state["lang"] = "en"
    rows = [row("a", -30, -1), row("b", 5, 1)]
    rows = [Row({**one.cells, "n": Cell(str(net), net)}) for one, net in zip(rows, (57, 8), strict=True)]
    net = Children(
        Table([Column(NAME, ""), Column("n", "")], rows),
        ("x", Measure(name="y", label="", unit="count", net=True, flow=True)),
        "vs last year",
        0,
    )
    assert difference(net) == ["Largest increase: a 57.", "Smallest increase: b 8."]
    flow = replace(net, lead=("x", Measure(name="y", label="", unit="count", flow=True)))
    assert difference(flow) == [
        "Largest increase vs last year: b +5.",
        "Largest decrease vs last year: a -30.",
    ]


def test_what_lies_within_chance_is_not_told_as_worse(look: Look, store: Store) -> None:
    """A figure named as worse is one whose card says so; others are called not significant."""
    for node in range(0, len(store.tree), 6):
        view = look(node, lang="en")
        found, _ = items(view, FUNNEL.cards, course=False)
        bad = [i.label for i in found if i.changes and i.changes[0].verdict is Verdict.WORSE]
        for sentence in finding(view, FUNNEL)[1:]:
            if "(worse)" in sentence:
                assert any(sentence.startswith(f"{label} ") for label in bad)
            if "not significant" in sentence:
                chance = [
                    i.label for i in found if i.changes and i.changes[0].verdict is Verdict.NOT_SIGNIFICANT
                ]
                assert any(label in sentence for label in chance)


@pytest.mark.parametrize("page", PAGES)
def test_where_nothing_can_be_compared_nothing_is_said_to_be_as_before(page: str, look: Look) -> None:
    """The first month of the data: no change is known, which is not the same as no change."""
    view = look(0, "2024-11", periods.LAST_YEAR, "", "en")
    found, _ = items(view, PAGES[page][0].cards, course=False)
    assert {c.text for item in found for c in item.changes} <= {"no earlier data"}
    said = " ".join(sentences(view, page))
    assert "stands out" not in said
    assert "got worse" not in said


COUNTERS = {
    "overdue": "笔",
    "stalled": "笔",
    "returning": "笔",
    "due": "笔",
    "moves": "户",
    "detractors": "人次",
    "near_edge": "户",
}


def test_every_list_counts_in_its_own_measure_word(look: Look) -> None:
    """Customers are 户, deals and positions 笔, detractors 人次, by answer; English has none of these."""
    assert COUNTERS.keys() == LISTS.keys()
    seen = set()
    for lang in ("zh", "en"):
        view = look(0, lang=lang)
        for name, listed in LISTS.items():
            found = total(view, listed)
            if found is None:
                continue
            seen.add(name)
            count = f"{found.cases:,} {COUNTERS[name]}，" if lang == "zh" else f"{found.cases:,} in all, "
            assert count in told(view, listed) and count in todo(view, [listed]), (lang, name)
    assert {"near_edge", "due", "overdue", "detractors"} <= seen
