"""What a link holds: every value settled and written back, bad ones named, the same link the same look."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import polars as pl
import pytest
import streamlit as st

from data_access import periods
from data_access.view.grants import Grant, everything, grant_of
from data_access.view.scope import Scope
from data_access.view.store import Store
from data_access.view.view import View
from ui.base.formats import plain
from ui.base.link import ALL, LIVE, NONE
from ui.base.reader import Reader
from ui.base.words import t
from ui.frame.look import Look, settle
from ui.frame.opening import opening_period
from ui.menu import PAGES
from ui.parts.contents import Choice, Page, chosen

OVERVIEW = PAGES[0]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A reader who has just come: nothing in the link, nothing remembered."""

    def clear() -> None:
        st.query_params.clear()
        st.session_state.pop("look", None)

    clear()
    st.session_state["lang"] = "en"
    yield
    clear()


def opened(store: Store, number: int = 0, grant: Grant | None = None, **link: Any) -> Look:
    """The look that a link opens in a new browser."""
    st.session_state.pop("look", None)
    st.query_params.from_dict(link)
    return settle(store, PAGES[number], Reader("u1", grant or everything(store.tree)))


def whole(store: Store) -> Scope:
    return Scope(store=store, grant=everything(store.tree), node=0)


def test_a_bare_address_gets_every_value(store: Store) -> None:
    look = opened(store)
    assert look.notes == []
    assert look.values == {
        "at": store.tree.ids[0],
        "period": "2026-W43",
        "compare": "week",
        "also": "year_start",
        "rows": "children",
        "without": NONE,
        "tree": "now",  # an outlet of this bank was merged, so there is another
        "snapshot": LIVE,
        "kind": "all",
        "tier": "all",
        "lang": "en",
    }
    assert st.query_params.to_dict() == look.values
    view = look.view()
    assert (view.node, view.comparison, view.also, view.rows, view.scope.without) == (
        0,
        "week",
        "year_start",
        "children",
        (),
    )


def links(store: Store) -> list[dict[str, str]]:
    tree = store.tree
    branch, outlet = tree.children(0)[2], len(tree) - 1
    return [
        {"at": tree.ids[branch], "period": "2026-W43", "rows": "level:outlet"},
        {"at": tree.ids[outlet], "period": "2026-JanFeb", "compare": "week", "also": NONE},
        {"without": f"{tree.ids[branch]},{tree.ids[outlet]}", "kind": "personal", "tier": "mass"},
        {"period": "2026-10-01..2026-10-20", "compare": "day", "also": "quarter_end"},
        {"period": "2026-10-ytd", "rows": "level:branch_1", "snapshot": store.id},
    ]


@pytest.mark.parametrize("number", range(5))
def test_a_link_opens_the_same_look_again(number: int, store: Store) -> None:
    link = links(store)[number]
    look = opened(store, **link)
    assert look.notes == []
    assert link.items() <= look.values.items()
    again = opened(store, **st.query_params.to_dict())
    assert again.values == look.values
    assert again.view() == look.view()


