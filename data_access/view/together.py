"""Institutions of a level worked out at once: what one look costs then serves all its neighbours.

Who opens an institution that nobody opened before mostly finds its numbers there already: they were made
with those of the institutions beside it. Whole-bank totals are computed, and of them a look takes its own
part; that it may view the institution whole was asked before (`Scope.beside`).
"""

from collections.abc import Callable, Hashable

import polars as pl

from data_access.view.labels import NO_GROUPS
from data_access.view.scope import Scope

_NODE = "cockpit: node"


def own_part(
    scope: Scope, by: str | None, key: tuple[Hashable, ...], compute: Callable[[Scope], pl.DataFrame]
) -> pl.DataFrame | None:
    """The rows of this institution by group, out of those of all beside it; None where it stands alone."""
    nodes = scope.beside(by)
    if len(nodes) < 2:
        return None
    wide = scope.at_once(nodes)
    frame = scope.store.answers.get(
        ("together", by, *wide.key, *key), lambda: _by_institution(compute(wide), wide, by)
    )
    return frame.filter(pl.col(_NODE) == scope.node).drop(_NODE)


def each_group(scope: Scope) -> pl.DataFrame:
    """The groups of no breakdown: the institution, or each of those looked at together."""
    many = len(scope.together)
    return pl.DataFrame({"group": range(many)}, schema={"group": pl.Int64}) if many else NO_GROUPS


def _by_institution(frame: pl.DataFrame, wide: Scope, by: str | None) -> pl.DataFrame:
    """The rows with the institution that each is of, their groups numbered anew in each."""
    places = [(node, i) for node in wide.together for i in range(len(wide.groups_of(node, by)))]
    of_group = pl.DataFrame(
        {"group": range(len(places)), _NODE: [p[0] for p in places], "_own": [p[1] for p in places]},
        schema={"group": pl.Int64, _NODE: pl.Int64, "_own": pl.Int64},
    )
    frame = frame.join(of_group, on="group", how="left", maintain_order="left")
    return frame.with_columns(group="_own").drop("_own")
