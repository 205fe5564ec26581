"""The table of institutions adds up: own, transfers and rest included, at every level, with exclusion."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

import ui.parts.children
from data_access.errors import CallError
from data_access.view.grants import grant_of
from data_access.view.rows import BETWEEN, OWN, REST
from data_access.view.store import Store
from data_access.view.view import View
from metrics.target import shown
from tests.ui.conftest import Look
from ui.base.words import t
from ui.parts.breakdown import MANAGED
from ui.parts.child_rows import GAP, LEAD, NAME, NOBODY, PLAN, SHARE, STATUS, WORDS
from ui.parts.children import MANAGER, Children, children_of
from ui.parts.contents import of
from ui.parts.key_items import items
from ui.parts.model import Cell
from ui.parts.plans import plans
from ui.review.page import BALANCES, OVERVIEW

MOVES = tuple(("book.summary", column) for column in ("customers", "aum", "moved_in", "moved_out"))
EXTRA = (("book.summary", "joined"), ("book.summary", "moved_in"), ("book.summary", "fee_income"))
FUNNEL_BELOW = of("funnel.outcomes", "won_amount", "won", "lost", "open", "open_amount")


def table(view: View, wanted: Any = OVERVIEW.below, by: str | None = None) -> Children:
    made = children_of(view, wanted, by or view.rows)
    assert made is not None
    return made


def keys_of(made: Children) -> list[str]:
    """Columns that add up: all but name, share, plan, gap and course."""
    others = (NAME, LEAD, SHARE, STATUS, PLAN, GAP, "_spark")
    return [head.key for head in made.table.columns if head.key not in others]


def check_sums(view: View, wanted: Any, by: str, *, card: bool = True) -> Children:
    """Every row summed = the total = the card; the change of the rows = the change of the total."""
    made = table(view, wanted, by)
    *rows, total = made.table.rows
    assert total.role == "total" and not [row for row in rows if row.role == "total"]
    cards = {item.id: item.value for item in items(view, wanted, course=False)[0]} if card else {}
    for key in keys_of(made):
        values = [row.cells[key].value for row in rows if row.cells[key].value is not None]
        assert sum(values) == (total.cells[key].value or 0), key
        if card:
            assert total.cells[key].value == cards[key], key
    changes = [row.cells[LEAD].value or 0 for row in rows]
    assert sum(changes) == (total.cells[LEAD].value or 0)
    shares = [row.cells[SHARE].value for row in rows]
    if total.cells[SHARE].value is not None:
        assert sum(v or 0 for v in shares) == pytest.approx(total.cells[SHARE].value, abs=1e-6)
    return made


@pytest.mark.slow
@pytest.mark.parametrize(
    "wanted",
    [OVERVIEW.below, BALANCES.below, FUNNEL_BELOW, EXTRA],
    ids=["overview", "balances", "funnel", "flows"],
)
def test_rows_sum_to_the_total_and_the_card_at_every_level(wanted: Any, look: Look, store: Store) -> None:
    tree = store.tree
    for by in ("children", *(f"level:{level}" for level in tree.levels_below(0))):
        check_sums(look(0), wanted, by)
    for node in tree.children(0)[2:4]:
        check_sums(look(node, "2026-W43"), wanted, "children")
        check_sums(look(node, "2026-JanFeb", "last_year"), wanted, f"level:{tree.levels_below(node)[-1]}")


def test_rows_sum_with_exclusion(look: Look, store: Store) -> None:
    """A child, a grandchild, several, and a level row that lies below the excluded one."""
    tree = store.tree
    branch = tree.children(0)[2]
    deep = tree.children(tree.children(branch)[2])[0]
    whole = table(look(0)).table.rows[-1].cells["balance.lines.deposit"].value
    for out in ((branch,), (deep,), (tree.children(0)[0], deep), (tree.children(0)[3], branch)):
        for by in ("children", "level:outlet" if deep in out else "level:branch_1"):
            made = check_sums(look(0, without=out), OVERVIEW.below, by)
            shown_ids = {row.id for row in made.table.rows}
            assert not {tree.ids[node] for at in out for node in range(at, tree.last[at] + 1)} & shown_ids
            left = made.table.rows[-1].cells["balance.lines.deposit"].value
            gone = sum(table_total(look(at)) for at in out)
            assert left == whole - gone


def test_with_everybody_left_out_the_total_is_the_card(look: Look, store: Store) -> None:
    """Nothing is booked at the branch itself: the card says 0, and so does the total."""
    branch = store.tree.children(0)[2]
    check_sums(look(branch, without=tuple(store.tree.children(branch))), OVERVIEW.below, "children")


def table_total(view: View) -> Any:
    """The deposits of an institution, whether it has institutions below or not."""
    return view.metric("balance.lines", columns=("deposit",))["deposit"][0]


def test_own_transfers_and_rest_have_their_rows(look: Look, store: Store) -> None:
    tree = store.tree
    seen: dict[str, int] = {}
    for node in (node for node in range(len(tree)) if tree.last[node] > node):
        for period in ("2026-10", "2025-11")[node % 2 :]:
            view = look(node, period)
            made = check_sums(view, MOVES, "children", card=False)
            frame = view.metric("book.summary", "children", columns=("customers", "moved_in"))
            stored = dict(frame.select("institution", "moved_in").iter_rows())
            for row in made.table.rows:
                seen[row.role] = seen.get(row.role, 0) + 1
                assert (row.id is not None) is (row.role == "child")
                if row.role == "between":
                    assert row.cells[NAME].text == t(WORDS[BETWEEN])
                    assert row.cells["book.summary.moved_in"].value == stored[BETWEEN]
                    assert row.cells["book.summary.customers"].text == ""  # transfers are no stock
                    assert not row.cells.get("_spark", Cell()).spark
                if row.role == "own":
                    assert row.cells[NAME].text == t(WORDS[OWN])
    assert seen["own"] and seen["between"] and seen["total"]
    by_level = check_sums(look(0), OVERVIEW.below, "level:branch_1")
    assert t(WORDS[REST]) in [row.cells[NAME].text for row in by_level.table.rows]


def test_closed_and_empty_institutions_are_left_out_and_history_stays(look: Look, store: Store) -> None:
    tree = store.tree
    closed = next(node for node in range(len(tree)) if tree.closed[node])
    above, key = tree.parent[closed], tree.ids[closed]
    assert key not in {row.id for row in table(look(above)).table.rows}
    before = f"{tree.closed[closed]:%Y-%m}"
    earlier = check_sums(look(above, before), OVERVIEW.below, "children")
    compared = check_sums(look(above, "2025-11", "last_year"), OVERVIEW.below, "children")
    assert key in {row.id for row in (*earlier.table.rows, *compared.table.rows)}


@pytest.mark.parametrize("by", ["children", "level:outlet", "level:branch_2"])
def test_plan_and_gap_are_each_institutions_own_and_never_summed(by: str, look: Look, store: Store) -> None:
    view = look(0, lang="en")
    made = table(view, OVERVIEW.below, by)
    full = f"{made.lead[0]}.{made.lead[1].name}"
    minor, tree = store.minor_units, store.tree
    with_plan = 0
    for row in made.table.rows:
        plan, gap = row.cells[PLAN], row.cells[GAP]
        if row.role in ("child", "total"):
            node = 0 if row.role == "total" else tree.node_of[row.id]
            own = shown(plans(look(node, lang="en")), full)
            if own is None:
                told = row.role == "child" and not tree.closed[node]  # as its own card says
                assert row.cells[STATUS].text == ("No plan set" if told else "")
                assert plan.text == gap.text == "" and plan.value is gap.value is None
                continue
            with_plan += 1
            assert plan.value == own["attainment"]
            assert gap.value == own["gap"] * minor
            told = f"{own['attainment'] * 100:.1f}" if own["attainment"] >= 0 else "net decrease"
            assert plan.text == told
        else:
            assert not plan.text and not gap.text
    assert with_plan > 2
    gaps = [row.cells[GAP].value or 0 for row in made.table.rows[:-1]]
    assert made.table.rows[-1].cells[GAP].value != sum(gaps)  # branches pass on more than they received


def test_no_plan_columns_under_a_filter(look: Look) -> None:
    made = check_sums(look(0, filters={"kind": "personal"}), EXTRA, "children")
    assert not {PLAN, GAP} & {head.key for head in made.table.columns}


@pytest.mark.parametrize("by", ["level:outlet", "children"])
def test_more_institutions_than_a_page_carries_are_one_row(
    by: str, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = look(0)
    whole = table(view, OVERVIEW.below, by)
    monkeypatch.setattr(ui.parts.children, "MOST", 3)
    folded = check_sums(look(0), OVERVIEW.below, by)
    kept = [row for row in folded.table.rows if row.role == "child"]
    ordinary = [row for row in whole.table.rows if row.role == "child"]
    assert len(kept) == 3
    assert folded.hidden == len(ordinary) - 3
    key = keys_of(whole)[0]
    values = sorted((row.cells[key].value or 0 for row in ordinary), reverse=True)
    assert [row.cells[key].value for row in kept] == values[:3]  # the largest stay
    assert folded.table.rows[-1].cells[key] == whole.table.rows[-1].cells[key]
    special = [row.cells[NAME].text for row in folded.table.rows if row.role == "own"]
    assert len(special) == len([row for row in whole.table.rows if row.role == "own"]) + 1


def test_the_folded_row_is_told_from_what_lies_elsewhere(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Institutions of other levels are one row, small ones of this level another: not under one name."""
    monkeypatch.setattr(ui.parts.children, "MOST", 3)
    names = [row.cells[NAME].text for row in table(look(0), OVERVIEW.below, "level:outlet").table.rows]
    assert len(names) == len(set(names)), names