@pytest.mark.parametrize(
    ("key", "bad"),
    [
        ("at", "nowhere"),
        ("at", ""),
        ("at", "*"),
        ("period", "2026-13"),
        ("period", "2019-10"),
        ("period", "2027"),
        ("period", "2026-W99"),
        ("period", "2026-JanMar"),
        ("period", "2026-10-20..2026-10-01"),
        ("compare", "ever"),
        ("compare", NONE),
        ("also", "ever"),
        ("rows", "level:planet"),
        ("rows", "outlet"),
        ("without", "nowhere"),
        ("without", "00,nowhere"),
        ("without", ","),
        ("kind", "robot"),
        ("tier", "gold"),
        ("snapshot", "990101-1"),
        ("snapshot", "../../etc"),
        ("snapshot", "*<b>"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_bad_value_says_so_and_the_default_is_shown(key: str, bad: str, lang: str, store: Store) -> None:
    st.session_state["lang"] = lang
    default = opened(store).values
    look = opened(store, **{key: bad})
    assert len(look.notes) == 1
    if bad:
        assert bad[:4].strip("*<.,") in look.notes[0].replace("\\", "")
    assert look.values == default
    assert st.query_params.to_dict() == default
    assert look.view().node == 0  # and the page can be read


CHOICES = [(page, choice) for page in PAGES for choice in page.choices]


@pytest.mark.parametrize(("page", "choice"), CHOICES, ids=lambda one: getattr(one, "url", None) or one.name)
def test_every_choice_of_a_page_travels_from_the_link_into_the_view(
    page: Page, choice: Choice, store: Store
) -> None:
    """Each value that is offered, the usual one, and one that does not exist."""
    number = PAGES.index(page)
    assert chosen(opened(store, number).view(), choice) == choice.usual(store)
    for value in choice.offered:
        look = opened(store, number, **{choice.name: value or ALL})
        assert look.notes == []
        assert chosen(look.view(), choice) == value
    bad = opened(store, number, **{choice.name: "nowhere"})
    assert len(bad.notes) == 1 and chosen(bad.view(), choice) == choice.usual(store)
    if choice.parameter and choice.parameter.values:
        assert set(choice.offered) <= set(choice.parameter.values)


def test_a_note_is_text_whatever_the_link_holds(store: Store) -> None:
    """Nothing in a link becomes a sign of Markdown, and a long value is cut."""
    for key in ("at", "period", "snapshot", "without"):
        [note] = opened(store, **{key: "[x](http://a.example)*" + "y" * 500}).notes
        assert "[x](" not in plain(note), "as the frame shows it"
        assert len(note) < 300


def test_rows_are_a_level_that_occurs_below(store: Store) -> None:
    tree = store.tree
    branch = tree.children(0)[2]
    assert opened(store, at=tree.ids[branch], rows="level:outlet").rows == "level:outlet"
    deeper = opened(store, at=tree.ids[branch], rows="level:branch_1")  # a branch has no branches below
    assert deeper.rows == "children"
    assert deeper.values["rows"] == "level:branch_1"  # one click up it holds again
    assert opened(store, at=tree.ids[len(tree) - 1], rows="level:outlet").view().rows == "children"


def test_exclusions_hold_below_the_institution_only(store: Store) -> None:
    """Nested ones, the institution itself, one beside it, one above it."""
    tree = store.tree
    first, second = tree.children(0)[2:4]
    below = tree.children(first)[2]
    deep = tree.children(below)[0]
    asked = ",".join(tree.ids[node] for node in (deep, below, second, 0))
    look = opened(store, at=tree.ids[first], without=asked, period="2026-10")
    assert look.notes == []
    assert look.without == [below, deep]
    assert look.values["without"] == asked  # the others hold again elsewhere
    whole = (
        opened(store, at=tree.ids[first], period="2026-10")
        .view()
        .metric("book.summary", columns=("customers",))
    )
    cut = look.view().metric("book.summary", columns=("customers",))
    alone = (
        opened(store, at=tree.ids[below], period="2026-10")
        .view()
        .metric("book.summary", columns=("customers",))
    )
    assert cut["customers"][0] == whole["customers"][0] - alone["customers"][0]  # counted out once
    assert opened(store, at=tree.ids[second], without=asked).without == []
    assert opened(store, at=tree.ids[deep], without=asked).without == []


def test_outside_a_grant_nothing_is_found(store: Store) -> None:
    """A link into another branch opens the reader's own, and says it does not exist."""
    tree = store.tree
    own, other = tree.children(0)[2:4]
    grant = grant_of(tree, [own], frozenset())
    assert opened(store, grant=grant).node == own
    for link in ({"at": tree.ids[other]}, {"at": tree.ids[0]}, {"without": tree.ids[other]}):
        look = opened(store, grant=grant, **link)
        assert len(look.notes) == 1 and "does not exist" in look.notes[0]
        assert tree.names_en[other] not in look.notes[0]
        assert look.node == own and look.without == []


def test_two_grants_open_together_as_ones_own_institutions(store: Store) -> None:
    """What holds them all has no name of its own there, and is no institution that one may ask for."""
    tree = store.tree
    first, branch, *_ = [node for node in tree.children(0) if tree.children(node)]
    own = [first, tree.children(branch)[0]]
    grant = grant_of(tree, own, frozenset())
    look = opened(store, grant=grant, period="2026-10")
    assert (look.node, look.notes) == (0, [])
    assert opened(store, grant=grant, at=tree.ids[0]).notes == []
    assert look.view().name(tree.ids[0]) == "Your institutions"
    rows = look.view().metric("book.summary", "children", columns=("customers",))
    assert rows["institution"].to_list() == [tree.ids[node] for node in own]
    assert rows["customers"].sum() == look.view().metric("book.summary")["customers"][0]
    level = tree.levels[own[0]]
    by_level = look.view().metric("book.summary", f"level:{level}", columns=("customers",))
    assert by_level["institution"].to_list()[0] == tree.ids[own[0]]
    assert not set(by_level["institution"]) - {tree.ids[node] for node in own} - {"rest"}
    stray = opened(store, grant=grant, at=tree.ids[branch])
    assert stray.node == 0 and "does not exist" in stray.notes[0]


def test_what_was_chosen_goes_along_to_the_next_page(store: Store) -> None:
    tree = store.tree
    chosen = {"period": "2026-W42", "compare": "previous", "also": NONE}
    look = opened(store, at=tree.ids[3], without=tree.ids[4], **chosen)
    st.query_params.clear()
    following = settle(store, PAGES[2], look.reader)
    same = ("at", "period", "compare", "also", "rows", "without", "kind", "tier")
    assert {key: following.values[key] for key in same} == {key: look.values[key] for key in same}
    assert following.notes == []


def test_what_nobody_chose_does_not_go_along(store: Store) -> None:
    """The overview opens at a week, the page after it at its own month; back there it is the week again."""
    look = opened(store)
    for page, period, compare in ((PAGES[2], "2026-10", "year_start"), (PAGES[0], "2026-W43", "week")):
        st.query_params.clear()
        look = settle(store, page, look.reader)
        assert (look.values["period"], look.values["compare"]) == (period, compare)


def test_a_month_opens_where_the_bank_wants_it_or_balances_stand_still(store: Store) -> None:
    monthly = replace(store, policy=replace(store.policy, review_weekly=False))
    assert opened(monthly).values["period"] == "2026-10"
    assert opened(monthly).values["compare"] == "year_start"
    with mock.patch.object(View, "metric", lambda *_, **__: pl.DataFrame({"deposit": [1], "loan": [2]})):
        still = opening_period(whole(store), replace(PAGES[0], cards=PAGES[0].cards[:2]))
    assert periods.name(still) == "2026-10"


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-W43", "2026-10-19", "2026-10-25"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("2026-JanFeb", "2026-01-01", "2026-02-28"),
        ("2025-JanFeb", "2025-01-01", "2025-02-28"),
    ],
)
def test_weeks_and_the_two_months_of_spring_festival(
    period: str, first: str, last: str, store: Store
) -> None:
    for page in range(len(PAGES)):
        look = opened(store, page, period=period)
        assert look.notes == []
        assert (str(look.period.first), str(look.period.last)) == (first, last)
        assert periods.name(look.period) == period == look.values["period"]


def test_the_live_snapshot_by_its_id_is_the_live_one(store: Store) -> None:
    pinned = opened(store, snapshot=store.id)
    assert pinned.values["snapshot"] == store.id  # the link keeps its numbers
    assert pinned.notes == []
    gone = opened(store, snapshot="250101-1")
    assert gone.values["snapshot"] == LIVE
    assert gone.notes == [
        t("The snapshot {id} is not kept any more; shown is {shown}.", id="250101-1", shown=store.id)
    ]
