"""One table of `cockpit.toml`: where it comes from and how its columns are mapped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from data_access.contract.contract import Contract
from data_access.errors import CallError
from data_access.intake.numbers import FORMS, PLAIN, SCALES

EVOLVE, DISCARD, FREEZE = MODES = ("evolve", "discard", "freeze")  # what a delivery of another form meets
TAG = "tag_"  # begins the column of one of the bank's own tags


def tag_column(name: str) -> str:
    """The column of one of the bank's own tags, in every table of ours: it may be called as ours are."""
    return TAG + name


@dataclass(frozen=True)
class Source:
    """One table of the configuration: where it comes from and how its columns are mapped."""

    name: str
    parquet: str | None = None
    csv: str | None = None
    sql: str | None = None
    table: str | None = None  # in the catalogue of a cluster
    database: str | None = None
    changed: str | None = None  # how its months tell that they changed: a column, or a query of the bank's
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    numbers: str = PLAIN
    decimal: str = "."
    fold_width: bool = False
    accounts: bool = False  # its rows are accounts, to be summed to customers and months
    mode: str = EVOLVE
    quarantine_share: float | None = None  # None: the policy's
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    root: str | None = None
    months: Mapping[str, str] = field(default_factory=dict)
    stage_dates: Mapping[str, str] = field(default_factory=dict)
    duration: Mapping[str, Any] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    as_of: date | None = None
    late_after: int | None = None  # days after which newer rows are missed; None: the contract's

    @property
    def on_cluster(self) -> str | None:
        """Where it lies, if not on this machine: a table of the cluster's catalogue, or an address."""
        return self.table or (self.parquet if self.parquet and "://" in self.parquet else None)

    @property
    def tags(self) -> tuple[str, ...]:
        """The columns of the bank's own tags."""
        return tuple(map(tag_column, self.dimensions))


_TEXTS = "texts by name"
_FORMS = {
    **dict.fromkeys(("parquet", "csv", "sql", "table", "database", "changed", "encoding", "root"), "a text"),
    **dict.fromkeys(("delimiter", "quote", "numbers", "decimal", "mode"), "a text"),
    "fold_width": "true or false",
    "accounts": "true or false",
    "quarantine_share": "a share from 0 to 1",
    **dict.fromkeys(("columns", "formats", "stage_dates", "dimensions"), _TEXTS),
    **dict.fromkeys(("values", "constants", "scale", "months", "duration"), "settings by name"),
    "levels": "a list of texts",
    "late_after": "a number of days from 1 on",
    "as_of": "a date such as 2026-01-31",
}


def is_like(value: Any, form: str) -> bool:
    """Whether a value of the file has the form that its setting needs."""
    match form:
        case "a text":
            return isinstance(value, str)
        case "texts by name":
            return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        case "settings by name":
            return isinstance(value, dict)
        case "a list of texts":
            return isinstance(value, list) and all(isinstance(v, str) for v in value)
        case "a list of settings":
            return isinstance(value, list) and all(isinstance(v, dict) for v in value)
        case "a number of days from 1 on":
            return isinstance(value, int) and not isinstance(value, bool) and value > 0
        case "a date such as 2026-01-31":
            return isinstance(value, date) and not isinstance(value, datetime)
        case "true or false":
            return isinstance(value, bool)
        case "a share from 0 to 1":
            return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
        case _:
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 4


