"""One bank's `cockpit.toml`: where its extracts lie and what its words mean."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from data_access.contract.contract import Contract
from data_access.errors import CallError
from data_access.policy import LISTS, Policy, read_policy

TAG = "tag_"  # begins the column of one of the bank's own tags
KEYS = {"title", "sample", "currency", "currency_digits", "timezone", "language", "snapshots"}


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
    database: str | None = None
    encoding: str = "utf-8"
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

    @property
    def tags(self) -> tuple[str, ...]:
        """The columns of the bank's own tags."""
        return tuple(map(tag_column, self.dimensions))


@dataclass(frozen=True)
class Config:
    """A configuration as read; relative paths are relative to the file."""

    path: Path
    tables: Mapping[str, Source]
    policy: Policy
    contract: Contract
    databases: Mapping[str, str] = field(default_factory=dict)
    title: str = "CRM Cockpit"
    sample: bool = False
    currency: str = "CNY"
    currency_digits: int = 2
    timezone: str = "Asia/Shanghai"
    language: str = "zh"
    snapshots: Path = Path(".cockpit")

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def minor_units(self) -> int:
        """How many minor units make one currency unit (100 for CNY)."""
        return int(10**self.currency_digits)


def read_config(path: Path, contract: Contract) -> Config:
    """Reads and checks a configuration; every word that the contract does not know is refused by name."""
    path = path.resolve()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CallError(
            "There is no configuration at {path}. Name one with --config, "
            "or make a sample bank with: python cockpit.py sample --out DIR",
            path=path,
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise CallError("{path} is not readable as TOML: {error}", path=path, error=error) from error
    known = KEYS | {"tables", "databases", *LISTS, "policy"}
    for key in document:
        if key not in known:
            raise CallError(
                "{path}: “{key}” is no setting. Known: {known}.",
                path=path.name,
                key=key,
                known=", ".join(sorted(known)),
            )
    for key, value in document.items():
        if key in _TOP and not _is_like(value, _TOP[key]):
            raise CallError(
                "{path}: {key} = {value}: expected {form}.",
                path=path.name,
                key=key,
                value="…" if key == "databases" else repr(value),  # it may hold a password
                form=_TOP[key],
            )
    if document.get("timezone", "Asia/Shanghai") not in available_timezones():
        raise CallError(
            "{path}: timezone “{zone}” is unknown. Write one such as Asia/Shanghai.",
            path=path.name,
            zone=document["timezone"],
        )
    tables = {name: _source(name, entry, contract) for name, entry in document.get("tables", {}).items()}
    databases = {name: _url(name, entry) for name, entry in document.get("databases", {}).items()}
    for source in tables.values():
        if source.database not in (None, "files", *databases):
            raise CallError(
                "[tables.{table}] names the database “{database}”, but there is no [databases.{database}].",
                table=source.name,
                database=source.database,
            )
    settings = {key: document[key] for key in KEYS & document.keys() - {"snapshots"}}
    return Config(
        path=path,
        tables=tables,
        policy=read_policy(document, contract.settings),
        contract=contract,
        databases=databases,
        snapshots=path.parent / document.get("snapshots", ".cockpit"),
        **settings,
    )


def _url(name: str, entry: Any) -> str:
    """The URL of a database as it is written; it is shown nowhere, for it may hold a password."""
    url = entry.get("url") if isinstance(entry, dict) else None
    if not isinstance(url, str) or not url.strip() or set(entry) != {"url"}:
        raise CallError(
            "[databases.{name}] holds one setting, url (what stands there is not shown, for it may hold a "
            'password). Write [databases.{name}] and in the line below url = "env:NAME".',
            name=name,
        )
    return url.strip()


_TEXTS = "texts by name"
_FORMS = {
    **dict.fromkeys(("parquet", "csv", "sql", "database", "encoding", "root"), "a text"),
    **dict.fromkeys(("columns", "formats", "stage_dates", "dimensions"), _TEXTS),
    **dict.fromkeys(("values", "constants", "scale", "months", "duration"), "settings by name"),
    "levels": "a list of texts",
    "as_of": "a date such as 2026-01-31",
}
_TOP = {
    **dict.fromkeys(("title", "currency", "timezone", "language", "snapshots"), "a text"),
    "sample": "true or false",
    "currency_digits": "a number from 0 to 4",
    **dict.fromkeys(("tables", "databases", "policy"), "settings by name"),
    **dict.fromkeys(LISTS, "a list of settings"),
}


def _is_like(value: Any, form: str) -> bool:
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
        case "a date such as 2026-01-31":
            return isinstance(value, date) and not isinstance(value, datetime)
        case "true or false":
            return isinstance(value, bool)
        case _:
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 4


def _source(name: str, entry: Mapping[str, Any], contract: Contract) -> Source:
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
        if not _is_like(value, _FORMS[key]):
            raise CallError(
                "[tables.{table}] {key} = {value!r}: expected {form}.",
                table=name,
                key=key,
                value=value,
                form=_FORMS[key],
            )
    if sum(entry.get(way) is not None for way in ("parquet", "csv", "sql")) != 1:
        raise CallError("[tables.{table}] needs exactly one of parquet, csv or sql.", table=name)
    if "sql" in entry and "database" not in entry:
        raise CallError(
            "[tables.{table}] has sql but no database. Name one, or “files” for an in-memory DuckDB.",
            table=name,
        )
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
    if len(entry.get("dimensions", {})) > 8:
        raise CallError("[tables.{table}] has more than 8 dimensions; keep the 8 that matter.", table=name)
    if entry.get("dimensions") and name not in contract.words:
        raise CallError(
            "[tables.{table}] cannot carry dimensions; tags belong to customers or opportunities.", table=name
        )
    return Source(name=name, **{**entry, "levels": tuple(entry.get("levels", ()))})


def database_url(config: Config, name: str) -> str:
    """The SQLAlchemy URL; `env:NAME` is read from the environment, SQLite paths from the file's folder."""
    url = config.databases[name]
    if url.startswith("env:"):
        variable = url.removeprefix("env:")
        found = os.environ.get(variable)
        if not found:
            raise CallError(
                "[databases.{name}] reads its URL from the environment variable {variable}, "
                "which is not set.",
                name=name,
                variable=variable,
            )
        url = found.strip()
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith("sqlite:////"):
        url = prefix + str(config.folder / url.removeprefix(prefix))
    return url
