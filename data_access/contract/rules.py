"""What a delivered table is made of, and the rules its rows must pass; the tables stand with their subjects.

Row rules are narwhals expressions, so the same definitions run on Polars and on Spark. All rules
of a table are folded into one integer mask (bit i = rule i broken) in a single pass; counts,
quarantine and first offenders are read off that mask.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw

from data_access.policy import Policy

_NOUNS = {"money": "an amount", "count": "a whole number", "number": "a number"}
Kind = str  # id, text, date, month, money, count, number, enum, code
READ = ("date", "month", "money", "count", "number", "id")  # kinds that not every text is of


@dataclass(frozen=True)
class Column:
    """One column of the contract.

    `key` columns and those with `required` must be there and filled. `refers` names the table whose
    ids it holds; with `soft` an unknown id is emptied and counted instead of quarantining the row.
    `expected` dates may lie in the future. Kind `code` is a label with few values, a breakdown.
    """

    name: str
    kind: Kind
    required: bool = False
    values: tuple[str, ...] = ()
    refers: str | None = None
    soft: bool = False
    expected: bool = False


@dataclass(frozen=True)
class Rule:
    """What a row must not be; `broken` gives the expression that is true where it is.

    It applies where the columns under `needs` are delivered.
    """

    name: str
    column: str
    found: str
    remedy: str
    broken: Callable[["Facts"], nw.Expr]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What rules compare with: the day the table stands at, the policy."""

    as_of: date
    policy: Policy


@dataclass(frozen=True)
class Table:
    """One table of the contract; `events` are the date columns that say how far it reaches.

    `first`: the column of the prepared table, or table.column, whose earliest day is the first of its facts.
    `parts`: amounts that are a part of another, each with its whole.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    events: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    first: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    live: bool = False  # read again without a build, in no snapshot
    late_after: int | None = 40  # days after which newer rows are missed; None: never

    @property
    def by_day(self) -> str | None:
        """The column of the day or month whose state a row is; None where rows live on, as positions do."""
        return next(
            (name for name in self.events[:1] if name in ("date", "month") and name in self.key), None
        )

    @property
    def dated(self) -> str | None:
        """The column of the day or month that each row has once and for all; None where rows live on."""
        return next((c.name for c in self.columns if c.name in self.events[:1] and c.required), None)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def allowed_values(column: Column, policy: Policy) -> tuple[str, ...]:
    """The values that an enum column may hold; stages are policy."""
    if column.name == "stage":
        return tuple(stage.key for stage in policy.stages)
    return column.values


def rules_of(table: Table, delivered: Iterable[str], facts: Facts) -> list[Rule]:
    """Every rule that the delivered columns of a table must pass, in the order of their bits.

    Typing leaves `unreadable_<column>` (true where the raw value was text that is no number or
    date), coding leaves `<reference>_unknown` (true where an id was not found).
    """
    here = set(delivered)
    rules: list[Rule] = []
    for column in table.columns:
        if column.name not in here:
            continue
        rules += _rules_of_column(table.name, column, facts)
    rules += [rule for rule in table.rules if here.issuperset(rule.needs)]
    return rules


def _rules_of_column(table: str, column: Column, facts: Facts) -> list[Rule]:
    name, rules = column.name, []

    def add(what: str, found: str, remedy: str, broken: Callable[[Facts], nw.Expr]) -> None:
        rules.append(Rule(what, name, found, remedy, broken))

    if column.kind == "id":
        add(
            "not an id",
            "a number that has lost digits",
            "deliver ids as text: a spreadsheet or a float keeps 15 digits of them",
            lambda _: nw.col(f"unreadable_{name}"),
        )
    elif column.kind in READ:
        noun = _NOUNS.get(column.kind, "a date")
        remedy = (
            f"give {noun}, such as {'1234.56' if column.kind == 'money' else '12'}; how else numbers may "
        )
        remedy += 'be written say numbers = "accounting" and decimal = "," of the table'
        if column.kind in ("date", "month"):
            remedy = f'give a date such as 2026-06-30, or name its form under formats = {{ {name} = "…" }}'
        add(f"not {noun}", f"text that is not {noun}", remedy, lambda _: nw.col(f"unreadable_{name}"))
    if column.required:
        filled = nw.col(name).is_null()
        if column.kind in READ:
            filled = filled & ~nw.col(f"unreadable_{name}")
        add("missing", "no value", "fill it in the source; it is needed in every row", lambda _: filled)
    if column.kind == "enum" and (values := allowed_values(column, facts.policy)):
        add(
            "not an allowed value",
            "a value that the contract does not know",
            f"map it under [tables.{table}.values.{name}] to one of: {', '.join(values)}",
            lambda _: ~nw.col(name).is_in(values) & ~nw.col(name).is_null(),
        )
    if column.refers and not column.soft:
        add(
            f"unknown in {column.refers}",
            f"an id that is not in {column.refers}",
            f"deliver it in {column.refers}, or correct the id",
            lambda _: nw.col(f"{name}_unknown"),
        )
    if column.kind == "count":
        add(
            "negative count",
            "a count below 0",
            "correct it in the source; a count is 0 or more",
            lambda _: nw.col(name) < 0,
        )
    if column.kind == "money":
        limit = facts.policy.amount_limit
        add(
            "amount out of bounds",
            "an amount beyond the bound",
            "check the unit (scale) or raise policy.amount_limit",
            lambda _: (nw.col(name) > limit) | (nw.col(name) < -limit),
        )
    if column.kind in ("date", "month"):
        first = date(facts.policy.earliest_year, 1, 1)
        add(
            "date long ago",
            f"a date before {first.year}",
            "deliver no date where none is known, or lower policy.earliest_year",
            lambda _: nw.col(name) < nw.lit(first, dtype=nw.Date),
        )
    if column.kind in ("date", "month") and not column.expected:
        add(
            "date in the future",
            f"a date after {facts.as_of}",
            "correct the date, or set as_of of the table",
            lambda facts: nw.col(name) > nw.lit(facts.as_of),
        )
    return rules


def mask(rules: list[Rule], facts: Facts) -> nw.Expr:
    """One Int64 whose bit i says that rule i is broken: every rule in one pass."""
    bits: Any = nw.lit(0, dtype=nw.Int64)
    for i, rule in enumerate(rules):
        bits = bits + nw.when(rule.broken(facts).fill_null(False)).then(
            nw.lit(1 << i, dtype=nw.Int64)
        ).otherwise(nw.lit(0, dtype=nw.Int64))
    masked: nw.Expr = bits
    return masked