def test_an_outlet_lists_its_managers(look: Look, store: Store) -> None:
    outlet = len(store.tree) - 1
    for lang in ("zh", "en"):
        view = look(outlet, lang=lang)
        made = check_sums(view, MANAGED, MANAGER, card=False)
        names = {row.cells[NAME].text for row in made.table.rows if row.role == "child"}
        assert names & set(store.managers.values())
        assert {row.id for row in made.table.rows} == {None}
        assert "_spark" not in {head.key for head in made.table.columns}
        total = made.table.rows[-1].cells["book.managers.aum"].value
        assert total == view.metric("book.summary", columns=("aum",))["aum"][0]
        cards = {item.id: item.value for item in items(view, OVERVIEW.cards, course=False)[0]}
        for name in ("deposit", "loan"):  # whoever holds them, and what no customer's record tells of
            held = made.table.rows[-1].cells[f"book.managers.{name}"].value
            assert held == cards[f"balance.lines.{name}"], name
        nobody = [row for row in made.table.rows if row.cells[NAME].text == t(WORDS[NOBODY])]
        assert len(nobody) == 1 and nobody[0].role == "own"
    people = look(outlet, settings={"book.customers": "people"})
    made = table(people, MANAGED, MANAGER)
    assert t(WORDS[NOBODY]) not in [row.cells[NAME].text for row in made.table.rows]


