"""What was changed in deals while they were open: amount, expected closing day, institution.

Told backwards from the deals as they are, so the last change of a field leads to what the deal says today.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.crm import insert, text_dates
from sample_data.institutions.network import Network

AMOUNT, CLOSING, PLACE = 0, 1, 2
FIELD_CODES = {"EXP_AMT": "expected_amount", "EXP_CLS_DT": "expected_close_on", "ORG_NO": "institution_id"}
SHARES = (0.30, 0.40, 0.02)  # of the deals that changed at all, by field
_AGAIN = 0.35  # of those, once more before
_PIECE = 200_000
_SCHEMA = """
create table deal_changes (
    OPP_NO text, CHG_DT text, SEQ_NO integer, FLD text, OLD_VAL text, NEW_VAL text
);
"""


def write_changes(path: Path, net: Network, months: int, last_day: int, rng: np.random.Generator) -> int:
    """Add the table `deal_changes` to the CRM database; returns its number of rows."""
    asked = "select OPP_NO, ORG_NO, CRT_DT, CLS_DT, EXP_CLS_DT, EXP_AMT from deals order by OPP_NO"
    rows = 0
    with closing(sqlite3.connect(path)) as database:
        deals = pl.read_database(asked, database, infer_schema_length=None)
        database.executescript(_SCHEMA)
        for start in range(0, deals.height, _PIECE):
            frame = _changes(deals.slice(start, _PIECE), net, months, last_day, rng)
            insert(database, "deal_changes", frame)
            rows += frame.height
        database.commit()
    return rows


def _changes(
    deals: pl.DataFrame, net: Network, months: int, last_day: int, rng: np.random.Generator
) -> pl.DataFrame:
    created, closed = (_numbers(deals[name]) for name in ("CRT_DT", "CLS_DT"))
    end = np.where(closed >= 0, closed, last_day)
    amount, expected = deals["EXP_AMT"].to_numpy(), _numbers(deals["EXP_CLS_DT"])
    places = {institution: number for number, institution in enumerate(net.ids)}
    home = deals["ORG_NO"].replace_strict(places, return_dtype=pl.Int32).to_numpy()
    parts = []
    for field, share in enumerate(SHARES):
        deal = np.flatnonzero((rng.random(len(end)) < share) & (end > created + 1))
        day = created[deal] + 1 + (rng.random(len(deal)) * (end[deal] - created[deal] - 1)).astype(np.int32)
        new = {AMOUNT: amount, CLOSING: expected, PLACE: home}[field][deal]
        while len(deal):  # the one before leads to what this one calls old
            old = _former(field, new, created[deal], net, months, rng)
            moved = old != new
            parts.append(_frame(deals["OPP_NO"], field, deal[moved], day[moved], old[moved], new[moved], net))
            earlier = created[deal] + 1 + (rng.random(len(deal)) * (day - created[deal] - 1)).astype(np.int32)
            again = moved & (rng.random(len(deal)) < _AGAIN) & (earlier < day)
            deal, new, day = deal[again], old[again], earlier[again]
    return pl.concat(parts).sort("OPP_NO", "CHG_DT", "SEQ_NO")


def _former(
    field: int,
    new: npt.NDArray[np.generic],
    created: npt.NDArray[np.int32],
    net: Network,
    months: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.generic]:
    """What the value was before: amounts shrink and grow, closing days mostly go back, a few come forward."""
    count = len(new)
    if field == AMOUNT:
        return np.round(new.astype(np.float64) * rng.lognormal(0.05, 0.3, count), -3) + 1_000.0
    if field == CLOSING:
        later = rng.random(count) < 0.75
        days = np.where(later, rng.integers(7, 76, count), -rng.integers(7, 41, count))
        return np.maximum(new.astype(np.int32) - days, created + 7).astype(np.int32)
    always = np.diff(net.open_weight(0), prepend=0.0) * np.diff(net.open_weight(months - 1), prepend=0.0)
    running = np.cumsum(np.where(net.opens < 0, always, 0.0))
    drawn = net.draw_within(running, net.branch[new.astype(np.int32)], rng)
    inside = net.branch[drawn] == net.branch[new.astype(np.int32)]
    return np.where(inside & (net.opens[drawn] < 0), drawn, new)


def _frame(
    ids: pl.Series,
    field: int,
    deal: npt.NDArray[np.int64],
    day: npt.NDArray[np.int32],
    old: npt.NDArray[np.generic],
    new: npt.NDArray[np.generic],
    net: Network,
) -> pl.DataFrame:
    def text(values: npt.NDArray[np.generic]) -> pl.Series:
        if field == AMOUNT:
            return pl.Series(values.astype(np.float64)).cast(pl.String)
        return (
            text_dates(values.astype(np.int32))
            if field == CLOSING
            else net.ids.gather(values.astype(np.int64))
        )

    columns = {"OPP_NO": ids.gather(deal), "CHG_DT": text_dates(day), "SEQ_NO": np.full(len(deal), field + 1)}
    return pl.DataFrame(
        columns
        | {
            "FLD": pl.Series([list(FIELD_CODES)[field]] * len(deal), dtype=pl.String),
            "OLD_VAL": text(old),
            "NEW_VAL": text(new),
        }
    )


def _numbers(days: pl.Series) -> npt.NDArray[np.int32]:
    """Days since 1970, -1 for none."""
    return days.cast(pl.String).str.to_date().cast(pl.Int32).fill_null(-1).to_numpy()
