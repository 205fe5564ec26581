"""Large moves: a wealthy customer brings or takes a sum that the head of the institution hears of."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.balances import customer_ids
from sample_data.dates import day_number, working_day
from sample_data.institutions.network import Ints, Network
from sample_data.institutions.staff import Seats
from sample_data.population import Living

MONTHS = 13
UPPER_TIERS = 500_000.0  # daily average of the month before
_LEAST = 200_000.0
_COUNTERPARTIES = ["own_other_bank", "other_person", "company", "securities", "product"]
_PERSONAL, _CORPORATE = (0.36, 0.18, 0.10, 0.19, 0.17), (0.22, 0.04, 0.58, 0.06, 0.10)


@dataclass
class Moves:
    """The large moves of a month; `latest` is the month's last day."""

    customer: npt.NDArray[np.int64]
    home: Ints
    trait: npt.NDArray[np.float64]
    day: Ints
    latest: Ints
    amount: npt.NDArray[np.float64]
    incoming: npt.NDArray[np.bool_]
    counterparty: npt.NDArray[np.int64]


def draw_moves(living: Living, end: date, net: Network, rng: np.random.Generator) -> Moves:
    """About 3 % of the upper tiers; more comes in than goes out where balances grow faster than elsewhere.

    Asked before the month's averages are known, so the tier is the one of the month before.
    """
    rate = 0.036 if end.month % 3 == 0 else 0.028
    who = np.flatnonzero((living.aum_avg >= UPPER_TIERS) & (rng.random(len(living.number)) < rate))
    count = len(who)
    day = working_day((day_number(end) - rng.integers(0, end.day, count)).astype(np.int32))
    begin = np.maximum(day_number(end.replace(day=1)), living.joined[who])
    share = living.aum_avg[who] * rng.lognormal(-2.2, 0.8, count)
    drift = net.drift - net.drift.mean()
    chance = np.clip(0.5 + 4.0 * drift[net.branch[living.home[who]]], 0.3, 0.7)
    kind = rng.random(count)
    bounds = np.where(
        living.corporate[who][:, None], np.cumsum(_CORPORATE)[:-1], np.cumsum(_PERSONAL)[:-1]
    )  # where the chances of the counterparties end
    return Moves(
        customer=living.number[who],
        home=living.home[who],
        trait=living.trait[who],
        day=np.maximum(np.maximum(day, begin), net.opened_day[living.home[who]]).astype(np.int32),
        latest=np.full(count, day_number(end), dtype=np.int32),
        amount=np.round(_LEAST + np.minimum(share, 5e7), -3),
        incoming=rng.random(count) < chance,
        counterparty=(kind[:, None] >= bounds).sum(axis=1),
    )


def all_moves(months: list[Moves]) -> Moves:
    """The moves of all months in one."""
    return Moves(**{name: np.concatenate([getattr(m, name) for m in months]) for name in vars(months[0])})


def moves_frame(moves: Moves, net: Network, seats: Seats) -> pl.DataFrame:
    """The table `large_moves`."""
    return pl.DataFrame(
        {
            "customer_id": customer_ids(moves.customer),
            "institution_id": net.ids.gather(moves.home),
            "manager_id": seats.managers(moves.home, moves.trait, moves.day),
            "date": pl.Series(moves.day).cast(pl.Date),
            "amount": moves.amount,
            "direction": pl.Series(["out", "in"]).gather(moves.incoming.astype(np.int64)),
            "counterparty_kind": pl.Series(_COUNTERPARTIES).gather(moves.counterparty),
        }
    ).sort("date", "customer_id")
