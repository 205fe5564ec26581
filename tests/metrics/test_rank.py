"""Places against a plain sort; nothing of a peer but the place leaves the view."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_access.errors import CallError
from data_access.subject import Mart, Span
from data_access.view import scope
from data_access.view.grants import Grant, grant_of
from data_access.view.rows import Group, groups_of, read_rows
from data_access.view.store import Answers, Store
from metrics import SUBJECTS
from tests.metrics.asking import by_hand, look
from tests.metrics.funnel.force import wilson
from tests.metrics.small_bank import Row

MARCH = (date(2026, 3, 1), date(2026, 3, 31))
GROUPS = {f"B{n:02}": "big" if n < 8 else "few" for n in range(1, 12)}  # 7 big ones, 4 that are too few
CLOSED = {"B07": date(2026, 2, 10), "B01": date(2099, 1, 1)}  # B01 is to close one day and still counts
OPEN = [key for key in GROUPS if key != "B07"]
SHOPS = [f"S{n}" for n in range(4)]  # four outlets below B01: too few for a place

INSTITUTIONS = "institution_id,parent_id,level,peer_group,closed_on\nH,,head_office,,\n" + "\n".join(
    [f"{key},H,branch_1,{group},{CLOSED.get(key, '')}" for key, group in GROUPS.items()]
    + [f"{key},B01,outlet,," for key in SHOPS]
)


def values(seed: int) -> dict[str, dict[str, Any]]:
    """What each branch has: deposits now and at the start of the year, lost customers, deals won and lost."""
    rng = random.Random(seed)
    return {
        key: {
            "deposit": rng.choice([100, 200, 300, 400]),
            "past": rng.choice([100, 200, 300]),
            "left": rng.randint(0, 4),
            "won": rng.randint(0, 60),
            "lost": rng.randint(0, 60),
        }
        if key != "B11"
        else {"deposit": 5, "past": 0, "left": 0, "won": 0, "lost": 0}  # no deal, no rate
        for key in GROUPS
    }


def ranked_bank(folder: Path, of: dict[str, dict[str, Any]]) -> Store:
    balances, months, deals = ["date,institution_id,business_line,balance"], [], []
    for key, own in of.items():
        balances += [f"2025-12-31,{key},deposit,{own['past']}", f"2026-03-31,{key},deposit,{own['deposit']}"]
        for number in range(own["left"] + 2):
            months.append(f"2026-02-28,{key}-{number},{key},1")
            months += [f"2026-03-31,{key}-{number},{key},1"] if number >= own["left"] else []
        deals += [f"{key}w{n},{key},won,2026-03-10,1" for n in range(own["won"])]
        deals += [f"{key}l{n},{key},lost,2026-03-11," for n in range(own["lost"])]
    return by_hand(
        folder,
        SUBJECTS,
        {
            "institutions": INSTITUTIONS,
            "daily_balances": "\n".join(balances),
            "customer_months": "\n".join(["month,customer_id,institution_id,aum", *months]),
            "opportunities": "\n".join(["opportunity_id,institution_id,outcome,closed_on,amount", *deals]),
        },
        as_of={"opportunities": date(2026, 3, 31)},
    )


@pytest.fixture(scope="module", params=[1, 2])
def ranked(request: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, dict[str, Any]]]:
    of = values(request.param)
    return ranked_bank(tmp_path_factory.mktemp("ranks"), of), of


def place(of: dict[str, Any], key: str, better: Callable[[Any, Any], bool]) -> tuple[int, int] | None:
    """The place of one among its group, or among all open branches where the group is too small."""
    if of[key] is None or key not in OPEN:
        return None
    peers = [other for other in OPEN if GROUPS[other] == GROUPS[key] and of[other] is not None]
    peers = peers if len(peers) >= 5 else [other for other in OPEN if of[other] is not None]
    return 1 + sum(better(of[other], of[key]) for other in peers), len(peers)


def differs(a: Row, b: Row) -> bool:
    """Newcombe's method 10, written out: whether nought lies outside the interval of p − q."""
    m, n = a["won"] + a["lost"], b["won"] + b["lost"]
    p, q = a["won"] / m, b["won"] / n
    (l1, u1), (l2, u2) = wilson(a["won"], m), wilson(b["won"], n)
    low = p - q - ((p - l1) ** 2 + (u2 - q) ** 2) ** 0.5
    high = p - q + ((u1 - p) ** 2 + (q - l2) ** 2) ** 0.5
    return not low <= 0 <= high


def ranks(store: Store, node: str, by: str | None = "children", **more: Any) -> dict[tuple[str, str], Row]:
    rows = look(store, SUBJECTS, node, *MARCH, **more).metric("rank.own", by).to_dicts()
    return {(row.get("institution", node), row["metric"]): row for row in rows}


