"""What a month's partition rests on of a table of customers: of those in its months, or who left in them.

Customers are delivered whole and anew each month, and mostly nothing changed of those of earlier months:
a mark of the whole table would have every month worked out again.
"""

import itertools
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data_access.joined import Joined

Bits = np.ndarray[Any, np.dtype[np.uint8]]  # one a customer, eight in a byte
ID = "customer_no"


def joined_mark(table: Path, joined: Joined, months: Sequence[Path]) -> int:
    """A sum over the customers meant, of what stands in the column; `months` in their order.

    Who left: in one of the months, and not in one after it.
    """
    if joined.column not in pl.read_parquet_schema(table):
        return -1
    told = _told(table, joined.column, table.stat().st_mtime_ns)
    there = [_there(month, len(told), month.stat().st_mtime_ns) for month in months]
    meant = [then & ~after for then, after in itertools.pairwise(there)] if joined.leavers else there
    if not meant:
        return 0
    bits = np.bitwise_or.reduce(meant)
    return int(told[np.unpackbits(bits, count=len(told)).astype(bool)].sum())


@lru_cache(maxsize=4)  # the columns of one build: a watcher builds for months
def _told(table: Path, column: str, _: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """A number for each customer and what the column says of him, by customer_no; 0 where there is none."""
    rows = pl.read_parquet(table, columns=[ID, column]).filter(pl.col(ID) >= 0)
    last = rows[ID].max()
    found = np.zeros(int(last) + 1 if isinstance(last, int) else 0, dtype=np.uint64)
    found[rows[ID].to_numpy()] = rows.hash_rows().to_numpy()
    return found


@lru_cache(maxsize=64)
def _there(month: Path, customers: int, _: int) -> Bits:
    """Who is in a month; of customers that the table knows."""
    ids = pl.read_parquet(month, columns=[ID])[ID].drop_nulls()
    known = ids.filter((ids >= 0) & (ids < customers)).to_numpy()
    found = np.zeros(customers, dtype=bool)
    found[known] = True
    return np.packbits(found)
