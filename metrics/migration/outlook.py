"""Where tier migration leads if it stays as it was, how well that foretold, and whether it is steady.

Four steps of three months, for tiers have a memory: over short steps most who fall come back, so a chain of
months says too much movement.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.subject import Ask, Period
from data_access.windows import months_later, stock_month
from metrics.book.summary import untiered
from metrics.migration.availability import MONTHS, STEP, STEPS, why_no_outlook, why_no_record, why_not_stepped
from metrics.migration.marts import ELSEWHERE, NEAR, OUTSIDE
from metrics.migration.states import CORRECTED
from metrics.statistics import chain
from metrics.value.edges import people


def year_back(period: Period) -> tuple[date | None, date | None]:
    """The month ends of the last year."""
    at = stock_month(period)
    return months_later(at, -(STEP * STEPS)), at


def _tables(rows: pl.DataFrame, months: Sequence[date], tiers: int) -> tuple[list[Any], Any]:
    """Steps that end in each of the months as counts, those who leave in the last column; and newcomers.

    States: unknown, untiered, the tiers. A step to another institution leaves, one from there is new.
    """
    k = FIRST_TIER + tiers
    tables, inflow = [], np.zeros(k, dtype=np.int64)
    for month in months:
        table = np.zeros((k, k + 1), dtype=np.int64)
        here = rows.filter(pl.col("month") == month).select("from_tier", "to_tier", "customers")
        for then, now, customers in here.iter_rows():
            if then in (OUTSIDE, ELSEWHERE):
                inflow[now] += customers
            else:
                table[then, k if now in (OUTSIDE, ELSEWHERE) else now] += customers
        tables.append(table)
    return tables, inflow


def _foretold(rows: pl.DataFrame, at: date, tiers: int, steps: int) -> tuple[Any, chain.Outlook | None]:
    """The stock at a month end and its outlook, from the steps of the year before it.

    There is none where nobody is there, or where rows are corrections of moves, which are nobody's steps.
    """
    tables, inflow = _tables(rows, [months_later(at, -(STEP * n)) for n in range(STEPS)], tiers)
    newest, fresh = _tables(rows, [at], tiers)
    stock = newest[0].sum(axis=0)[:-1] + fresh
    if not stock.any() or stock.min() < 0 or np.sum(tables, axis=0).min() < 0 or inflow.min() < 0:
        return stock, None
    return stock, chain.outlook(stock, tables, inflow, steps)


def _by_group(rows: pl.DataFrame, ask: Ask, distance: int) -> list[tuple[Any, pl.DataFrame]]:
    keys = ("month", "from_tier", "to_tier")
    sums = rows.filter(distance=distance).group_by("group", *keys).agg(pl.col("customers").sum())
    bare = untiered(ask)
    told = [group for group in ask.groups["group"] if group not in bare]
    return [(group, sums.filter(pl.col("group") == group)) for group in told]


def _ahead(
    out: chain.Outlook | None, step: int, state: int
) -> tuple[tuple[float | None, float | None, float | None], str | None]:
    """Expected, low and high of a state, or why they are null."""
    if out is None:
        return (None, None, None), CORRECTED
    return (float(out.expected[step, state]), float(out.low[step, state]), float(out.high[step, state])), None


def forecast(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How many customers each tier will have in 3, 6, 9 and 12 months if customers rise, fall, come and leave
    as they did in the last year.

    One row per group, month and tier. now: customers at the period's last month end. customers: expected,
    n·P^h + Σ inflow·P^s with the rates P and the newcomers of the four steps of three months before; low
    and high: 95 % interval of courses drawn with uncertain rates and each customer's own chance, without
    shocks that hit many at once. These three are null where the row holds corrections of moves between
    institutions (note: transfers). Who comes from or goes to another institution counts as newcomer or
    leaver.
    Nothing where less than a year of steps is known, and of corporate customers, who have no tiers.
    """
    at, tiers = stock_month(ask.period), [tier.key for tier in ask.policy.tiers]
    found = []
    if why_no_outlook(ask) is None:
        for group, part in _by_group(rows["migration_far"], ask, STEP):
            stock, out = _foretold(part, at, len(tiers), STEPS)
            for step in range(STEPS) if stock.any() else ():
                month = months_later(at, STEP * (step + 1))
                for code, tier in enumerate(tiers, FIRST_TIER):
                    ahead, note = _ahead(out, step, code)
                    found.append((group, month, tier, *ahead, int(stock[code]), note))
    names = {
        "group": pl.Int64,
        "month": pl.Date,
        "tier": pl.String,
        "customers": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "now": pl.Int64,
        "note": pl.String,
    }
    return pl.DataFrame(found, schema=names, orient="row")


def backtest(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """What the outlook of three months before foretold for today, beside what is, and beside “nothing
    changes”.

    One row per group and tier. opening: customers three months before, which is what nothing changes
    foretells; forecast with low and high: from the year before that, null where the row holds corrections of
    moves between institutions (note: transfers); actual: customers now. Nothing where
    less than fifteen months of steps are known.
    """
    at, tiers = stock_month(ask.period), [tier.key for tier in ask.policy.tiers]
    before, found = months_later(at, -STEP), []
    if why_no_record(ask) is None:
        for group, part in _by_group(rows["migration_far"], ask, STEP):
            stock, out = _foretold(part, before, len(tiers), 1)
            [newest], fresh = _tables(part, [at], len(tiers))
            actual = newest.sum(axis=0)[:-1] + fresh
            for code, tier in enumerate(tiers, FIRST_TIER) if stock.any() or actual.any() else ():
                ahead, note = _ahead(out, 0, code)
                found.append((group, tier, int(stock[code]), *ahead, int(actual[code]), note))
    names = {
        "group": pl.Int64,
        "tier": pl.String,
        "opening": pl.Int64,
        "forecast": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "actual": pl.Int64,
        "note": pl.String,
    }
    return pl.DataFrame(found, schema=names, orient="row")


def homogeneity(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Whether customers changed tiers at the same rates in each of the last twelve months.

    One row per group: Anderson and Goodman's likelihood ratio (statistic, df, p_value) by row of the matrix
    from month to month; max_difference: the largest distance of a month's share from the common one, in
    tiers of at least policy's floor_rank customers. With many customers any difference is significant, so the
    size says more than the p-value. Without corporate customers unless the kind is chosen, and null of them,
    who have no tiers. Null where fewer than two months are known or nobody is there; with df 0 there is
    nothing to compare, and no p-value.
    """
    at = stock_month(ask.period)
    months = [months_later(at, -n) for n in range(MONTHS)]
    known = [month for month in months if why_not_stepped(ask, month, NEAR) is None]
    found: list[tuple[Any, ...]] = [(group, len(known), None, None, None, None) for group in untiered(ask)]
    for group, part in _by_group(people(rows["migration"], ask), ask, NEAR):
        tables = _tables(part, known, len(ask.policy.tiers))[0]
        if len(tables) < 2 or not np.sum(tables) or np.min(tables) < 0:
            found.append((group, len(known), None, None, None, None))
            continue
        statistic, df, p = chain.homogeneity(tables)
        if df == 0:  # few customers, each tier's all went one way: there is nothing to test
            found.append((group, len(known), statistic, 0, None, None))
            continue
        largest = chain.largest_difference(tables, ask.policy.floor_rank)
        found.append((group, len(known), statistic, df, p, largest))
    names = {
        "group": pl.Int64,
        "months": pl.Int64,
        "statistic": pl.Float64,
        "df": pl.Int64,
        "p_value": pl.Float64,
        "max_difference": pl.Float64,
    }
    return pl.DataFrame(found, schema=names, orient="row")