def test_places_equal_a_plain_sort(ranked: tuple[Store, dict[str, dict[str, Any]]]) -> None:
    store, of = ranked
    rows = ranks(store, "H")
    rate = {
        key: own["won"] / (own["won"] + own["lost"]) if own["won"] + own["lost"] else None
        for key, own in of.items()
    }
    ways: dict[str, tuple[dict[str, Any], Callable[[Any, Any], bool]]] = {
        "balance.lines.deposit": ({key: own["deposit"] for key, own in of.items()}, lambda x, y: x > y),
        "book.summary.left": ({key: own["left"] for key, own in of.items()}, lambda x, y: x < y),
        "book.summary.customers": (dict.fromkeys(of, 2), lambda x, y: x > y),  # all alike: all are first
        "funnel.outcomes.win_rate": (rate, lambda x, y: x > y),
    }
    for metric, (numbers, better) in ways.items():
        for key in GROUPS:
            expected = place(numbers, key, better)
            row = rows.get((key, metric))
            if expected is None:
                assert row is None, (metric, key)
                continue
            assert row is not None, (metric, key)
            assert (row["rank"], row["of"], row["hidden"]) == (*expected, None), (metric, key)
            in_group = sum(GROUPS[other] == GROUPS[key] and numbers[other] is not None for other in OPEN)
            assert row["among"] == ("group" if in_group >= 5 else "level"), (metric, key)
            if metric != "funnel.outcomes.win_rate":
                assert row["rank_low"] == row["rank_high"] == row["rank"], (metric, key)
    past = {key: own["past"] for key, own in of.items()}
    for key in OPEN:
        before = place(past, key, lambda x, y: x > y)
        assert before and rows[key, "balance.lines.deposit"]["previous_rank"] == before[0]
        assert rows[key, "book.summary.left"]["previous_rank"] is None  # nothing of a year ago is known


def test_places_that_cannot_be_told_from_chance(ranked: tuple[Store, dict[str, dict[str, Any]]]) -> None:
    store, of = ranked
    rows = ranks(store, "H")
    for key in OPEN[:-1]:
        peers = [other for other in OPEN[:-1] if GROUPS[other] == GROUPS[key]]
        peers = peers if len(peers) >= 5 else OPEN[:-1]
        clear = [other for other in peers if differs(of[other], of[key])]
        rate = {other: of[other]["won"] / (of[other]["won"] + of[other]["lost"]) for other in peers}
        row = rows[key, "funnel.outcomes.win_rate"]
        assert row["rank_low"] == 1 + sum(rate[other] > rate[key] for other in clear), key
        assert row["rank_high"] == len(peers) - sum(rate[other] < rate[key] for other in clear), key
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]


def test_too_few_for_a_place(ranked: tuple[Store, dict[str, dict[str, Any]]]) -> None:
    store, _ = ranked
    rows = ranks(store, "B01")
    assert {key for key, _ in rows} == set(SHOPS)
    for row in rows.values():
        assert (row["rank"], row["of"], row["rank_low"], row["hidden"]) == (None, None, None, "n<5")
    assert ranks(store, "H", None) == {}  # the head office has no peers


def test_a_branch_sees_the_place_that_head_office_sees(ranked: tuple[Store, dict[str, Any]]) -> None:
    store, _ = ranked
    every = ranks(store, "H")
    for key in OPEN:
        own = ranks(store, key, None, grant=grant_of(store.tree, [store.find(key)], frozenset()))
        assert own.keys() == {(inner, metric) for inner, metric in every if inner == key}
        for at, row in own.items():
            told = {"metric", "rank", "of", "previous_rank", "rank_low", "rank_high", "hidden", "among"}
            assert row.keys() == told  # no value and no name of a peer
            assert {name: every[at][name] for name in row} == row
    part = grant_of(store.tree, [store.find("S0")], frozenset())
    assert ranks(store, "B01", None, grant=part) == {}  # seen in part only
    assert ranks(store, "H", None, without=(store.find("B02"),)) == {}
    others = ranks(store, "H", without=(store.find("B02"),))  # who is left out is still a peer
    assert others == {at: row for at, row in every.items() if at[0] != "B02"}
    assert ranks(store, "B01", None, without=(store.find("S0"),)) == {}


def test_places_under_a_filter_leave_out_what_cannot_be_filtered(ranked: tuple[Store, Any]) -> None:
    store, _ = ranked
    rows = ranks(store, "H", kind="unknown")
    assert {metric for _, metric in rows} >= {"book.summary.left", "funnel.outcomes.win_rate"}
    assert not any(metric.startswith("balance.") for _, metric in rows)


def test_one_metric_by_its_full_name(ranked: tuple[Store, Any]) -> None:
    view = look(ranked[0], SUBJECTS, "B02", *MARCH)
    assert view.metric("rank.own", metric="book.summary.joined")["metric"].to_list() == [
        "book.summary.joined"
    ]
    for name in ("book.summary.nothing", "nothing", "nothing.at.all"):
        with pytest.raises(CallError):
            view.metric("rank.own", metric=name)


def test_peers_are_read_once_for_all_metrics(
    ranked: tuple[Store, dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten metrics of a few marts: rows of a level are read once a mart and span, its groups made once."""
    store, read, laid_out = replace(ranked[0], answers=Answers(16)), list[Any](), list[Any]()

    def rows(store: Store, mart: Mart, groups: list[Group], span: Span, *more: Any) -> Any:
        read.append((mart.name, len(groups), span))
        return read_rows(store, mart, groups, span, *more)

    def groups(store: Store, grant: Grant, node: int, by: str | None, without: tuple[int, ...]) -> Any:
        laid_out.append((grant, node, by))
        return groups_of(store, grant, node, by, without)

    monkeypatch.setattr(scope, "read_rows", rows)
    monkeypatch.setattr(scope, "groups_of", groups)
    ranks(store, "B02", None)
    assert len(read) == len(set(read)) > 3
    assert len(laid_out) == len(set(laid_out)) > 1
