"""Places against brute force; nothing of a peer but the place leaves the view."""

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import hypot, log
from pathlib import Path
from statistics import NormalDist, stdev
from typing import Any

import pytest
from scipy.stats import t

from data_access.errors import CallError
from data_access.periods import month_end
from data_access.subject import Mart, Span
from data_access.view import scope
from data_access.view.answers import Answers
from data_access.view.grants import Grant, grant_of
from data_access.view.rows import Group, groups_of, read_rows
from data_access.view.store import Store
from metrics import SUBJECTS
from tests.metrics.asking import by_hand, look
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


MONTHS = [(2025, month) for month in range(2, 13)] + [(2026, month) for month in (1, 2, 3)]
MONTH_ENDS = [month_end(*month) for month in MONTHS]
STAYED = 40


def values(seed: int) -> dict[str, dict[str, Any]]:
    """What each branch has: deposits by month end, lost customers, deals won and lost."""
    rng = random.Random(seed)
    found = {}
    for number, key in enumerate(GROUPS):
        deposits, now = [], rng.choice([100_000, 2_000_000])
        for _ in MONTH_ENDS:
            deposits.append(now)
            now = round(now * (1 + 0.1 * (number % 3) + rng.choice([-0.02, 0.0, 0.02])))
        found[key] = {
            "deposit": deposits,
            "left": rng.choice([0, 2, 60]),
            "won": rng.randint(0, 60),
            "lost": rng.randint(0, 60),
        }
    found["B11"] = {"deposit": [5], "left": 0, "won": 0, "lost": 0}  # no deal, no history
    return found


def ranked_bank(folder: Path, of: dict[str, dict[str, Any]]) -> Store:
    balances, deals = ["date,institution_id,business_line,balance"], []
    months = [f"{day},{key}-0,{key},1" for day in ("2026-02-28", "2026-03-31") for key in SHOPS]
    for key, own in of.items():
        days = zip(reversed(MONTH_ENDS), reversed(own["deposit"]), strict=False)
        balances += [f"{day},{key},deposit,{balance}" for day, balance in days]
        for number in range(own["left"] + STAYED):
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


def differs(a: tuple[int, int], b: tuple[int, int], z: float) -> bool:
    """Newcombe's method 10, written out: whether nought lies outside the interval of p − q."""
    (x, m), (y, n) = a, b
    p, q = x / m, y / n
    (l1, u1), (l2, u2) = wilson(x, m, z), wilson(y, n, z)
    low = p - q - ((p - l1) ** 2 + (u2 - q) ** 2) ** 0.5
    high = p - q + ((u1 - p) ** 2 + (q - l2) ** 2) ** 0.5
    return not low <= 0 <= high


