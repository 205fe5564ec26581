"""A bank of ten million customers out of a small one: marts grow with institutions, never with customers.

Every institution below the first level is copied some hundred times, and so is what the small bank's build
kept of it before the merge: month partitions, own rows, lists. The cockpit's own merge then writes the files.
"""

import shutil
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from data_access import snapshot as life
from data_access.build.marts import own_rows, sums_of, write_mart
from data_access.build.small_cells import write_hidden
from data_access.places import as_now
from data_access.subject import Mart
from data_access.tree import Tree, build_tree
from data_access.view.store import Store
from metrics import SUBJECTS

COPIES, REGIONS = (
    350,
    12,
)  # copies of the whole small bank; copies in one region share its first-level branches
Frames = list[pl.DataFrame]


def copied(small: Store, copies: int = COPIES, regions: int = REGIONS) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The institutions of the large bank, and which number each copy of an institution has there.

    The head office stays one; branches directly below it are one per region, and what else lies directly
    below the head office hangs below the region's first branch. So the tree keeps its depth, and the head
    office some dozens of branches.
    """
    told = pl.read_parquet(small.file("tables", "institutions.parquet"))
    tree, rows = small.tree, told.rows(named=True)
    root, first = tree.ids[0], [tree.ids[node] for node in tree.children(0) if tree.children(node)]
    found, numbers, places = list[dict[str, object]](), dict[str, int](), Frames()

    def name(key: str | None, copy: int) -> str | None:
        if key is None or key == root:
            return key
        return f"{key}-{copy % regions:02}" if key in first else f"{key}-{copy:03}"

    for copy in range(copies):
        for row in rows:
            key = str(name(row["institution_id"], copy))
            if key not in numbers:
                numbers[key] = len(numbers)
                is_beside = row["parent_id"] == root and row["institution_id"] not in first
                above = name(first[0] if is_beside else row["parent_id"], copy)
                found.append(
                    row
                    | {"institution_id": key, "institution_no": numbers[key], "parent_id": above}
                    | {"merged_into": name(row["merged_into"], copy)}
                )
        mine = [numbers[str(name(row["institution_id"], copy))] for row in rows]
        places.append(pl.DataFrame({"old": told["institution_no"], "new": mine}).with_columns(copy=copy))
    return pl.DataFrame(found, schema=told.schema), pl.concat(places).cast(pl.Int64)


def parts_of(mart: Mart, small: Store, recent: int) -> tuple[Frames, Frames]:
    """What a merge begins with: so many month partitions, or the own rows; and those who moved."""
    folder = small.file("partitions", mart.name)
    months = small.months[-min(mart.recent or recent, recent) :]
    if mart.monthly is None or mart.windows:
        numbers = pl.DataFrame({"node": range(len(small.tree)), "institution_no": small.tree.numbers})
        own = pl.read_parquet(small.file("marts", f"{mart.name}.own.parquet"))
        return [own.join(numbers.cast(pl.Int64), on="node").drop("node", "part")], []
    kinds = ("own", "movers")
    parts, movers = (
        [pl.read_parquet(file) for month in months for file in folder.glob(f"{month:%Y-%m}.{kind}.*")]
        for kind in kinds
    )
    return parts, movers


def _many(frames: Frames, places: pl.DataFrame, *columns: str) -> Iterator[pl.DataFrame]:
    """The rows once for each copy, with the copy's numbers."""
    for frame in frames:
        first, *others = columns
        wide = frame.join(places.rename({"new": "at"}), left_on=first, right_on="old").drop(first)
        wide = wide.rename({"at": first})
        for column in others:
            wide = wide.join(places, left_on=[column, "copy"], right_on=["old", "copy"]).drop(column)
            wide = wide.rename({"new": column})
        yield wide


