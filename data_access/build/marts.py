"""Own rows and rollups of a mart, merged into files that a scope reads in milliseconds.

Own rows are booked at the institution itself; a rollup holds the totals of every subtree with more
than 50 institutions. Both are sorted by node and time in row groups of 20,000, so a reader opens
only the groups of its scope.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
AT_ONCE = 8_000_000  # rows held before they are summed and written


def sums_of(frame: pl.DataFrame, mart: Mart) -> list[str]:
    """The additive columns of a frame: all that are neither keys nor places."""
    places = {"institution_no", "from_no", "to_no", "node", PART, *mart.keys}
    return [name for name in frame.columns if name not in places]


def own_rows(
    parts: Sequence[pl.LazyFrame], movers: Sequence[pl.DataFrame], mart: Mart, places: Places, above: int
) -> Iterator[pl.DataFrame]:
    """All partitions by node of this tree, with the corrections of moves at their common ancestors.

    They come sorted, so many nodes at a time as stay small in memory.
    """
    moved = [frame for frame in movers if frame.height]
    corrections = _corrections(pl.concat(moved, how="diagonal_relaxed"), mart, places) if moved else None
    if mart.booked != "own":  # many of its rows are one there
        lifted = pl.Series(_lifted(places.tree, above, mart.booked), dtype=pl.Int64)
        places = replace(places, nodes=places.nodes.with_columns(node=lifted[places.nodes["node"]]))
        yield _share(parts, corrections, mart, places)
        return
    rows = sum(count.item() for count in pl.collect_all([part.select(pl.len()) for part in parts]))
    shares = max(1, min(-(-rows // AT_ONCE), len(places.tree)))
    size = -(-len(places.tree) // shares)
    for first in range(0, len(places.tree), size):
        here = pl.col("node").is_between(first, first + size - 1)
        some = replace(places, nodes=places.nodes.filter(here))
        yield _share(parts, None if corrections is None else corrections.filter(here), mart, some)


def _share(
    parts: Sequence[pl.LazyFrame], corrections: pl.DataFrame | None, mart: Mart, places: Places
) -> pl.DataFrame:
    """What is booked at the nodes of these places; partitions one by one where they shrink by that."""
    placed, rows, room = list[pl.DataFrame](), 0, AT_ONCE
    wanted = places.nodes["institution_no"].unique()
    for part in parts:
        here = places.booked(
            part.filter(pl.col("institution_no").is_in(wanted.implode())).collect(), mart.time
        )
        keys = ["node", *_keys(here, mart)]
        placed.append(here if mart.booked == "own" else _totals(here, keys, mart))
        rows += placed[-1].height
        if mart.windows and rows > room:
            placed = [_totals(pl.concat(placed, how="diagonal_relaxed"), keys, mart)]
            rows, room = placed[0].height, max(AT_ONCE, 2 * placed[0].height)  # each row is summed few times
    own = pl.concat(placed, how="diagonal_relaxed").with_columns(pl.lit(0, dtype=pl.Int16).alias(PART))
    keys = ["node", PART, *_keys(own, mart)]
    if corrections is not None:
        own = pl.concat([own, corrections], how="diagonal_relaxed")
    return _summed(own, keys, mart)


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
        parts, movers = [collected(mart.build(inputs)).lazy()], list[pl.DataFrame]()
    else:
        parts, movers = monthly_parts(mart, intake.months, inputs, staging, former, step, engine)
    above, height = intake.config.policy.rollup_above, 0
    for folder, places in trees.items():
        booked = own_rows(parts, movers, mart, places, above)
        rows, sizes = write_mart(booked, mart, places.tree, above, staging / folder / "marts")
        if folder == NOW:
            refuse_endless(sizes, mart, inputs.minor_units)
            height = rows
    return height


def refuse_endless(sizes: Mapping[str, float], mart: Mart, minor_units: int) -> None:
    """Stops where the rows of a mart, read together, add up to more than a whole number holds."""
    for name, total in sizes.items():
        if total > MOST:
            raise too_large(mart.needs[0].partition(".")[0], name, total, minor_units)


def rollup(own: pl.DataFrame, mart: Mart, tree: Tree, above: int) -> pl.DataFrame:
    """Subtree totals of every institution with more than `above` institutions in its subtree.

    From below: an institution's are the totals of those below it and the rows of all others.
    """
    held = {*tree.ancestors(above)["ancestor"].unique()}
    nearest = _lifted(tree, above, "rolled")
    keys = ["node", *_keys(own, mart)]
    left = _totals(own.drop(PART).with_columns(node=pl.Series(nearest)[own["node"]]), keys, mart)
    found = [left.clear()]
    for level in reversed(range(max((len(tree.path(node)) for node in held), default=0))):
        is_here = pl.col("node").is_in([node for node in held if len(tree.path(node)) == level + 1])
        found.append(left.filter(is_here))
        above_it = pl.Series([nearest[max(node, 0)] for node in tree.parent])
        risen = found[-1].with_columns(node=above_it[found[-1]["node"]])
        left = _totals(pl.concat([left.filter(~is_here), risen]), keys, mart)
    return pl.concat(found)


def write_mart(
    booked: Iterable[pl.DataFrame], mart: Mart, tree: Tree, above: int, folder: Path
) -> tuple[int, dict[str, float]]:
    """Writes both files; returns the own rows, and how much each sum comes to."""
    folder.mkdir(parents=True, exist_ok=True)
    height, sizes, totals, files = 0, dict[str, float](), list[pl.DataFrame](), list[Path]()
    for number, own in enumerate(booked):
        files.append(_written(own, mart, folder / f"{mart.name}.own.{number}.parquet"))
        totals.append(rollup(own, mart, tree, above))
        height += own.height
        for name in (name for name in sums_of(own, mart) if not own.schema[name].is_float()):
            sizes[name] = sizes.get(name, 0.0) + float(own[name].cast(pl.Float64).abs().sum())
    _join(files, folder / f"{mart.name}.own.parquet")
    every = pl.concat(totals, how="diagonal_relaxed")
    _written(
        _summed(every, ["node", *_keys(every, mart)], mart), mart, folder / f"{mart.name}.rollup.parquet"
    )
    return height, sizes


def _written(rows: pl.DataFrame, mart: Mart, file: Path) -> Path:
    narrow = [pl.col(column).cast(pl.Int32) for column in mart.counts if column in rows.columns]
    rows.with_columns(narrow).write_parquet(file, row_group_size=ROW_GROUP, statistics=True)
    return file


def _join(files: list[Path], target: Path) -> None:
    """Shares of a mart as one file, in their order."""
    if len(files) > 1:
        pl.scan_parquet(files).sink_parquet(target, row_group_size=ROW_GROUP, statistics=True)
        for file in files:
            file.unlink()
    else:
        files[0].rename(target)


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