def test_the_words_of_heads_and_the_change(look: Look) -> None:
    made = table(look(0, lang="en"))
    assert made.basis == "vs start of year"
    assert [head.label for head in made.table.columns[:3]] == [
        "Institution",
        "Deposit balance",
        "vs start of year",
    ]
    assert made.table.columns[1].unit == "M CNY"
    assert {row.role for row in made.table.rows} <= {"child", "own", "between", "total"}


def test_a_reader_of_one_branch_has_no_row_of_another(look: Look, store: Store) -> None:
    """With a grant for one branch, head office's table holds that branch alone."""
    branch = store.tree.children(0)[2]
    view = look(0)
    view = view.within(replace(view.scope, grant=grant_of(store.tree, [branch], frozenset())))
    made = table(view, OVERVIEW.below, "children")
    assert [row.id for row in made.table.rows if row.role == "child"] == [store.tree.ids[branch]]
    own = table(look(branch)).table.rows[-1].cells["balance.lines.deposit"].value
    assert made.table.rows[-1].cells["balance.lines.deposit"].value == own
    assert made.table.rows[-1].cells.get(PLAN, Cell()).value is None  # head office's plan is not theirs


def test_a_plan_that_may_not_be_shown_is_not_called_unset(look: Look, store: Store) -> None:
    """Head office and the branch have plans; with an outlet left out these are hidden, not 未下达."""
    tree = store.tree
    branch = tree.children(0)[2]
    full = "balance.lines.deposit"
    assert shown(plans(look(0)), full) and shown(plans(look(branch)), full)
    made = table(look(0, without=(branch + 1,)), OVERVIEW.below, "children")
    partly = [row for row in made.table.rows if row.id == tree.ids[branch] or row.role == "total"]
    assert len(partly) == 2
    for row in partly:
        assert row.cells[STATUS].text != t("No plan set"), row.cells[NAME]


def test_a_share_is_never_added_up(look: Look) -> None:
    """It may not lead; elsewhere its total is the metric's own, not the sum of the rows."""
    view = look(0)
    with pytest.raises(CallError, match="does not add up"):
        children_of(view, of("funnel.outcomes", "win_rate", "won"), "children")
    made = table(view, of("funnel.outcomes", "won", "win_rate"), "children")
    total, key = made.table.rows[-1], "funnel.outcomes.win_rate"
    assert total.cells[key].value == view.metric("funnel.outcomes")["win_rate"][0]
    [head] = [column for column in made.table.columns if column.key == key]
    assert head.adds_up is None, "nor is it summed where rows are folded away"


def test_growth_of_few_is_not_told(look: Look, store: Store) -> None:
    """A complaint more than one is no growth of 100 %: a part in the growth needs something to have grown."""
    few = enough = 0
    parents = [node for node in range(len(store.tree)) if store.tree.children(node)]
    for node, lead in itertools.product(parents, ("joined", "customers")):
        made = children_of(look(node), of("book.summary", lead), "children")
        if made is None:
            continue
        total = made.table.rows[-1].cells
        now, change = total[f"book.summary.{lead}"].value, total[LEAD].value
        if now is None or change is None:
            continue
        told = SHARE in [column.key for column in made.table.columns]
        assert told == (now - change >= store.policy.floor_rank), (node, now, change)
        few, enough = few + (not told), enough + told
    assert few and enough
