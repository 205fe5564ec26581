"""Alerts: series by hand for each kind of figure, the textbook's limits, and the quiet of a quiet bank."""

import random
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from math import exp, factorial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.policy import Alert, Policy
from data_access.subject import Ask, More, Period
from metrics import METRICS, SUBJECTS
from metrics.alerts import _count, watch
from tests.metrics.asking import by_hand, look
from tests.metrics.small_bank import Row

LAST = date(2026, 12, 31)
ENDS = [
    date(2025, 12, 31),
    *pl.date_range(date(2026, 1, 1), LAST, "1mo", eager=True).dt.month_end().to_list(),
]


def said(key: str, series: Sequence[dict[str, Sequence[Any]]], floor: int, sigmas: float = 3.0) -> list[Row]:
    """What is said of institutions with these months, the last one being December."""
    frames = []
    for group, columns in enumerate(series):
        months = ENDS[-len(next(iter(columns.values()))) :]
        frames.append(
            pl.DataFrame({"month": months, **columns}).with_columns(group=pl.lit(group, dtype=pl.Int64))
        )
    whole = pl.concat(frames)
    nothing: Any = None
    more = More(
        nothing, lambda _name, _columns, _n: whole, nothing, nothing, nothing, METRICS, nothing, nothing
    )
    policy = Policy(alerts=(Alert(key, key, key, floor, sigmas),))
    groups = pl.DataFrame({"group": range(len(series))}, schema={"group": pl.Int64})
    ask = Ask(
        period=Period(date(2026, 12, 1), LAST),
        groups=groups,
        policy=policy,
        parameters={},
        minor_units=100,
        as_of=LAST,
        codes={},
        more=more,
    )
    return watch({}, ask).to_dicts()


@pytest.mark.parametrize(
    ("months", "direction"),
    [
        ([30] * 12 + [60], 1),
        ([30] * 12 + [48], 1),  # 360 in 365 days are 30.6 in December: 30.6 + 3·√(30.6·396/365) = 47.9
        ([30] * 12 + [47], None),
        ([30] * 12 + [13], -1),  # and 13.3 below
        ([30] * 12 + [14], None),
        ([10, 50] * 6 + [60], None),  # months that scatter more than chance widen what is usual
        ([5] * 12 + [19], None),  # beyond the limits, but below the floor of 20
        ([5] * 12 + [20], 1),
        ([20] * 12 + [0], -1),  # it was above the floor: that nothing came is said
        ([0] * 12 + [20], 1),  # nothing is usual
        ([0] * 12 + [19], None),
        ([0] * 13, None),
        ([30] * 6 + [60], 1),  # six months before are enough
        ([30] * 5 + [60], None),  # five are not
        ([60], None),
        ([None] * 6 + [30] * 6 + [60], 1),  # before the data begin
        ([None] * 7 + [30] * 5 + [60], None),
        ([30] * 12 + [None], None),
    ],
)
def test_a_count_by_hand(months: list[int | None], direction: int | None) -> None:
    rows = said("book.summary.left", [{"left": months}], floor=20)
    assert [row["direction"] for row in rows] == ([] if direction is None else [direction])
    for row in rows:
        assert row["metric"] == "book.summary.left"
        assert row["value"] == months[-1]
        assert row["verdict"] == ("bad" if direction == 1 else "good")  # of lost customers less is better


def test_a_short_month_is_no_alert() -> None:
    """A hundred a day: February has 2,800, which is nothing, and 2,200 is something."""
    usual = [100 * day.day for day in ENDS[:-1]]
    for last, told in ((3_100, 0), (2_900, 1), (3_300, 1)):
        assert len(said("book.summary.joined", [{"joined": [*usual, last]}], floor=20)) == told
    days = [31, 30] * 6 + [28]
    found = _count([100.0 * n for n in days], days, Alert("x", "x", "x", floor=20))
    half = 3 * (2_800 * (1 + 28 / 366)) ** 0.5
    assert found == pytest.approx((2_800, 2_800 - half, 2_800 + half))


