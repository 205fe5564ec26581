"""Relationship managers: every outlet has two to four seats, some change hands in the window."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.dates import day_number
from sample_data.institutions.network import Ints, Network
from sample_data.institutions.tree import Institution
from sample_data.people import person_names

_ROLES = ["客户经理", "高级客户经理", "理财经理", "公司客户经理"]
_NEVER = 1_000_000


@dataclass
class Seats:
    """Seats in the order of the institutions; `second` follows `first` after day `until` (-1 = nobody)."""

    start: Ints  # first seat of each institution
    count: Ints
    first: Ints
    second: Ints
    until: Ints
    ids: pl.Series

    def managers(
        self, home: Ints, trait: npt.NDArray[np.float64], day: npt.NDArray[np.int32] | int
    ) -> pl.Series:
        """Who looks after these customers on that day; null where nobody does."""
        count = self.count[home]
        seat = self.start[home] + (trait * 1000 % 1.0 * count).astype(np.int32)
        seat = np.minimum(seat, max(0, len(self.first) - 1))
        holder = np.where(
            (self.second[seat] >= 0) & (day > self.until[seat]), self.second[seat], self.first[seat]
        )
        unassigned = (count == 0) | (trait * 77 % 1.0 < 0.06)
        found = pl.DataFrame({"id": self.ids.gather(holder), "none": unassigned})
        return found.select(pl.when(~pl.col("none")).then("id"))["id"]


def staff(
    nodes: list[Institution], net: Network, ends: list[date], rng: np.random.Generator
) -> tuple[pl.DataFrame, Seats]:
    """The table `managers` and the seats behind it."""
    outlet = np.array([node.level == "outlet" for node in nodes])
    count = np.where(outlet, rng.integers(2, 5, len(nodes)), 0).astype(np.int32)
    start = (np.cumsum(count) - count).astype(np.int32)
    seats = int(count.sum())
    home = np.repeat(np.arange(len(nodes)), count)
    first_day, last_day = day_number(ends[0]), day_number(ends[-1])
    changes = (rng.random(seats) < 0.20) & (net.closes[home] > len(ends)) & (net.opens[home] < 0)
    until = np.where(changes, rng.integers(first_day, max(first_day + 1, last_day - 30), seats), _NEVER)
    second = np.where(changes, seats + np.cumsum(changes) - 1, -1).astype(np.int32)
    began = np.maximum(first_day - rng.integers(200, 4_000, seats), net.opened_day[home])
    closed = np.array([_NEVER if node.closed_on is None else day_number(node.closed_on) for node in nodes])
    ended = np.minimum(until, closed[home])
    total = seats + int(changes.sum())
    ids = "M" + pl.Series(np.arange(1, total + 1)).cast(pl.String).str.zfill(6)
    to_day = np.concatenate((ended, np.full(total - seats, _NEVER)))
    table = pl.DataFrame(
        {
            "manager_id": ids,
            "name": person_names(total, rng),
            "institution_id": net.ids.gather(np.concatenate((home, home[changes]))),
            "role": pl.Series(_ROLES).gather(rng.choice(len(_ROLES), total, p=[0.45, 0.15, 0.25, 0.15])),
            "from_on": np.concatenate((began, until[changes] + 1)).astype("datetime64[D]"),
            "to_on": to_day.astype("datetime64[D]"),
        }
    ).with_columns(
        pl.col("from_on").cast(pl.Date),
        pl.when(pl.Series(to_day) < _NEVER).then(pl.col("to_on").cast(pl.Date)).alias("to_on"),
    )
    first = np.arange(seats, dtype=np.int32)
    return table, Seats(start, count, first, second, until.astype(np.int32), ids)
