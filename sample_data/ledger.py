"""The bank's books day by day: balances per institution, business line and product, and the day's fees."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.dates import BALANCE_SEASON, MONTH_END_DRESSING, day_number
from sample_data.institutions.network import Ints, Network
from sample_data.population import Living

Floats = npt.NDArray[np.float64]
MONTHS = 26
DEPOSIT, WEALTH, LOAN, FEES, CUSTOMERS, MIDDLE = range(6)  # rows of a month's sums
_MIDDLE_FROM = 200_000.0  # daily average from which a personal customer is middle or above

_PRODUCTS = {
    "deposit": {"活期存款": 0.42, "定期存款": 0.46, "通知存款": 0.07, "保证金存款": 0.05},
    "loan": {"个人住房贷款": 0.66, "助学贷款": 0.05, "其他贷款": 0.29},
    "contingent": {"贴现": 0.40, "信用证": 0.25, "保函": 0.35},
    "wealth": {"基金": 0.30, "保险": 0.20, "理财": 0.50},
    "intermediary": {"代理手续费": 0.55, "转账结算": 0.35, "异地存款": 0.10},
}
_LINES = [line for line, products in _PRODUCTS.items() for _ in products]
_NAMES = [product for products in _PRODUCTS.values() for product in products]
_USUAL = np.array([share for products in _PRODUCTS.values() for share in products.values()])
_SPAN = {
    line: slice(_LINES.index(line), _LINES.index(line) + len(products))
    for line, products in _PRODUCTS.items()
}
_STOCKS = len(_NAMES) - 3  # all but the fees

# The books also hold money of other banks and public bodies: they grow faster than the customers' accounts,
# know no season and are dressed half as much for the reports.
_GROWTH, _DRESSING = 0.02, 0.5
_PUSH = (1.0, 0.75, 0.4)  # of the dressing, on the last day, the day before it, and the one before that
_RHYTHM = np.array([0.002, 0.003, 0.001, -0.001, -0.004, 0.0, 0.0])  # companies pay wages on Fridays
_FEE_DAY = np.array([1.30, 1.10, 1.00, 0.90, 1.15, 0.25, 0.25])


def month_sums(living: Living, rows: pl.DataFrame, net: Network) -> Floats:
    """Deposits, wealth, loans, fees, customers and those in the middle tier and above, by institution."""
    size = len(net.ids)
    is_middle = (rows["aum_avg"].to_numpy() >= _MIDDLE_FROM) & ~living.corporate
    values = [rows[name].to_numpy() for name in ("deposit", "wealth", "loan", "fee_income")]
    values += [np.ones(len(living.home)), is_middle.astype(np.float64)]
    return np.stack([np.bincount(living.home, weights=each, minlength=size) for each in values])


def write_balances(
    folder: Path,
    ends: list[date],
    sums: list[Floats],
    net: Network,
    rng: np.random.Generator,
    progress: Callable[[float], None],
) -> tuple[int, Floats]:
    """Write a file per month for the last months of the window.

    Returns the number of rows and each institution's deposits at the month ends written.
    """
    first = max(0, len(ends) - MONTHS)
    shares = _USUAL * rng.lognormal(0.0, 0.25, (len(net.ids), len(_USUAL)))
    owned = np.any([month[CUSTOMERS] > 0 for month in sums[: first + 1]], axis=0)
    contingent = np.zeros((len(net.ids), 3))
    before: Floats | None = None
    rows, deposits = 0, []
    for month in range(first, len(ends)):
        progress((month - first) / (len(ends) - first))
        shares = np.asarray(shares * rng.lognormal(0.0, 0.01, shares.shape), dtype=np.float64)
        owned |= sums[month][CUSTOMERS] > 0
        start = None if before is None else _handed_over(before, month, net)
        if start is not None:
            contingent = start[:, _SPAN["contingent"]] * rng.lognormal(0.003, 0.03, contingent.shape)
        after = _at_month_end(sums[month], shares, ends[month], ends[-1], net)
        fresh = (contingent.sum(axis=1) == 0.0) & owned
        size = 0.10 * after[:, _SPAN["deposit"]].sum(axis=1)
        contingent[fresh] = (size[:, None] * shares[:, _SPAN["contingent"]])[fresh]
        after[:, _SPAN["contingent"]] = contingent
        there = owned & (net.closes >= month)
        days = _delivered(ends[month])
        amounts = _days(after if start is None else start, after, days, net, ends[month], rng)
        fees = _fees(sums[month][FEES], shares[:, _SPAN["intermediary"]], days, ends[month], net, rng)
        amounts = np.asarray(np.round(np.concatenate((amounts, fees), axis=2), 2), dtype=np.float64)
        there_on = there & (days[:, None] >= net.opened_day)
        frame = _frame(amounts, there_on, days, net)
        frame.write_parquet(folder / f"{ends[month]:%Y-%m}.parquet", compression="zstd")
        rows += frame.height
        deposits.append(np.where(there_on[-1], amounts[-1, :, _SPAN["deposit"]].sum(axis=1), 0.0))
        before = np.where(there[:, None], after, 0.0)
    return rows, np.stack(deposits)


def _at_month_end(sums: Floats, shares: Floats, end: date, last: date, net: Network) -> Floats:
    """Every stock of every institution as it would be without the dressing of the day."""
    customers = 1.0 + MONTH_END_DRESSING[end.month - 1] * net.dressing[net.branch]
    years = (last - end).days / 365.0
    ledger = np.exp(-_GROWTH * years) / (BALANCE_SEASON[end.month - 1] * customers)
    money = {"deposit": sums[DEPOSIT] * ledger, "wealth": sums[WEALTH] * ledger, "loan": sums[LOAN]}
    found = np.zeros((shares.shape[0], _STOCKS))
    for line, total in money.items():
        part = shares[:, _SPAN[line]]
        found[:, _SPAN[line]] = np.maximum(total, 0.0)[:, None] * part / part.sum(axis=1, keepdims=True)
    return found


def _handed_over(stocks: Floats, month: int, net: Network) -> Floats:
    """What the institutions begin the month with: closed outlets have given theirs to others."""
    start = stocks.copy()
    for place in np.flatnonzero(net.closes == month - 1):
        start[place] = 0.0
        if net.taker[place] >= 0:
            start[net.taker[place]] += stocks[place]
            continue
        near = (net.branch == net.branch[place]) & (net.opens <= month) & (net.closes > month)
        weight = np.where(near, net.weight, 0.0)
        if weight.sum() > 0.0:
            start += np.outer(weight / weight.sum(), stocks[place])
    return start


def _delivered(end: date) -> Ints:
    """The month's days with a file of the day: no weekends, but always the month's last day."""
    last = day_number(end)
    days = np.arange(day_number(end.replace(day=1)), last + 1, dtype=np.int32)
    chosen: Ints = days[((days + 3) % 7 < 5) | (days == last)]
    return chosen


def _days(
    start: Floats, after: Floats, days: Ints, net: Network, end: date, rng: np.random.Generator
) -> Floats:
    """Balances by day, institution and product, from the month's beginning to its end."""
    last = day_number(end)
    begin = np.maximum(last - end.day, net.opened_day - 1)
    going = np.clip((days[:, None] - begin) / np.maximum(last - begin, 1), 0.0, 1.0)
    found: Floats = start + (after - start) * going[:, :, None]
    push = np.array([_PUSH[last - day] if last - day < len(_PUSH) else 0.0 for day in days])
    dressed = MONTH_END_DRESSING[end.month - 1] * _DRESSING * net.dressing[net.branch]
    factor = 1.0 + push[:, None] * dressed + _RHYTHM[(days + 3) % 7][:, None]
    for line in ("deposit", "wealth"):
        found[:, :, _SPAN[line]] *= factor[:, :, None]
    return np.asarray(found * (1.0 + 0.0015 * rng.standard_normal(found.shape)))


