"""Contacts of the relationship managers: routine, about deals, and the calls after large moves."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.balances import customer_ids
from sample_data.crm import deal_ids, insert, text_dates
from sample_data.dates import day_number, month_number, working_day
from sample_data.deals import Drawn
from sample_data.institutions.network import Ints, Network
from sample_data.institutions.staff import Seats
from sample_data.moves import UPPER_TIERS, Moves
from sample_data.population import Living

MONTHS = 13
_PIECE = 500_000
_UPPER, _OTHERS = 0.25, 0.02  # routine contacts per customer and month
_DEAL_CONTACTS = 0.35
KIND_CODES = {"DH": "call", "BF": "visit", "GH": "care", "GJ": "follow_up", "TS": "complaint_callback"}
_CALL, _VISIT = 0, 1
_ROUTINE = [0.46, 0.18, 0.24, 0.09, 0.03]
_EFFECTIVE = np.array([0.58, 0.84, 0.45, 0.66, 0.74])
_SCHEMA = """
create table contacts (
    CNT_NO text primary key, CUST_NO text, OPP_NO text, MGR_NO text, ORG_NO text, CNT_DT text, CNT_TP text,
    EFF_FLG text
);
"""


@dataclass
class Calls:
    """Contacts; `deal` is the deal's number or -1."""

    customer: npt.NDArray[np.int64]
    home: Ints
    trait: npt.NDArray[np.float64]
    day: Ints
    kind: npt.NDArray[np.int64]
    deal: npt.NDArray[np.int64]


def routine(living: Living, end: date, net: Network, rng: np.random.Generator) -> Calls:
    """The month's contacts without a special reason; the upper tiers of the month before get most."""
    wanted = rng.poisson(np.where(living.aum_avg >= UPPER_TIERS, _UPPER, _OTHERS))
    who = np.repeat(np.arange(len(wanted)), wanted)
    home = living.home[who]
    day = working_day((day_number(end) - rng.integers(0, end.day, len(who))).astype(np.int32))
    begin = np.maximum(np.maximum(day_number(end.replace(day=1)), living.joined[who]), net.opened_day[home])
    kind = rng.choice(len(_ROUTINE), len(who), p=_ROUTINE)
    nothing = np.full(len(who), -1, dtype=np.int64)
    day = np.maximum(day, begin).astype(np.int32)
    return Calls(living.number[who], home, living.trait[who], day, kind, nothing)


def write_contacts(
    path: Path,
    routines: list[Calls],
    moves: Moves,
    deals: list[Drawn],
    net: Network,
    seats: Seats,
    rng: np.random.Generator,
) -> int:
    """Add the table `contacts` to the CRM database; returns its number of rows."""
    every = [*routines, _after_moves(moves, net, seats, rng), *_about_deals(deals, rng)]
    calls = Calls(
        **{name: np.concatenate([getattr(part, name) for part in every]) for name in vars(every[0])}
    )
    order = np.argsort(calls.day, kind="stable")
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_SCHEMA)
        for start in range(0, len(order), _PIECE):
            here = order[start : start + _PIECE]
            piece = Calls(**{name: values[here] for name, values in vars(calls).items()})
            insert(database, "contacts", _frame(piece, start + 1, net, seats, rng))
        database.commit()
    return len(order)


def _after_moves(moves: Moves, net: Network, seats: Seats, rng: np.random.Generator) -> Calls:
    """The manager calls after a large move, within three days; branches differ in how often."""
    share = rng.uniform(0.45, 0.75, len(net.growth))
    held = seats.managers(moves.home, moves.trait, moves.day).is_not_null().to_numpy()
    calls = held & (rng.random(len(moves.day)) < share[net.branch[moves.home]])
    # never beyond the month: the outlet may close with it, or the data end
    day = np.minimum(moves.day + rng.choice(4, len(moves.day), p=[0.35, 0.35, 0.2, 0.1]), moves.latest)
    kind = np.full(len(calls), _CALL, dtype=np.int64)
    whole = Calls(
        moves.customer, moves.home, moves.trait, day.astype(np.int32), kind, np.full(len(calls), -1)
    )
    return Calls(**{name: values[calls] for name, values in vars(whole).items()})


def _about_deals(months: list[Drawn], rng: np.random.Generator) -> list[Calls]:
    """Calls and visits soon after a deal was opened, in the last months, with its number."""
    found, number = [], 1
    for position, drawn in enumerate(months):
        numbers = number + np.arange(len(drawn.created))
        number += len(drawn.created)
        if position < len(months) - MONTHS:
            continue
        here = (drawn.customer >= 0) & (rng.random(len(numbers)) < _DEAL_CONTACTS)
        created = drawn.created[here]
        following = month_number(created).astype("datetime64[M]") + 1
        latest = following.astype("datetime64[D]").astype(np.int32) - 1
        day = np.minimum(created + rng.integers(1, 11, len(created)), latest)
        day = np.maximum(working_day(day.astype(np.int32)), created)
        kind = np.where(rng.random(len(created)) < 0.4, _VISIT, _CALL).astype(np.int64)
        found.append(
            Calls(drawn.customer[here], drawn.home[here], drawn.trait[here], day, kind, numbers[here])
        )
    return found


def _frame(
    calls: Calls, first_number: int, net: Network, seats: Seats, rng: np.random.Generator
) -> pl.DataFrame:
    count = len(calls.day)
    effective = rng.random(count) < _EFFECTIVE[calls.kind]
    return pl.DataFrame(
        {
            "CNT_NO": "T"
            + pl.Series(np.arange(first_number, first_number + count)).cast(pl.String).str.zfill(9),
            "CUST_NO": customer_ids(calls.customer),
            "OPP_NO": deal_ids(calls.deal),
            "MGR_NO": seats.managers(calls.home, calls.trait, calls.day),
            "ORG_NO": net.ids.gather(calls.home),
            "CNT_DT": text_dates(calls.day),
            "CNT_TP": pl.Series(list(KIND_CODES)).gather(calls.kind),
            "EFF_FLG": pl.Series(["0", "1"]).gather(effective.astype(np.int64)),
        }
    ).with_columns(pl.when(pl.Series(calls.deal >= 0)).then("OPP_NO").alias("OPP_NO"))