def poisson(mean: float, at_most: int) -> float:
    return exp(-mean) * sum(mean**k / factorial(k) for k in range(at_most + 1))


def test_limits_of_the_textbook() -> None:
    """A c-chart with a mean of 16 has the limits 4 and 28 (16 ± 3·√16); beyond lie 0.24 % of all months."""
    usual = [16] * 12
    for value in range(4, 29):
        assert said("book.summary.joined", [{"joined": [*usual, value]}], floor=1) == []
    for value, verdict in ((3, "bad"), (29, "good")):
        [row] = said("book.summary.joined", [{"joined": [*usual, value]}], floor=1)
        assert row["verdict"] == verdict
        assert 3 < row["low"] < 4 < 28 < row["high"] < 29
    assert poisson(16, 3) + 1 - poisson(16, 28) == pytest.approx(0.0024, abs=2e-4)


@pytest.mark.parametrize(
    ("won", "lost", "direction"),
    [
        ([50] * 12 + [50], [50] * 12 + [50], None),
        ([50] * 12 + [65], [50] * 12 + [35], None),  # 0.5 + 3·√(0.25·(1/100 + 1/1200)) = 0.656
        ([50] * 12 + [66], [50] * 12 + [34], 1),
        ([50] * 12 + [34], [50] * 12 + [66], -1),
        ([50] * 12 + [29], [50] * 12 + [0], None),  # 29 cases are below the floor of 30
        ([50] * 12 + [30], [50] * 12 + [0], 1),
        ([1] * 12 + [30], [1] * 12 + [0], None),  # nor do 24 cases say what is usual
        ([0] * 12 + [0], [100] * 12 + [30], None),  # nothing was ever won, and is not now
        ([0] * 12 + [10], [100] * 12 + [20], 1),
        ([100] * 12 + [30], [0] * 12 + [0], None),  # all was won, and is now
        ([20, 80] * 6 + [70], [80, 20] * 6 + [30], None),  # months that scatter widen what is usual
        ([50] * 5 + [100], [50] * 5 + [0], None),  # too few months
        ([0] * 6 + [50] * 6 + [67], [0] * 6 + [50] * 6 + [33], 1),  # months without a case count for nothing
    ],
)
def test_a_rate_by_hand(won: list[int], lost: list[int], direction: int | None) -> None:
    rate = [w / (w + n) if w + n else None for w, n in zip(won, lost, strict=True)]
    rows = said("funnel.outcomes.win_rate", [{"win_rate": rate, "won": won, "lost": lost}], floor=30)
    assert [row["direction"] for row in rows] == ([] if direction is None else [direction])
    for row in rows:
        assert row["value"] == pytest.approx(rate[-1])
        assert 0 <= row["low"] <= row["baseline"] <= row["high"] <= 1
        assert row["verdict"] == ("good" if direction == 1 else "bad")


def grown(start: int, *steps: float) -> list[int]:
    return [
        round(value) for value in accumulate(steps, lambda before, step: before * (1 + step), initial=start)
    ]


SWING = [0.01, -0.01] * 6  # mean 0, deviation 0.0104; what is usual: ± 3.26 %


@pytest.mark.parametrize(
    ("months", "direction"),
    [
        (grown(10**11, *SWING[:11], 0.05), 1),
        (grown(10**11, *SWING[:11], -0.05), -1),
        (grown(10**11, *SWING[:11], 0.03), None),
        (grown(10**11, *[0.02] * 11, 0.02), None),  # it grows as ever
        (grown(10**9, *SWING[:11], 0.05), None),  # half a million is less than the floor of a million
        (grown(10**11, *SWING[:6], 0.05), 1),  # six changes before
        (grown(10**11, *SWING[:5], 0.05), None),  # five
        ([0, *grown(10**11, *SWING[:10], 0.5)], None),  # nothing before: no part of it can be named
        ([-5, *grown(10**11, *SWING[:10], 0.5)], None),
        ([None, *grown(10**11, *SWING[:10], 0.5)], None),
        (grown(10**11, *SWING[:11], -1.0), -1),  # all is gone
    ],
)
def test_a_stock_by_hand(months: list[int | None], direction: int | None) -> None:
    rows = said("book.summary.aum", [{"aum": months}], floor=10**6)
    assert [row["direction"] for row in rows] == ([] if direction is None else [direction])
    for row in rows:
        assert row["value"] == pytest.approx((months[-1] or 0) / 100)  # in currency units
        assert row["low"] < row["baseline"] < row["high"]


