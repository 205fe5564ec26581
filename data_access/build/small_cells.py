"""Small cells: which institutions' answers are not told, because too few people stand behind them.

Decided at build, stored in the snapshot, applied in `withheld.py`. A cell is an institution's total or
what is booked at the institution itself, in a period. It is hidden when fewer people than the floor stand
behind it, and so are as many of its neighbours as are needed for nobody to work it out:

- In every equation “total = booked here + institutions below” no or at least two members are hidden, and
  where the total is told the hidden ones below it together hold nobody or at least the floor; where it is
  hidden they hold at least the floor or all there is, so that no sum over several levels is of few. In a tree
  this is enough: from any hidden cell a path of hidden cells leads on to both sides, one person more here
  and one less there changes nothing that is told.
- The breakdown of a cell by a dimension is told whole or not at all, so every value has the same pattern.
- The months of a quarter have one pattern, the two quarters of a half year likewise, and a cell that is
  hidden for the longer period is hidden for the shorter: a person moved from one month to another changes no
  quarter, one moved from a quarter to the other no year.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from data_access.hiding import Hiding
from data_access.policy import Policy
from data_access.subject import Subject
from data_access.tree import Tree

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
SCHEMA = {
    "name": pl.String,
    "stratum": pl.Int16,
    "dimension": pl.String,
    "scale": pl.String,
    "first": pl.Date,
    "cell": pl.Int32,
}
FAR = np.int64(1) << 62


def write_hidden(
    subjects: Sequence[Subject], built: Sequence[str], tree: Tree, policy: Policy, staging: Path
) -> dict[str, dict[str, list[int]]]:
    """Decides for every subject, writes the hidden cells; returns the values of each breakdown by code."""
    frames, values = [pl.DataFrame(schema=SCHEMA)], {}
    for hiding in (hiding for subject in subjects for hiding in subject.hidings):
        if hiding.counts[0].mart in built:
            counts = [
                _counted(hiding, i, staging)
                for i in range(len(hiding.counts))
                if hiding.counts[i].mart in built
            ]
            frames += _decided(hiding, counts, tree, int(policy.named(hiding.floor)))
            values[hiding.name] = {
                name: sorted({int(code) for frame in counts for code in frame[name].unique()})
                for name in hiding.dimensions
            }
    pl.concat(frames).write_parquet(staging / "models" / "hidden.parquet", row_group_size=20_000)
    return values


def _counted(hiding: Hiding, number: int, staging: Path) -> pl.DataFrame:
    """People per node, month, stratum and dimensions."""
    count = hiding.counts[number]
    rows = pl.scan_parquet(staging / "marts" / f"{count.mart}.own.parquet")
    for name, code in count.codes.items():
        rows = rows.filter(pl.col(name) == code)
    keys = ["node", "month", hiding.strata, *hiding.dimensions]
    people = rows.group_by(keys).agg(people=pl.col(count.column).cast(pl.Int64).sum())
    return people.filter(pl.col("people") != 0).with_columns(which=pl.lit(number)).collect()


def _decided(
    hiding: Hiding, counts: Sequence[pl.DataFrame], tree: Tree, floor: int
) -> Iterator[pl.DataFrame]:
    rows = pl.concat(counts)
    equations = Equations(tree)
    for (stratum, year), part in rows.group_by(hiding.strata, pl.col("month").dt.year(), maintain_order=True):
        totals: dict[str, Bools] = {}
        for dimension in ("", *hiding.dimensions):
            own = _own(part, dimension, len(tree), len(hiding.counts))
            found = patterns(own, equations, floor, totals)
            totals = totals or found
            for scale, hidden in found.items():
                cell, at = np.nonzero(hidden)
                months = 12 // hidden.shape[1]
                starts = pl.Series([date(int(str(year)), months * i + 1, 1) for i in range(hidden.shape[1])])
                yield pl.DataFrame(
                    {
                        "name": hiding.name,
                        "stratum": stratum,
                        "dimension": dimension,
                        "scale": scale,
                        "first": starts.gather(at),
                        "cell": cell,
                    },
                    schema_overrides=SCHEMA,
                )


def _own(part: pl.DataFrame, dimension: str, nodes: int, kinds: int) -> Ints:
    """People booked at each institution: node × month of the year × (kind of count, value)."""
    value = part[dimension].to_numpy() if dimension else np.zeros(part.height, dtype=np.int64)
    codes, value = np.unique(value, return_inverse=True)
    own = np.zeros((nodes, 12, kinds * len(codes)), dtype=np.int64)
    at = (
        part["node"].to_numpy(),
        part["month"].dt.month().to_numpy().astype(np.int64) - 1,
        part["which"].to_numpy() * len(codes) + value,
    )
    np.add.at(own, at, part["people"].to_numpy())
    return own


def patterns(own: Ints, equations: "Equations", floor: int, forced: dict[str, Bools]) -> dict[str, Bools]:
    """Hidden cells (totals, then own ones) of a year, its quarters and months.

    A column for each set of periods that share a pattern: the year, the quarters of each half, the months of
    each quarter.
    """
    nodes = len(own)
    quarters = own.reshape(nodes, 4, 3, -1)
    sizes = {
        "year": own.sum(axis=1)[:, None, :],
        "quarter": quarters.sum(axis=2).reshape(nodes, 2, -1),
        "month": quarters.reshape(nodes, 4, -1),
    }
    found: dict[str, Bools] = {}
    longer = np.zeros((2 * nodes, 1), dtype=bool)
    for scale, size in sizes.items():
        longer = np.repeat(longer, size.shape[1] // longer.shape[1], axis=1)
        start = longer | forced[scale] if forced else longer
        found[scale] = longer = equations.closed(size, start, floor)
    return found


class Equations:
    """“total = booked here + institutions below” of every institution, sorted by depth."""

    def __init__(self, tree: Tree) -> None:
        self.last = np.array(tree.last, dtype=np.int64)
        parent = np.array(tree.parent, dtype=np.int64)
        nodes = len(parent)
        depth = np.zeros(nodes, dtype=np.int64)
        for node in range(1, nodes):
            depth[node] = depth[parent[node]] + 1
        above = np.unique(parent[1:])  # institutions with others below them
        member = np.concatenate([nodes + above, np.arange(1, nodes)])
        of = np.concatenate([above, parent[1:]])
        self.levels: list[tuple[Ints, Ints, Ints, Ints]] = []  # totals, members, starts, equation of each
        for level in range(int(depth.max(initial=0))):
            here = depth[of] == level
            order = np.argsort(of[here], kind="stable")
            totals, starts = np.unique(of[here][order], return_index=True)
            segment = np.repeat(np.arange(len(totals)), np.diff([*starts, here.sum()]))
            self.levels.append((totals, member[here][order], starts, segment))

    def closed(self, own: Ints, start: Bools, floor: int) -> Bools:
        """The hidden cells: those of too few people, those given, and what they need beside them."""
        below = np.concatenate([np.zeros((1, *own.shape[1:]), dtype=np.int64), np.cumsum(own, axis=0)])
        size = np.concatenate([below[self.last + 1] - below[:-1], own])
        hidden = np.broadcast_to(start, (len(size), own.shape[1])).copy()
        hidden |= ((size > 0) & (size < floor)).any(axis=2)
        people = size.sum(axis=2)
        for level in reversed(self.levels):
            self._up(level, size, people, hidden, floor)
        for level in self.levels:
            self._down(level, size, people, hidden, floor)
        return hidden

    def _up(
        self, level: tuple[Ints, Ints, Ints, Ints], size: Ints, people: Ints, hidden: Bools, floor: int
    ) -> None:
        """Where a hidden member stands alone or with too few: hide the next smallest, else the total."""
        totals, member, starts, segment = level
        while True:
            here = hidden[member]
            count = np.add.reduceat(here.astype(np.int64), starts, axis=0)
            together = np.add.reduceat(np.where(here[:, :, None], size[member], 0), starts, axis=0)
            few = ((together > 0) & (together < floor)).any(axis=2) & ~hidden[totals]
            open_ = (count > 0) & ((count + hidden[totals] < 2) | few)
            if not open_.any():
                return
            able = ~here & (people[member] > 0) & open_[segment]
            chosen, found = _smallest(np.where(able, people[member], FAR), starts)
            equation, column = np.nonzero(open_ & found)
            hidden[member[chosen[equation, column]], column] = True
            equation, column = np.nonzero(open_ & ~found)
            hidden[totals[equation], column] = True

    def _down(
        self, level: tuple[Ints, Ints, Ints, Ints], size: Ints, people: Ints, hidden: Bools, floor: int
    ) -> None:
        """Where a total is hidden: enough below it, or those beside it would be told together with few."""
        totals, member, starts, segment = level
        while True:
            here = hidden[member]
            count = np.add.reduceat(here.astype(np.int64), starts, axis=0)
            together = np.add.reduceat(np.where(here[:, :, None], size[member], 0), starts, axis=0)
            few = ((together < floor) & (together < size[totals])).any(axis=2)
            open_ = hidden[totals] & ((count == 0) | few)
            able = ~here & open_[segment]
            held = np.where(people[member] > 0, people[member], FAR - 1)
            chosen, found = _smallest(np.where(able, held, FAR), starts)
            equation, column = np.nonzero(open_ & found)
            if not len(equation):
                return
            hidden[member[chosen[equation, column]], column] = True


def _smallest(values: Ints, starts: Ints) -> tuple[Ints, Bools]:
    """The place of the smallest value of each segment, and whether there is one that is not far away."""
    least = np.minimum.reduceat(values, starts, axis=0)
    lengths = np.diff([*starts, len(values)])
    place = np.where(
        values == np.repeat(least, lengths, axis=0), np.arange(len(values))[:, None], len(values)
    )
    return np.minimum.reduceat(place, starts, axis=0), least < FAR