def read_source(name: str, entry: Mapping[str, Any], contract: Contract) -> Source:
    if name not in contract.tables:
        raise CallError(
            "[tables.{table}] is no table of the contract. Known: {known}.",
            table=name,
            known=", ".join(contract.tables),
        )
    allowed = {f.name for f in fields(Source)} - {"name"}
    unknown = sorted(entry.keys() - allowed)
    if unknown:
        raise CallError(
            "[tables.{table}] has no setting “{key}”. It may hold: {known}.",
            table=name,
            key=unknown[0],
            known=", ".join(sorted(allowed)),
        )
    for key, value in entry.items():
        if not is_like(value, _FORMS[key]):
            raise CallError(
                "[tables.{table}] {key} = {value!r}: expected {form}.",
                table=name,
                key=key,
                value=value,
                form=_FORMS[key],
            )
    if sum(entry.get(way) is not None for way in ("parquet", "csv", "sql", "table")) != 1:
        raise CallError("[tables.{table}] needs exactly one of parquet, csv, sql or table.", table=name)
    if "sql" in entry and "database" not in entry:
        raise CallError(
            "[tables.{table}] has sql but no database. Name one, or “files” for an in-memory DuckDB.",
            table=name,
        )
    _check_changed(name, entry, contract)
    names = {column.name for column in contract.tables[name].columns}
    for tag in entry.get("dimensions", {}):
        if tag in names | contract.words.get(name, frozenset()):
            raise CallError(
                "[tables.{table}.dimensions]: “{tag}” is a word of the cockpit. Give the tag another name.",
                table=name,
                tag=tag,
            )
    names |= set(entry.get("dimensions", {}))
    for verb in ("columns", "values", "formats", "scale"):
        for key in entry.get(verb, {}):
            if key not in names:
                raise CallError(
                    "[tables.{table}.{verb}]: “{key}” is no column of the contract. Known: {known}.",
                    table=name,
                    verb=verb,
                    key=key,
                    known=", ".join(sorted(names)),
                )
    _check_words(name, entry)
    if len(entry.get("dimensions", {})) > 8:
        raise CallError("[tables.{table}] has more than 8 dimensions; keep the 8 that matter.", table=name)
    if entry.get("dimensions") and name not in contract.words:
        raise CallError(
            "[tables.{table}] cannot carry dimensions; tags belong to customers or opportunities.", table=name
        )
    read = {"levels": tuple(entry.get("levels", ())), "scale": _scales(name, entry.get("scale", {}))}
    if "delimiter" in entry:  # \\x01, as shells and Hive write it
        read["delimiter"] = re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), entry["delimiter"])
    return Source(name=name, **{**entry, **read})


def _check_changed(name: str, entry: Mapping[str, Any], contract: Contract) -> None:
    """Months are fetched one by one where a query on a database gives each row a day that it keeps."""
    if entry.get("accounts") and name != "customer_months":
        raise CallError(
            "[tables.{table}] accounts is for customer_months, whose rows may be accounts. Take it out.",
            table=name,
        )
    if "changed" not in entry:
        return
    day = contract.tables[name].dated
    if day is None:
        raise CallError(
            "[tables.{table}] changed tells which months are fetched again, and a row of {table} has no day "
            "that it keeps for good. It is for: {known}. Take it out: the whole table is then fetched at "
            "each build.",
            table=name,
            known=", ".join(one.name for one in contract.tables.values() if one.dated),
        )
    others = [verb for verb in ("months", "levels", "accounts", "stage_dates") if entry.get(verb)]
    others += [f"{verb}.{day}" for verb in ("constants", "values") if day in entry.get(verb, {})]
    if "sql" not in entry or entry.get("database") == "files" or others:
        raise CallError(
            "[tables.{table}] changed is for a table by sql on a database, with a column of its own for "
            "{day}{others}. Take it out: the whole table is then fetched at each build.",
            table=name,
            day=day,
            others=f" (not with {', '.join(others)})" if others else "",
        )


def _check_words(name: str, entry: Mapping[str, Any]) -> None:
    """Settings that take one of a few words, and the signs of a CSV."""
    for key, words in {"mode": MODES, "numbers": FORMS, "decimal": (".", ",")}.items():
        if entry.get(key, words[0]) not in words:
            raise CallError(
                "[tables.{table}] {key} = {value!r}: expected one of: {known}.",
                table=name,
                key=key,
                value=entry[key],
                known=" ".join(words),
            )
    delimiter, quote = entry.get("delimiter", ","), entry.get("quote", '"')
    if not delimiter or any(sign in delimiter for sign in '\r\n\0"') or delimiter.isalnum():
        raise CallError(
            "[tables.{table}] delimiter = {value!r}: expected the sign or signs between two fields, "
            'such as ";", "|", "\\t", "|+|" or "\\u0001".',
            table=name,
            value=delimiter,
        )
    if len(quote.encode()) > 1 or quote == delimiter or quote.isalnum():
        raise CallError(
            '[tables.{table}] quote = {value!r}: expected one sign such as "\'", or "" where fields are '
            "never quoted.",
            table=name,
            value=quote,
        )


def _scales(name: str, scale: Mapping[str, Any]) -> dict[str, float]:
    """By what amounts are multiplied; units may be written as words."""
    found = {}
    for column, value in scale.items():
        factor = SCALES.get(value) if isinstance(value, str) else value
        if not isinstance(factor, int | float) or isinstance(factor, bool) or not 0 < factor < 1e12:
            raise CallError(
                "[tables.{table}.scale] {column} = {value!r}: expected a number above 0 or one of: {known}.",
                table=name,
                column=column,
                value=value,
                known=", ".join(SCALES),
            )
        found[column] = factor
    return found
