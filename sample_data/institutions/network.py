"""The institutions as arrays: who is open when, and how customers are drawn to them."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.dates import day_number
from sample_data.institutions.tree import Institution

Ints = npt.NDArray[np.int32]
_NEVER = 1_000_000
_WEALTH_OF_CLASS = {1: 0.25, 2: 0.0, 3: -0.20}


@dataclass
class Network:
    """Arrays over institutions in preorder; `branch` is the first-level branch, the last one the head office.

    `first` and `behind` bound each branch's institutions, because preorder keeps a subtree together.
    """

    ids: pl.Series
    names: list[str]
    branch: Ints
    first: Ints
    behind: Ints
    weight: npt.NDArray[np.float64]
    opens: Ints
    closes: Ints
    taker: Ints
    opened_day: Ints
    private: npt.NDArray[np.bool_]
    tiny: Ints
    growth: npt.NDArray[np.float64]
    wealth: npt.NDArray[np.float64]
    drift: npt.NDArray[np.float64]
    dressing: npt.NDArray[np.float64]
    selling: npt.NDArray[np.float64]

    def open_weight(self, month: int) -> npt.NDArray[np.float64]:
        """Running total of the customer shares of all institutions open in this month."""
        is_open = (self.opens <= month) & (self.closes > month)
        return np.cumsum(np.where(is_open, self.weight, 0.0))

    def draw(self, running: npt.NDArray[np.float64], count: int, rng: np.random.Generator) -> Ints:
        """Institutions of the whole bank, by their weight."""
        return _pick(running, rng.random(count) * running[-1])

    def draw_within(self, running: npt.NDArray[np.float64], branch: Ints, rng: np.random.Generator) -> Ints:
        """One institution per entry of `branch`, inside that branch."""
        before = np.concatenate(([0.0], running))
        low, high = before[self.first[branch]], before[self.behind[branch]]
        return _pick(running, low + rng.random(len(branch)) * (high - low))


def _pick(running: npt.NDArray[np.float64], at: npt.NDArray[np.float64]) -> Ints:
    last = int(np.searchsorted(running, running[-1]))  # the last institution that is open at all
    return np.minimum(np.searchsorted(running, at, side="right"), last).astype(np.int32)


def network(nodes: list[Institution], ends: list[date], rng: np.random.Generator) -> Network:
    """Arrays of the tree, with each branch's own growth, wealth and manners."""
    branches = max(node.region for node in nodes) + 1
    branch = np.array([branches if node.region < 0 else node.region for node in nodes], dtype=np.int32)
    places = [np.flatnonzero(branch == number) for number in range(branches + 1)]
    classes = {node.region: node.wealth_class for node in nodes}
    growth = np.clip(rng.normal(0.015, 0.02, branches + 1), -0.02, 0.05)
    growth[0:branches:5] = 0.10
    growth[min(3, branches - 1)] = -0.06
    return Network(
        ids=pl.Series([node.id for node in nodes]),
        names=[node.name for node in nodes],
        branch=branch,
        first=np.array([place[0] for place in places], dtype=np.int32),
        behind=np.array([place[-1] + 1 for place in places], dtype=np.int32),
        weight=np.array([node.weight for node in nodes]),
        opens=np.array([_month_of(node.opened_on, ends, -1) for node in nodes], dtype=np.int32),
        closes=np.array([_month_of(node.closed_on, ends, _NEVER) for node in nodes], dtype=np.int32),
        taker=np.array([-1 if node.taker is None else node.taker for node in nodes], dtype=np.int32),
        opened_day=np.array([day_number(node.opened_on) for node in nodes], dtype=np.int32),
        private=np.array([node.role == "private" for node in nodes]),
        tiny=np.array([i for i, node in enumerate(nodes) if node.role == "tiny"], dtype=np.int32),
        growth=growth,
        wealth=np.array([_WEALTH_OF_CLASS[classes[number]] for number in range(branches)] + [0.4])
        + rng.normal(0.0, 0.08, branches + 1),
        drift=rng.normal(0.015, 0.025, branches + 1),
        dressing=rng.uniform(0.3, 1.8, branches + 1),
        selling=rng.normal(0.0, 0.30, branches + 1),
    )


def _month_of(day: date | None, ends: list[date], otherwise: int) -> int:
    """Position of the month of this day, `otherwise` when it is none or before the window."""
    if day is None or (day.year, day.month) < (ends[0].year, ends[0].month):
        return otherwise
    return (day.year - ends[0].year) * 12 + day.month - ends[0].month