def _apart(rows: pl.DataFrame, mart: Mart) -> pl.DataFrame:
    """Copies two by two: what is added to one is taken from the other, so the whole bank's sums stay.

    Copies that were alike would compress as no bank does.
    """
    rng = np.random.default_rng(8)
    rows = rows.with_columns(pair=pl.col("copy") // 2, at=pl.int_range(pl.len()).over("copy"))
    share = rng.random((int(rows["at"].max() or 0) + 1, int(rows["pair"].max() or 0) + 1)) * 0.3
    part = pl.Series(share[rows["at"].to_numpy(), rows["pair"].to_numpy()])
    way = pl.when(pl.col("copy") % 2 == 0).then(1).otherwise(-1)
    sums = [
        name
        for name in sums_of(rows, mart)
        if name not in ("copy", "pair", "at") and rows.schema[name] != pl.Int16
    ]
    moved = [(pl.col(name) * part).cast(rows.schema[name]) for name in sums]  # whole numbers stay whole
    return rows.with_columns(pl.col(name) + way * by for name, by in zip(sums, moved, strict=True)).drop(
        "pair", "at", "copy"
    )


def merged(mart: Mart, small: Store, places: pl.DataFrame, tree: Tree, folder: Path, recent: int = 36) -> int:
    """Multiplies one mart and lets the cockpit merge it; returns the own rows."""
    parts, movers = parts_of(mart, small, recent)
    many = [_apart(part, mart) for part in _many(parts, places, "institution_no")]
    moved = [part.drop("copy") for part in _many(movers, places, "from_no", "to_no")]
    above = small.policy.rollup_above
    own = own_rows([part.lazy() for part in many], moved, mart, as_now(tree), above)
    return write_mart(own, mart, tree, above, folder / "marts")[0]


def _lists(small: Store, places: pl.DataFrame, tree: Tree, folder: Path) -> None:
    """The lists of every copy; at institutions that several share, the first copy's."""
    nodes = pl.DataFrame({"new": tree.numbers, "to": range(len(tree))}).cast(pl.Int64)
    old = pl.DataFrame({"old": small.tree.numbers, "node": range(len(small.tree))}).cast(pl.Int64)
    once = places.unique("new", keep="first", maintain_order=True)
    pairs = once.join(nodes, on="new").join(old, on="old").select("node", "to")
    (folder / "lists").mkdir()
    for file in sorted(small.file("lists").glob("*.parquet")):
        rows = pl.read_parquet(file).join(pairs, on="node").with_columns(node="to").drop("to")
        rows.sort("node", maintain_order=True).write_parquet(
            folder / "lists" / file.name, row_group_size=20_000
        )


def grown(small: Store, config: Path, marts: Collection[str], recent: int = 36) -> Path:
    """A snapshot of the large bank beside a copy of the configuration; returns its path.

    `recent`: of monthly marts only so many months are merged.
    """
    root = config.parent / ".cockpit"
    staging = root / "snapshots" / ".building-large"
    staging.mkdir(parents=True)
    shutil.copy(small.snapshot.folder.parents[2] / "cockpit.toml", config)
    for name in ("models", "codes.json"):
        source = small.file(name)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, staging / name)
    institutions, places = copied(small)
    (staging / "tables").mkdir()
    institutions.write_parquet(staging / "tables" / "institutions.parquet")
    for name in ("managers", "targets", "annotations"):
        shutil.copy(small.file("tables", f"{name}.parquet"), staging / "tables")
    tree = build_tree(institutions)
    wanted = [
        mart
        for subject in SUBJECTS
        for mart in subject.marts
        if mart.name in marts and not (mart.unless and small.has(mart.unless))
    ]
    rows = {mart.name: merged(mart, small, places, tree, staging, recent) for mart in wanted}
    _lists(small, places, tree, staging)
    write_hidden(SUBJECTS, list(rows), tree, small.policy, staging)
    life.publish(root, staging, life.next_id(root, date(2026, 10, 31)), small.manifest | {"marts": rows})
    return config
