"""The table `customers`, gathered from those who left and those who stayed, written in pieces."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq

from sample_data.balances import customer_ids
from sample_data.institutions.network import Network
from sample_data.institutions.staff import Seats
from sample_data.people import company_names, person_names, phones
from sample_data.population import CAUSES, CHANNELS, Living

_PIECE = 500_000
Columns = dict[str, npt.NDArray[Any]]


def kept(living: Living, closed: npt.NDArray[np.int32] | None, cause: npt.NDArray[np.int8] | None) -> Columns:
    """The few columns of a customer that the final table needs; no day and cause for those who stayed."""
    count = len(living.number)
    return {
        "number": living.number,
        "home": living.home,
        "corporate": living.corporate,
        "joined": living.joined,
        "birth_year": living.birth_year,
        "channel": living.channel,
        "trait": living.trait,
        "closed": np.full(count, -1, dtype=np.int32) if closed is None else closed,
        "cause": np.full(count, -1, dtype=np.int8) if cause is None else cause,
    }


def write_customers(
    path: Path, pieces: list[Columns], net: Network, seats: Seats, last_day: int, rng: np.random.Generator
) -> int:
    """Write the table in the order of the customer numbers; returns its number of rows."""
    every = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    order = np.argsort(every["number"])
    every = {name: values[order] for name, values in every.items()}
    writer: pq.ParquetWriter | None = None
    for start in range(0, len(order), _PIECE):
        piece = {name: values[start : start + _PIECE] for name, values in every.items()}
        table = _frame(piece, net, seats, last_day, rng).to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()
    return len(order)


def _frame(
    piece: Columns, net: Network, seats: Seats, last_day: int, rng: np.random.Generator
) -> pl.DataFrame:
    count = len(piece["number"])
    corporate, closed = pl.Series(piece["corporate"]), pl.Series(piece["closed"])
    raw = pl.DataFrame(
        {
            "number": piece["number"],
            "corporate": corporate,
            "closed": closed,
            "cause": pl.Series(piece["cause"]),
            "birth_year": pl.Series(piece["birth_year"]).cast(pl.Int32),
            "joined": pl.Series(piece["joined"]),
            "person": person_names(count, rng),
            "company": company_names(count, rng),
        }
    )
    return raw.select(
        customer_ids(piece["number"]).alias("customer_id"),
        net.ids.gather(piece["home"]).alias("institution_id"),
        seats.managers(piece["home"], piece["trait"], last_day).alias("manager_id"),
        pl.when(pl.col("corporate")).then(pl.lit("corporate")).otherwise(pl.lit("personal")).alias("kind"),
        pl.when(pl.col("corporate")).then("company").otherwise("person").alias("name"),
        phones(piece["number"]).alias("phone"),
        pl.col("joined").cast(pl.Date).alias("joined_on"),
        pl.when(pl.col("closed") >= 0).then(pl.col("closed").cast(pl.Date)).alias("closed_on"),
        pl.when(pl.col("cause") >= 0)
        .then(pl.col("cause").replace_strict(list(range(len(CAUSES))), list(CAUSES), default=None))
        .alias("exit_cause"),
        pl.when(~pl.col("corporate")).then("birth_year").alias("birth_year"),
        pl.Series(CHANNELS).gather(piece["channel"]).alias("channel"),
    )