def _fees(
    total: Floats, shares: Floats, days: Ints, end: date, net: Network, rng: np.random.Generator
) -> Floats:
    """The month's fees spread over its days; a quarter's last days bring most."""
    quarter = end.month % 3 == 0
    weight = _FEE_DAY[(days + 3) % 7] * np.where(quarter & (day_number(end) - days < 5), 1.6, 1.0)
    open_on = np.where(days[:, None] >= net.opened_day, weight[:, None], 0.0)
    spread = open_on / np.maximum(open_on.sum(axis=0), 1e-9)
    month = np.maximum(total, 0.0)[:, None] * shares / shares.sum(axis=1, keepdims=True)
    month = month * (1.2 if quarter else 1.0)
    noise = rng.lognormal(0.0, 0.12, (*spread.shape, shares.shape[1]))
    return np.asarray(np.maximum(spread[:, :, None] * month * noise, 0.01))


def _frame(amounts: Floats, there: npt.NDArray[np.bool_], days: Ints, net: Network) -> pl.DataFrame:
    """One row per day, institution and product where the institution has customers and is open."""
    day, place = np.nonzero(there)
    each: Any = len(_NAMES)
    return pl.DataFrame(
        {
            "date": pl.Series(np.repeat(days[day], each)).cast(pl.Date),
            "institution_id": net.ids.gather(np.repeat(place, each)),
            "business_line": pl.Series(_LINES).gather(np.tile(np.arange(each), len(day))),
            "product": pl.Series(_NAMES).gather(np.tile(np.arange(each), len(day))),
            "balance": amounts[there].ravel(),
        }
    )
