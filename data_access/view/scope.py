"""Whose rows are read: what a reader is granted of the institution chosen, less exclusions and filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data_access.subject import Metric
from data_access.tree import Ranges, merge_ranges
from data_access.view.grants import CUSTOMERS, Grant, grant_for_comparison
from data_access.view.rows import Group, filter_code, groups_of
from data_access.view.store import Store


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One snapshot as far as a reader may see it, cut to an institution; `without` are nodes left out."""

    store: Store
    grant: Grant
    node: int
    without: tuple[int, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[object, ...]:
        """What answers are remembered under: whose rows they are of, in plain values."""
        return self.grant, self.node, self.without, tuple(sorted(self.filters.items()))

    @property
    def ranges(self) -> Ranges:
        """The nodes whose rows may be read."""
        [whole] = self.groups(None)
        return merge_ranges(r for piece in whole.pieces for r in piece.ranges)

    @property
    def sees_customers(self) -> bool:
        """Whether rows of customers and deals may be shown one by one."""
        return CUSTOMERS in self.grant.permissions

    def groups(self, by: str | None) -> list[Group]:
        """The institutions that a breakdown has a row for."""
        return groups_of(self.store, self.grant, self.node, by, self.without)

    def codes(self, columns: Mapping[str, str]) -> dict[str, int]:
        """The filters as codes by the column that each cuts; `columns` are those of the bank's own tags."""
        return {
            columns.get(name, name): filter_code(self.store, name, value, columns.get(name))
            for name, value in self.filters.items()
        }

    def compared_at(self, node: int) -> "Scope":
        """Totals of another institution to compare with, whatever the reader is granted there; no lists."""
        grant = grant_for_comparison(self.store.tree, node)
        return replace(self, grant=grant, node=node, without=())

    def tags(self, metric: Metric) -> list[str]:
        """The bank's own breakdowns of what a metric counts."""
        return list(self.store.manifest["dimensions"].get(metric.tags_of, []))

    def not_carried(self, metric: Metric) -> list[str]:
        """The chosen filters that what a metric counts does not carry."""
        return [name for name in self.filters if name not in (*metric.filters, *self.tags(metric))]
