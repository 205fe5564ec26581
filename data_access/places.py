"""The tree as then: every place that an institution ever had, as one tree, and which of them held when.

As now, an institution's whole history hangs where it hangs today. As then, what was booked on a day counts
where the institution hung on that day: an outlet that went from one branch to another is two nodes, its days
under the one and its days under the other. So all that works on a tree works on this one too.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from data_access.tree import Tree, build_tree, versions

NOW, THEN = "", "then"  # the folders of a snapshot that hold what was counted by each tree
Path = tuple[str, ...]  # ids from the head office down
EVER, NEVER = date(1, 1, 1), date(9999, 12, 31)
SCHEMA = {"institution_no": pl.Int64, "node": pl.Int64, "since": pl.Date, "until": pl.Date}


@dataclass(frozen=True)
class Places:
    """A tree and the node of each institution's rows; of a tree as then from a day to a day."""

    tree: Tree
    nodes: pl.DataFrame  # institution_no, node, and as then since and until

    def booked(
        self, rows: pl.DataFrame, time: str, side: str = "institution_no", as_: str = "node"
    ) -> pl.DataFrame:
        """The rows with the node of the institution under `side`, which goes."""
        found = rows.join(self.nodes.rename({"institution_no": side, "node": as_}), on=side)
        if "since" in self.nodes.columns:
            found = found.filter(pl.col(time).is_between("since", "until")).drop("since", "until")
        return found.drop(side)

    @property
    def today(self) -> pl.DataFrame:
        """The node of each institution where it hangs now."""
        if "until" not in self.nodes.columns:
            return self.nodes
        return self.nodes.filter(pl.col("until") == NEVER).select("institution_no", "node")


def as_now(tree: Tree) -> Places:
    """Every row where its institution hangs today."""
    nodes = pl.DataFrame({"institution_no": tree.numbers, "node": range(len(tree))}).cast(pl.Int64)
    return Places(tree, nodes)


def rows_then(institutions: pl.DataFrame) -> pl.DataFrame | None:
    """The tree as then as a table of institutions; None where it is the tree as now.

    A former place has an id of its own, the institution's with the last day there, and says so in its name.
    `place`: the institution meant; `since` and `until`: the days that it holds.
    """
    days = versions(institutions)
    merged = (
        "merged_into" in institutions.columns
        and institutions["merged_into"].null_count() < institutions.height
    )
    if days == [None] and not merged:
        return None
    trees = [build_tree(institutions, day or EVER) for day in days]
    if len({tree.ids[0] for tree in trees}) > 1:  # another head office: there is no one tree
        return None
    starts = [EVER, *[day for day in days[1:] if day]]
    ends = [day - timedelta(days=1) for day in starts[1:]] + [NEVER]
    held: dict[Path, list[tuple[date, date]]] = {}
    place_of: dict[str, list[tuple[date, date, Path]]] = {}
    row_of: dict[Path, dict[str, object]] = {}
    for tree, since, until in zip(trees, starts, ends, strict=True):
        for node in range(len(tree)):
            path = tuple(tree.ids[above] for above in tree.path(node))
            held.setdefault(path, []).append((since, until))
            place_of.setdefault(path[-1], []).append((since, until, path))
            row_of[path] = {
                "level": tree.levels[node],
                "name": tree.names[node],
                "name_en": tree.names_en[node],
                "peer_group": tree.groups[node],
                "institution_no": tree.numbers[node],
                "closed_on": tree.closed[node],
            }
    last = {key: spans[-1][2] for key, spans in place_of.items()}
    ids = {path: path[-1] if last[path[-1]] == path else f"{path[-1]}@{held[path][-1][1]}" for path in held}
    rows = []
    for path, row in row_of.items():
        former = last[path[-1]] != path
        until = held[path][-1][1]
        names = {
            "name": f"{row['name']}（至{until}）" if former else row["name"],
            "name_en": f"{row['name_en']} (to {until})" if former else row["name_en"],
        }
        spans = _spans(path, place_of[path[-1]])
        names |= {"closed_on": None} if former else {}
        above = ids[path[:-1]] if path[:-1] else None
        rows += [
            {
                **row,
                **names,
                "institution_id": ids[path],
                "parent_id": above,
                "place": path[-1],
                "since": a,
                "until": b,
            }
            for a, b in spans
        ]
    return pl.DataFrame(rows, schema_overrides={"since": pl.Date, "until": pl.Date, "closed_on": pl.Date})


def _spans(path: Path, held: list[tuple[date, date, Path]]) -> list[tuple[date, date]]:
    """The days of one of an institution's places: what was booked before its first place or in a gap counts
    at the place before or, failing that, after; so every day has one."""
    starts = [EVER, *[since for since, _, _ in held[1:]]]
    ends = [since - timedelta(days=1) for since in starts[1:]] + [NEVER]
    found: list[tuple[date, date]] = []
    for since, until, (_, _, place) in zip(starts, ends, held, strict=True):
        if place != path:
            continue
        if found and found[-1][1] + timedelta(days=1) == since:
            found[-1] = (found[-1][0], until)
        else:
            found.append((since, until))
    return found


def tree_then(rows: pl.DataFrame) -> Tree:
    """The tree of such a table."""
    return build_tree(rows.unique("institution_id", keep="first", maintain_order=True).drop("since", "until"))


def as_then(rows: pl.DataFrame) -> Places:
    """Every row where its institution hung on the row's day."""
    tree = tree_then(rows)
    nodes = rows.select(
        pl.col("institution_no").cast(pl.Int64),
        pl.col("institution_id").replace_strict(tree.node_of, return_dtype=pl.Int64).alias("node"),
        "since",
        "until",
    )
    return Places(tree, nodes)