def test_a_quiet_bank_raises_few_false_alarms() -> None:
    """Of 2,000 institutions where nothing happened, fewer than 1 in 100 stand out by counts and rates, fewer
    than 1 in 40 by stocks (there twelve changes alone say what is usual: 1.2 % by Student's t)."""
    rng = random.Random(5)

    def poisson_draw(mean: float) -> int:
        left, k, floor = 1.0, -1, exp(-mean)
        while left > floor:
            left, k = left * rng.random(), k + 1
        return k

    n = 2000
    counts = [{"left": [poisson_draw(40) for _ in range(13)]} for _ in range(n)]
    assert len(said("book.summary.left", counts, floor=20)) < n / 100
    won = [[sum(rng.random() < 0.3 for _ in range(60)) for _ in range(13)] for _ in range(n)]
    rates = [{"win_rate": [w / 60 for w in own], "won": own, "lost": [60 - w for w in own]} for own in won]
    assert len(said("funnel.outcomes.win_rate", rates, floor=30)) < n / 100
    stocks = [{"aum": grown(10**12, *[rng.gauss(0.01, 0.02) for _ in range(12)])} for _ in range(n)]
    assert len(said("book.summary.aum", stocks, floor=0)) < n / 40


def months(last: int) -> str:
    """A hundred customers more or less, month by month of 2026; no amounts."""
    rows = ["month,customer_id,institution_id"]
    for month in range(1, last + 1):
        end = date(2026, month + 1, 1).toordinal() - 1
        rows += [f"{date.fromordinal(end)},{n},A" for n in range(100 + month % 2)]
    return "\n".join(rows)


# two that have months to compare, a column that is not delivered, names of nothing, a table that is absent
WATCHED = (
    "book.summary.customers",
    "balance.lines.deposit",
    "book.summary.aum",
    "book.summary.nothing",
    "nothing.at_all",
    "funnel.outcomes.won",
)


@pytest.mark.parametrize("by", [None, "children"])
def test_nothing_is_said_of_months_that_are_not_delivered_yet(tmp_path: Path, by: str | None) -> None:
    """Balances reach to September, customers to August: that nobody is there in September is no alert."""
    days = pl.date_range(date(2026, 1, 1), date(2026, 9, 30), eager=True).to_list()
    balances = [f"{day},A,deposit,{2000 if day == days[-1] else 1000}" for day in days]
    store = by_hand(
        tmp_path,
        SUBJECTS,
        {
            "institutions": "institution_id,parent_id,level\nH,,head_office\nA,H,branch_1",
            "customer_months": months(8),
            "daily_balances": "\n".join(["date,institution_id,business_line,balance", *balances]),
        },
        settings="".join(f'[[alerts]]\nkey = "{key}"\nfloor = 1\n' for key in WATCHED),
    )
    view = look(store, SUBJECTS, "H", date(2026, 9, 1), date(2026, 9, 30))
    [row] = view.metric("alerts.watch", by).to_dicts()
    assert (row["metric"], row["value"], row["direction"]) == ("balance.lines.deposit", 2000, 1)
    filtered = look(store, SUBJECTS, "H", date(2026, 9, 1), date(2026, 9, 30), kind="unknown")
    assert filtered.metric("alerts.watch", by).to_dicts() == []  # balances know no kind of customer
