"""The contract of all subjects together: every table that a bank may deliver, every setting it may change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from data_access.contract.rules import Table
from data_access.policy import Setting


@dataclass(frozen=True)
class Contract:
    """Tables by name, each after those whose ids it holds; the subjects' settings.

    `plans`: what a plan may be set for, a metric with its column; first what banks plan.
    `words`: by table what stands beside the bank's own tags of its rows; no tag may be called the same.
    """

    tables: Mapping[str, Table]
    settings: tuple[Setting[Any], ...] = ()
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    plans: tuple[str, ...] = ()


def in_order(tables: Iterable[Table]) -> dict[str, Table]:
    """The tables by name, each behind those whose ids it holds."""
    known = {table.name: table for table in tables}
    found: dict[str, Table] = {}

    def add(table: Table) -> None:
        for column in table.columns:
            if column.refers in known and column.refers not in (table.name, *found):
                add(known[column.refers])
        found.setdefault(table.name, table)

    for table in known.values():
        add(table)
    return found
