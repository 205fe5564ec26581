"""Positions with a day on which they mature, and what customers do with the money then."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq

from sample_data.balances import customer_ids
from sample_data.dates import working_day
from sample_data.institutions.network import Ints, Network
from sample_data.institutions.staff import Seats
from sample_data.population import Living

Floats = npt.NDArray[np.float64]
_PIECE = 500_000
_LOOK_BACK = 184  # days: maturities of the last six months
_FRESH = 0.15  # new positions per customer in that time, apart from what was renewed
_SAME_KIND = 0.85
_NEVER = 1_000_000  # days: a fund has no term


class Product(NamedTuple):
    """What a customer holds, for how long, and its share of all positions."""

    kind: str
    name: str
    days: int
    share: float


PRODUCTS = (
    Product("time_deposit", "定期存款三个月", 91, 0.11),
    Product("time_deposit", "定期存款六个月", 182, 0.13),
    Product("time_deposit", "定期存款一年", 365, 0.18),
    Product("time_deposit", "定期存款三年", 1_095, 0.08),
    Product("wealth_product", "稳健理财90天", 90, 0.09),
    Product("wealth_product", "安盈理财180天", 180, 0.10),
    Product("wealth_product", "优享理财一年", 365, 0.09),
    Product("insurance", "年金保险五年", 1_826, 0.07),
    Product("fund", "债券型基金", _NEVER, 0.08),
    Product("fund", "混合型基金", _NEVER, 0.07),
)
_DAYS = np.array([item.days for item in PRODUCTS])
_SHARES = np.array([item.share for item in PRODUCTS])
_KINDS = np.array([item.kind for item in PRODUCTS])


@dataclass
class Positions:
    """One entry per position; `who` is the place of its owner among the living."""

    who: npt.NDArray[np.int64]
    product: npt.NDArray[np.int64]
    amount: Floats
    opened: Ints
    matures: Ints


def write_holdings(
    path: Path, living: Living, net: Network, seats: Seats, last_day: int, rng: np.random.Generator
) -> int:
    """Write the table `holdings`, some customers at a time; returns its number of rows."""
    renewed = np.clip(rng.normal(0.69, 0.06, len(net.growth)), 0.57, 0.78)
    writer: pq.ParquetWriter | None = None
    rows = 0
    for start in range(0, len(living.number), _PIECE):
        mask = np.zeros(len(living.number), dtype=np.bool_)
        mask[start : start + _PIECE] = True
        piece = living.keep(mask)
        frame = _frame(
            _positions(piece, renewed[net.branch[piece.home]], last_day, rng), piece, net, seats, last_day
        )
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        rows += frame.height
    if writer:
        writer.close()
    return rows


def _positions(living: Living, renewed: Floats, last_day: int, rng: np.random.Generator) -> Positions:
    """What ran six months ago, what was opened since, and for each maturity what followed it."""
    mean = np.where(living.dormant, 0.0, np.log(np.maximum(living.aum_avg, 1.0) / 5_000.0) / 4.0)
    rounds = [
        _held(living, rng.poisson(np.clip(mean, 0.0, 2.0)), last_day - _LOOK_BACK, last_day, rng),
        _opened_since(living, rng.poisson(np.clip(mean, 0.0, 1.0) * _FRESH), last_day, rng),
    ]
    due = _together(rounds)
    while len(due.who):
        matured = (due.matures <= last_day) & (rng.random(len(due.who)) < renewed[due.who])
        due = _successors(_chosen(due, matured), living, last_day, rng)
        rounds.append(due)
    return _together(rounds)


def _held(
    living: Living, count: npt.NDArray[np.int64], day: int, last_day: int, rng: np.random.Generator
) -> Positions:
    """Positions that run on this day; of customers who joined later, those they opened on joining."""
    who = np.repeat(np.arange(len(count)), count)
    product = _products(living.corporate[who], rng)
    age = (rng.random(len(who)) * np.minimum(_DAYS[product], 1_500)).astype(np.int32)
    late = np.minimum(living.joined[who] + rng.integers(0, 30, len(who)), last_day)
    opened = np.where(day - age < living.joined[who], late, day - age)
    return _with_term(living, who, product, opened.astype(np.int32), count[who], rng)


def _opened_since(
    living: Living, count: npt.NDArray[np.int64], last_day: int, rng: np.random.Generator
) -> Positions:
    """Positions opened in the last six months with new money."""
    who = np.repeat(np.arange(len(count)), count)
    product = _products(living.corporate[who], rng)
    day = last_day - rng.integers(0, _LOOK_BACK, len(who))
    opened = np.maximum(working_day(day.astype(np.int32)), living.joined[who])
    return _with_term(living, who, product, opened, 1 + count[who], rng)


def _with_term(
    living: Living,
    who: npt.NDArray[np.int64],
    product: npt.NDArray[np.int64],
    opened: Ints,
    parts: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> Positions:
    share = living.aum_avg[who] * rng.uniform(0.2, 0.7, len(who)) / parts
    return Positions(
        who, product, np.maximum(np.round(share, -2), 1_000.0), opened, _matures(opened, product)
    )


def _matures(opened: Ints, product: npt.NDArray[np.int64]) -> Ints:
    return np.where(_DAYS[product] == _NEVER, _NEVER, working_day(opened + _DAYS[product])).astype(np.int32)


def _products(corporate: npt.NDArray[np.bool_], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    product = rng.choice(len(PRODUCTS), len(corporate), p=_SHARES / _SHARES.sum())
    return np.where(corporate & (_KINDS[product] == "insurance"), 2, product)  # companies deposit instead


def _successors(due: Positions, living: Living, last_day: int, rng: np.random.Generator) -> Positions:
    """What follows at once: mostly of the same kind, often for less; later than the data is not known yet."""
    count = len(due.who)
    opened = (due.matures + rng.choice(4, count, p=[0.5, 0.25, 0.15, 0.1])).astype(np.int32)
    product = _products(living.corporate[due.who], rng)
    same = rng.random(count) < _SAME_KIND
    for kind in np.unique(_KINDS):
        numbers = np.flatnonzero(kind == _KINDS)
        here = np.flatnonzero(same & (_KINDS[due.product] == kind))
        product[here] = rng.choice(numbers, len(here), p=_SHARES[numbers] / _SHARES[numbers].sum())
    amount = np.maximum(np.round(due.amount * rng.uniform(0.6, 1.1, count), -2), 100.0)
    return _chosen(Positions(due.who, product, amount, opened, _matures(opened, product)), opened <= last_day)


def _chosen(positions: Positions, mask: npt.NDArray[np.bool_]) -> Positions:
    return Positions(**{name: values[mask] for name, values in vars(positions).items()})


def _together(parts: list[Positions]) -> Positions:
    return Positions(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])})


def _frame(positions: Positions, living: Living, net: Network, seats: Seats, last_day: int) -> pl.DataFrame:
    """The table in the order of the customers; nobody holds the very same position twice."""
    home, trait = living.home[positions.who], living.trait[positions.who]
    matures = pl.Series(positions.matures)
    return (
        pl.DataFrame(
            {
                "customer_id": customer_ids(living.number[positions.who]),
                "institution_id": net.ids.gather(home),
                "manager_id": seats.managers(home, trait, last_day),
                "product": pl.Series([item.name for item in PRODUCTS]).gather(positions.product),
                "product_kind": pl.Series([item.kind for item in PRODUCTS]).gather(positions.product),
                "amount": positions.amount,
                "opened_on": pl.Series(positions.opened).cast(pl.Date),
                "matures_on": matures,
            }
        )
        .with_columns(pl.when(matures < _NEVER).then(pl.col("matures_on").cast(pl.Date)).alias("matures_on"))
        .unique(["customer_id", "product", "opened_on", "matures_on"], keep="first", maintain_order=True)
        .sort("customer_id", "opened_on", "product", "amount")
    )
