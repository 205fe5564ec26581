"""Whose rows are read: what a reader is granted of the institution chosen, less exclusions and filters."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from data_access.errors import CallError
from data_access.intake.source import tag_column
from data_access.subject import FILTERS, Mart, Metric, Only, Span
from data_access.tree import Ranges, intersect, merge_ranges
from data_access.view.customers import History, history, without_identities
from data_access.view.grants import CUSTOMERS, UNMASK, Grant, grant_for_comparison
from data_access.view.rows import Group, filter_code, groups_of, in_ranges, is_institutional, read_rows
from data_access.view.store import Store

AT_ONCE = 32  # institutions whose totals are worked out together
Groups = list[Group]
Names = list[str]
Cut = Callable[[pl.LazyFrame], pl.LazyFrame]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One snapshot as far as a reader may see it, cut to an institution; `without` are nodes left out."""

    store: Store
    grant: Grant
    node: int
    without: tuple[int, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    together: tuple[int, ...] = ()  # institutions that are worked out at once, each with groups of its own

    @property
    def key(self) -> tuple[object, ...]:
        """What answers are remembered under: whose rows they are of, in plain values.

        Whoever may view an institution whole sees of it what everybody sees.
        """
        grant = None if self.grant.covers(self.node) else self.grant
        return grant, self.node, self.without, tuple(sorted(self.filters.items())), self.together

    @property
    def ranges(self) -> Ranges:
        """The nodes whose rows may be read."""
        [whole] = self.groups(None)
        return merge_ranges(r for piece in whole.pieces for r in piece.ranges)

    @property
    def listed(self) -> Ranges:
        """The nodes whose customers and deals may be shown one by one."""
        return intersect(self.ranges, self.grant.of(CUSTOMERS))

    @property
    def sees_customers(self) -> bool:
        """Whether any may."""
        return bool(self.listed)

    @property
    def named(self) -> Ranges:
        """The nodes whose customers may be shown by name."""
        return intersect(self.listed, self.grant.of(UNMASK))

    def groups(self, by: str | None) -> Groups:
        """The institutions that a breakdown has a row for."""
        if not self.together:
            return groups_of(self.store, self.grant, self.node, by, self.without)
        return [
            replace(group, of=node)
            for node in self.together
            for group in groups_of(self.store, self.grant, node, by, self.without)
        ]

    def codes(self, columns: Mapping[str, str]) -> dict[str, int]:
        """The filters as codes by the column that each cuts; `columns` are those of the bank's own tags."""
        return {
            columns.get(name, name): filter_code(self.store, name, value, columns.get(name))
            for name, value in self.filters.items()
        }

    def compared_at(self, node: int) -> "Scope":
        """Totals of another institution to compare with, whatever the reader is granted there; no lists."""
        grant = grant_for_comparison(self.store.tree, node)
        return replace(self, grant=grant, node=node, without=(), together=())

    def beside(self, by: str | None) -> tuple[int, ...]:
        """The institutions of its level whose totals are worked out with this one's, it among them; none
        where it is looked at in part, or broken down by what is no institution."""
        looked_at_whole = self.grant.covers(self.node) and not self.without
        if self.together or not looked_at_whole or by not in (None, "children"):
            return ()
        tree = self.store.tree
        level = tree.side_by_side[tree.levels[self.node]]
        first = bisect_left(level, self.node) // AT_ONCE * AT_ONCE
        nodes = tuple(level[first : first + AT_ONCE])
        return nodes if self.node in nodes else ()

    def at_once(self, nodes: tuple[int, ...]) -> "Scope":
        """The totals of several institutions, of which a look takes its own; no lists."""
        whole = grant_for_comparison(self.store.tree, 0)
        return replace(self, grant=whole, node=nodes[0], together=nodes)

    def tags(self, metric: Metric) -> Names:
        """The bank's own breakdowns of what a metric counts."""
        return [*self.store.manifest["dimensions"].get(metric.tags_of, [])]

    def not_carried(self, metric: Metric) -> Names:
        """The chosen filters that what a metric counts does not carry."""
        return [name for name in self.filters if name not in (*metric.filters, *self.tags(metric))]

    def rows(
        self,
        mart: Mart,
        groups: Groups,
        span: Span,
        by: str | None,
        only: Only,
        tags: tuple[str, ...],
    ) -> pl.DataFrame:
        """The rows of a mart for these groups under the filters; `tags`: the bank's own that cut them too."""
        stored = self.store.manifest["dimensions"].get(mart.tags_of, [])
        columns = {tag: tag_column(tag) for tag in (*tags, *stored)}
        codes = self.codes(columns)
        column = columns.get(by, by) if by is not None else None
        for number, tag in enumerate(stored):
            if tag in (by, *self.filters):
                held = {"value": codes.pop(columns[tag])} if tag in self.filters else {}
                codes |= {"tag": number} | held
                column = "value" if tag == by else column
        rows = read_rows(self.store, mart, groups, span, codes, only)
        if column is not None and not is_institutional(column):
            rows = rows.with_columns(group=pl.col(column).cast(pl.Int64))
        return rows

    def list(self, name: str, *, unmasked: bool = False, cut: Cut | None = None) -> pl.DataFrame:
        """The stored rows of a list; needs the permission `customers`. Its texts name nobody, but where that
        is granted and asked for. `cut`: which of them are wanted, so that the others never become a frame."""
        if not self.grant.of(CUSTOMERS) or (self.ranges and not self.listed):
            raise CallError("Your grant does not include lists of customers and deals.")
        frame = self.store.rows("lists", f"{name}.parquet").filter(in_ranges(self.listed))
        names = frame.collect_schema().names()
        tags = {key: tag_column(key) for key in self.filters if key not in FILTERS}
        columns = {key: column for key, column in tags.items() if column in names}
        for column, code in self.codes(columns).items():
            frame = frame.filter(pl.col(column) == code)
        rows = (cut(frame) if cut else frame).collect()
        return without_identities(self.store, rows, self.named if unmasked else ())

    def history(self, customer: int) -> History:
        """The last months and contacts of one customer, as far as lists of customers are granted."""
        return history(self.store, customer, self.listed)