def wilson(x: int, n: int, z: float) -> tuple[float, float]:
    p, middle = x / n, (x + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * (p * (1 - p) * n + z * z / 4) ** 0.5
    return (0.0 if x == 0 else middle - half), (1.0 if x == n else middle + half)


def peers_of(key: str, known: list[str]) -> list[str]:
    """Its group, or all open branches where the group is too small."""
    peers = [other for other in known if GROUPS[other] == GROUPS[key]]
    return peers if len(peers) >= 5 else known


Place = tuple[int | None, int, int]


def by_rate(numbers: dict[str, tuple[int, int]], key: str, sign: int) -> Place:
    """Place, best and worst place by a rate of so many of so many."""
    peers = peers_of(key, [other for other in OPEN if numbers[other][1]])
    z = NormalDist().inv_cdf(1 - 0.05 / 2 / (len(peers) - 1))
    own = Fraction(*numbers[key])
    away = {other: sign * (Fraction(*numbers[other]) - own) for other in peers}
    sure = {other for other in peers if other != key and differs(numbers[other], numbers[key], z)}
    return placed(away, sure)


def placed(away: dict[str, Any], sure: set[str]) -> Place:
    low = 1 + sum(away[other] > 0 for other in sure)
    high = len(away) - sum(away[other] < 0 for other in sure)
    rank = 1 + sum(value > 0 for value in away.values())
    return None if (low, high) == (1, len(away)) else rank, low, high


def by_growth(of: dict[str, dict[str, Any]], key: str) -> Place:
    """Deposits at the end of March by those of December."""
    peers = peers_of(key, [other for other in OPEN if len(of[other]["deposit"]) > 3])
    growth, error = {}, {}
    for other in peers:
        course = of[other]["deposit"]
        growth[other] = log(course[-1] / course[-4])
        steps = [log(b / a) for a, b in pairwise(course[-13:])]
        error[other] = stdev(steps) * (90 / (365.25 / 12)) ** 0.5
    limit = float(t.ppf(1 - 0.05 / 2 / (len(peers) - 1), 11))
    away = {other: growth[other] - growth[key] for other in peers}
    sure = {other for other in peers if abs(away[other]) > limit * hypot(error[other], error[key])}
    return placed(away, sure)


def ranks(store: Store, node: str, by: str | None = "children", **more: Any) -> dict[tuple[str, str], Row]:
    rows = look(store, SUBJECTS, node, *MARCH, **more).metric("rank.own", by).to_dicts()
    return {(row.get("institution", node), row["metric"]): row for row in rows}


def test_places_equal_brute_force(ranked: tuple[Store, dict[str, dict[str, Any]]]) -> None:
    store, of = ranked
    rows = ranks(store, "H")
    won = {key: (own["won"], own["won"] + own["lost"]) for key, own in of.items()}
    stayed = {key: STAYED + len(SHOPS) * (key == "B01") for key in of}
    left = {key: (own["left"], own["left"] + stayed[key]) for key, own in of.items()}
    told = 0
    for key in OPEN:
        expected = {
            "balance.lines.deposit": by_growth(of, key) if key != "B11" else None,
            "book.summary.left": by_rate(left, key, -1),
            "funnel.outcomes.win_rate": by_rate(won, key, 1) if key != "B11" else None,
        }
        for metric, place in expected.items():
            row = rows.get((key, metric))
            if place is None:
                assert row is None, (metric, key)
                continue
            assert row is not None, (metric, key)
            assert tuple(row[name] for name in ("rank", "rank_low", "rank_high")) == place, (metric, key)
            assert row["hidden"] is None and row["of"] >= 5
            assert row["among"] == ("group" if GROUPS[key] == "big" else "level"), (metric, key)
            assert row["by"] == ("growth" if metric == "balance.lines.deposit" else "rate")
            told += place[0] is not None
        assert rows[key, "book.summary.left"]["previous_rank"] is None  # nothing of a year ago is known
    assert told > 10, "some can be told apart"


def test_one_month_of_history_gives_no_growth_a_place(ranked: tuple[Store, dict[str, Any]]) -> None:
    """AUM is known in February and March only: it grew, but nobody knows how it scatters."""
    view = look(ranked[0], SUBJECTS, "H", *MARCH, comparison="previous")
    for row in view.metric("rank.own", "children", metric="book.summary.aum").to_dicts():
        assert (row["rank"], row["of"], row["hidden"]) == (None, None, "months<7")


def test_a_larger_branch_is_not_worse_for_its_size(tmp_path: Path) -> None:
    """All lose a tenth; the largest loses the most and is no worse for it."""
    rows = ["month,customer_id,institution_id,aum"]
    for number, key in enumerate(OPEN):
        count = 300 if number == 0 else 50
        rows += [f"2026-02-28,{key}-{n},{key},1" for n in range(count)]
        rows += [f"2026-03-31,{key}-{n},{key},1" for n in range(count // 10, count)]
    store = by_hand(tmp_path, SUBJECTS, {"institutions": INSTITUTIONS, "customer_months": "\n".join(rows)})
    view = look(store, SUBJECTS, "H", *MARCH)
    for row in view.metric("rank.own", "children", metric="book.summary.left").to_dicts():
        assert row["rank"] is None, "nobody can be told apart"
        assert (row["rank_low"], row["rank_high"]) == (1, row["of"])


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
            told = {"metric", "by", "rank", "of", "previous_rank", "rank_low", "rank_high", "hidden", "among"}
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
    store, read, laid_out = replace(ranked[0], answers=Answers()), list[Any](), list[Any]()

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
