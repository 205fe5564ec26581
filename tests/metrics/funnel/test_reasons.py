"""Reasons, competitors, owners and children that differ: by hand, and by plain Python on random banks."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.view.view import View
from metrics.statistics.intervals import differs
from tests.metrics.brute_force import Book, Funnel
from tests.metrics.funnel.force import wilson
from tests.metrics.random_banks import banks
from tests.metrics.small_bank import Row, make
from tests.metrics.test_brute_force import built, days_of, look

HEAD = (
    "opportunity_id,institution_id,outcome,closed_on,amount,expected_amount,lost_reason,competitor,"
    "manager_id\n"
)
INSTITUTIONS = "institution_id,parent_id,level,name\ntop,,head_office,Top\na,top,outlet,A\nb,top,outlet,B\n"
CONFIG = """
[tables.institutions]
csv = "institutions.csv"
[tables.managers]
csv = "managers.csv"
[tables.opportunities]
csv = "deals.csv"
as_of = 2026-03-31
"""


def deals() -> str:
    """Of 40 decided deals each, a wins 30 and b 10; each won one is worth 100, with two edges beside them."""
    rows = []
    for home, won in (("a", 30), ("b", 10)):
        for number in range(40):
            is_won = number < won
            reason = "" if is_won else ("Price" if number % 2 else "Slow")
            rival = "Rival" if number % 10 == 0 else ""
            amount = "100" if is_won else ""
            outcome = "won" if is_won else "lost"
            rows.append(f"{home}{number},{home},{outcome},2026-03-05,{amount},80,{reason},{rival},M{home}")
    rows.append("before,b,lost,2026-02-28,,80,Price,,Mb")  # the day before the period
    rows.append("lapsed,b,lapsed,2026-03-05,,80,,,Mb")  # ended without a decision: in no rate
    return HEAD + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, run: Any) -> Any:
    folder = tmp_path_factory.mktemp("why")
    managers = "manager_id,name,institution_id\nMa,Ann,a\nMb,Bob,b\n"
    texts = {"institutions.csv": INSTITUTIONS, "managers.csv": managers, "deals.csv": deals()}
    for name, text in (texts | {"cockpit.toml": CONFIG}).items():
        (folder / name).write_text(text, encoding="utf-8")
    assert run("build", "--config", folder / "cockpit.toml", "--today", "2026-04-10").code == 0

    def call(name: str, *more: str) -> list[Row]:
        asked = ("--config", folder / "cockpit.toml", "--month", "2026-03", "--format", "json", *more)
        rows: list[Row] = run("metric", name, *asked).rows
        return rows

    return call


def test_why_deals_were_lost(ask: Any) -> None:
    """10 lost at a and 30 at b: odd numbers for the price, even ones for being slow."""
    rows = {row["lost_reason"]: row for row in ask("funnel.losses", "--by", "lost_reason")}
    assert {name: row["lost"] for name, row in rows.items()} == {"Price": 20, "Slow": 20, "unknown": 0}
    assert rows["Price"]["lost_amount"] == 20 * 80
    assert (rows["Price"]["low"], rows["Price"]["high"]) == pytest.approx(wilson(20, 40), abs=1e-4)
    rival = next(row for row in ask("funnel.losses", "--by", "competitor") if row["competitor"] == "Rival")
    assert (rival["lost"], rival["won"]) == (
        4,
        4,
    )  # a: 30 lost, 0, 10 and 20 won; b: 0 won, 10, 20 and 30 lost


def test_owners(ask: Any) -> None:
    rows = {row["manager"]: row for row in ask("funnel.owners", "--by", "manager")}
    assert (rows["Ann"]["won"], rows["Ann"]["lost"], rows["Ann"]["won_amount"]) == (30, 10, 3000)
    assert rows["Bob"]["win_rate"] == 0.25


def test_children_against_the_others(ask: Any) -> None:
    rows = {row["institution"]: row for row in ask("funnel.peers", "--by", "children")}
    assert (rows["a"]["differs"], rows["a"]["at_stake"]) == (1, None)  # better: nothing is at stake
    worse = rows["b"]
    assert (worse["win_rate"], worse["peer_rate"], worse["differs"]) == (0.25, 0.75, -1)
    assert worse["at_stake"] == pytest.approx((0.75 - 0.25) * 40 * 100)
    [alone] = ask("funnel.peers")
    assert (alone["decided"], alone["peer_rate"], alone["differs"]) == (80, None, None)


@pytest.mark.slow
@banks(8)
@given(seed=st.integers(0, 10**6), nodes=st.integers(2, 9), deals=st.integers(20, 60))
def test_every_institution(seed: int, nodes: int, deals: int) -> None:
    bank = make(seed, nodes, 6, 3, deals)
    book = Book(bank)
    assume(book.delivered)
    funnel = Funnel(bank, book)
    with built(bank) as store:
        for key in bank.parent:
            inside = [deal for deal in funnel.deals if deal["institution_id"] in bank.subtree(key)]
            for first, last in days_of(bank):
                view = look(store, store.find(key), first, last)
                check_labels(view, inside)
                check_peers(
                    view,
                    {child: bank.subtree(child) for child in bank.children(key)} | {"own": {key}},
                    funnel,
                )


def _decided(view: View, deals: list[Row]) -> list[Row]:
    first, last = view.period.first, view.period.last
    return [deal for deal in deals if deal["closed_on"] and first <= deal["closed_on"] <= last]


def check_labels(view: View, inside: list[Row]) -> None:
    decided = _decided(view, inside)
    for metric, by, column in (
        ("funnel.losses", "lost_reason", "lost_reason"),
        ("funnel.losses", "competitor", "competitor"),
        ("funnel.owners", "manager", "manager"),
    ):
        found = {row[by]: row for row in view.metric(metric, by).to_dicts()}
        names = {deal[column] or "unknown" for deal in decided}
        assert names <= found.keys()
        for name, row in found.items():
            here = [deal for deal in decided if (deal[column] or "unknown") == name]
            assert row["won"] == sum(deal["outcome"] == "won" for deal in here)
            assert row["lost"] == sum(deal["outcome"] == "lost" for deal in here)


def check_peers(view: View, parts: dict[str, set[str]], funnel: Funnel) -> None:
    found = {row["institution"]: row for row in view.metric("funnel.peers", "children").to_dicts()}
    counts = {}
    for name, booked in parts.items():
        decided = _decided(view, [deal for deal in funnel.deals if deal["institution_id"] in booked])
        won = sum(deal["outcome"] == "won" for deal in decided)
        counts[name] = (won, won + sum(deal["outcome"] == "lost" for deal in decided))
    for name, (won, n) in counts.items():
        if name not in found:
            assert n == 0
            continue
        row, others = found[name], [pair for other, pair in counts.items() if other != name]
        other_won, other_n = (sum(pair[side] for pair in others) for side in (0, 1))
        assert row["decided"] == n
        if not n or not other_n:
            assert row["peer_rate"] is None and row["differs"] is None
            continue
        assert row["peer_rate"] == pytest.approx(other_won / other_n)
        clear = min(n, other_n) >= 30 and differs(won, n, other_won, other_n)
        assert row["differs"] == ((1 if won / n > other_won / other_n else -1) if clear else 0)
