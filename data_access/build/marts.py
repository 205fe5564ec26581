"""Own rows and rollups of a mart, merged into files that a scope reads in milliseconds.

Own rows are booked at the institution itself; a rollup holds the totals of every subtree with more
than 50 institutions. Both are sorted by node and time in row groups of 20,000, so a reader opens
only the groups of its scope.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from data_access import snapshot as life
from data_access.build.partitions import monthly_parts
from data_access.engines.engine import Engine, collected
from data_access.intake.check import MOST, too_large
from data_access.intake.intake import Intake, Progress
from data_access.intake.source import TAG
from data_access.places import NOW, Places
from data_access.subject import Inputs, Mart
from data_access.tree import PART, Tree

ROW_GROUP = 20_000


def sums_of(frame: pl.DataFrame, mart: Mart) -> list[str]:
    """The additive columns of a frame: all that are neither keys nor places."""
    places = {"institution_no", "from_no", "to_no", "node", PART, *mart.keys}
    return [name for name in frame.columns if name not in places]


def own_rows(
    parts: Sequence[pl.DataFrame], movers: Sequence[pl.DataFrame], mart: Mart, places: Places, above: int
) -> pl.DataFrame:
    """All partitions by node of this tree, with the corrections of moves at their common ancestors."""
    if mart.booked != "own":
        lifted = pl.Series(_lifted(places.tree, above, mart.booked), dtype=pl.Int64)
        places = replace(places, nodes=places.nodes.with_columns(node=lifted[places.nodes["node"]]))
    placed = [places.booked(part, mart.time) for part in parts]
    if mart.booked != "own":  # many of its rows are one there
        placed = [_totals(part, ["node", *_keys(part, mart)], mart) for part in placed]
    own = pl.concat(placed, how="diagonal_relaxed")
    frames = [own.with_columns(pl.lit(0, dtype=pl.Int16).alias(PART))]
    moved = [frame for frame in movers if frame.height]
    if moved:
        frames.append(_corrections(pl.concat(moved, how="diagonal_relaxed"), mart, places))
    return _summed(pl.concat(frames, how="diagonal_relaxed"), ["node", PART, *_keys(own, mart)], mart)


def _lifted(tree: Tree, above: int, booked: str) -> list[int]:
    """Where rows of each node are booked that are not kept for every institution."""
    held = {0} if booked == "whole" else {0, *tree.ancestors(above)["ancestor"].unique()}
    found = list(range(len(tree)))
    for node in range(1, len(tree)):  # preorder: what lies above comes before
        found[node] = node if node in held else found[tree.parent[node]]
    return found


def _keys(frame: pl.DataFrame, mart: Mart) -> list[str]:
    """The mart's keys with the columns of the bank's own tags that the builder added."""
    return [*mart.keys, *[name for name in frame.columns if name.startswith(TAG)]]


def _corrections(moved: pl.DataFrame, mart: Mart, places: Places) -> pl.DataFrame:
    for side in ("from", "to"):
        moved = places.booked(moved, mart.time, f"{side}_no", side)
    pairs = moved.select("from", "to").unique()
    ancestors = [places.tree.common_ancestor(min(pair), max(pair)) for pair in pairs.iter_rows()]
    moved = moved.join(pairs.with_columns(node=pl.Series(ancestors, dtype=pl.Int64)), on=["from", "to"])
    return moved.drop("from", "to").with_columns(pl.lit(1, dtype=pl.Int16).alias(PART))


def _summed(frame: pl.DataFrame, keys: list[str], mart: Mart) -> pl.DataFrame:
    order = ["node", mart.time, *[key for key in keys if key not in ("node", mart.time)]]
    return _totals(frame, keys, mart).sort(order)


def _totals(frame: pl.DataFrame, keys: list[str], mart: Mart) -> pl.DataFrame:
    sums = [name for name in sums_of(frame, mart) if name not in keys]
    # whole numbers are summed as such; what is a float by nature, a square, stays one
    return frame.group_by(keys).agg(
        (pl.col(name) if frame.schema[name].is_float() else pl.col(name).cast(pl.Int64)).sum()
        for name in sums
    )


def build_mart(
    mart: Mart,
    intake: Intake,
    inputs: Inputs,
    trees: Mapping[str, Places],
    staging: Path,
    former: life.Snapshot | None,
    step: Progress,
    engine: Engine,
) -> int:
    """Builds one mart and writes its two files for each tree; returns the own rows as now."""
    if mart.monthly is None:
        parts, movers = [collected(mart.build(inputs))], list[pl.DataFrame]()
    else:
        parts, movers = monthly_parts(mart, intake.months, inputs, staging, former, step, engine)
    above, height = intake.config.policy.rollup_above, 0
    for folder, places in trees.items():
        own = own_rows(parts, movers, mart, places, above)
        if folder == NOW:
            refuse_endless(own, mart, inputs.minor_units)
            height = own.height
        write_mart(own, rollup(own, mart, places.tree, above), mart, staging / folder / "marts")
    return height


def refuse_endless(own: pl.DataFrame, mart: Mart, minor_units: int) -> None:
    """Stops where the rows of a mart, read together, add up to more than a whole number holds."""
    for name in sums_of(own, mart):
        total = 0.0 if own.schema[name].is_float() else float(own[name].cast(pl.Float64).abs().sum())
        if total > MOST:
            raise too_large(mart.needs[0].partition(".")[0], name, total, minor_units)


def rollup(own: pl.DataFrame, mart: Mart, tree: Tree, above: int) -> pl.DataFrame:
    """Subtree totals of every institution with more than `above` institutions in its subtree."""
    ancestors = tree.ancestors(above)
    keys = ["node", *_keys(own, mart)]
    below = own.join(ancestors, on="node").drop("node", PART).rename({"ancestor": "node"})
    return _summed(below, keys, mart)


def write_mart(own: pl.DataFrame, totals: pl.DataFrame, mart: Mart, folder: Path) -> int:
    """Writes both files; returns the bytes on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    for name, frame in (("own", own), ("rollup", totals)):
        file = folder / f"{mart.name}.{name}.parquet"
        narrow = [pl.col(column).cast(pl.Int32) for column in mart.counts if column in frame.columns]
        frame.with_columns(narrow).write_parquet(file, row_group_size=ROW_GROUP, statistics=True)
        size += file.stat().st_size
    return size


def write_list(name: str, rows: pl.DataFrame, places: Places, cap: int, staging: Path) -> None:
    """The first rows per institution and per manager, by node; all other rows stay out of the snapshot."""
    rows = rows.join(places.today, on="institution_no", maintain_order="left")
    holders = ["node", *(name for name in ("manager_no",) if name in rows.columns)]  # nobody may hold them
    kept = rows.with_columns(
        in_node=pl.int_range(pl.len()).over("node"),
        of_manager=pl.int_range(pl.len()).over(holders),
    ).filter((pl.col("in_node") < cap) | (pl.col("of_manager") < cap))
    folder = staging / "lists"
    folder.mkdir(exist_ok=True)
    kept = kept.drop("in_node", "of_manager").sort("node", maintain_order=True)
    kept.write_parquet(folder / f"{name}.parquet", row_group_size=ROW_GROUP)
