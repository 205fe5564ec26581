"""Institutions of a level worked out at once: what one look costs then serves all its neighbours.

Who opens an institution that nobody opened before mostly finds its numbers there already: they were made
with those of the institutions beside it. Whole-bank totals are computed, and of them a look takes its own
part; that it may view the institution whole was asked before (`Scope.beside`).
"""

from collections.abc import Callable, Hashable
from typing import Protocol, Self, TypeVar

import polars as pl

from data_access.subject import Metric
from data_access.view.labels import NO_GROUPS
from data_access.view.rows import Group
from data_access.view.scope import Scope

_NODE = "cockpit: node"


class Look(Protocol):
    """What is needed of a look to have it at others."""

    @property
    def scope(self) -> Scope: ...
    def within(self, scope: Scope) -> Self: ...
    def groups(self, by: str | None) -> list[Group]: ...


L = TypeVar("L", bound=Look)


def own_part(
    look: L, metric: Metric, by: str | None, key: tuple[Hashable, ...], compute: Callable[[L], pl.DataFrame]
) -> pl.DataFrame | None:
    """The rows of this institution by group, out of those of all beside it; None where it stands alone."""
    scope = look.scope
    nodes = () if metric.alone else scope.beside(by)
    if len(nodes) < 2:
        return None
    wide = look.within(scope.at_once(nodes))
    frame = scope.store.answers.get(
        ("together", by, *wide.scope.key, *key), lambda: _by_institution(compute(wide), wide.groups(by))
    )
    return frame.filter(pl.col(_NODE) == scope.node).drop(_NODE)


def each_group(scope: Scope) -> pl.DataFrame:
    """The groups of no breakdown: the institution, or each of those looked at together."""
    many = len(scope.together)
    return pl.DataFrame({"group": range(many)}, schema={"group": pl.Int64}) if many else NO_GROUPS


def _by_institution(frame: pl.DataFrame, groups: list[Group]) -> pl.DataFrame:
    """The rows with the institution that each is of, their groups numbered anew in each."""
    first: dict[int, int] = {}
    own = pl.Series([i - first.setdefault(group.of, i) for i, group in enumerate(groups)], dtype=pl.Int64)
    of = pl.Series([group.of for group in groups], dtype=pl.Int64)
    at = frame["group"]
    return frame.with_columns(own.gather(at).alias("group"), of.gather(at).alias(_NODE))
