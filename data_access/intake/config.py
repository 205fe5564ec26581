"""One bank's `cockpit.toml`: where its extracts lie and what its words mean."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from data_access.access.send import Send, read_send
from data_access.access.settings import (
    Address,
    Audit,
    Auth,
    Exports,
    Notes,
    read_address,
    read_audit,
    read_auth,
    read_exports,
    read_notes,
)
from data_access.contract.contract import Contract
from data_access.errors import CallError
from data_access.intake.source import Source, is_like, read_source
from data_access.policy import LISTS, Policy, read_policy

KEYS = {"title", "sample", "currency", "currency_digits", "timezone", "language", "snapshots"}


def read_spark(entry: Any) -> str:
    """The folder of the cluster's storage where checked months are kept for the next build."""
    if not isinstance(entry, dict) or set(entry) != {"storage"} or not isinstance(entry["storage"], str):
        raise CallError('[spark] holds one setting, a text: storage = "s3a://bank/cockpit".')
    return entry["storage"]


def read_english(entry: Any) -> Mapping[str, str]:
    """What the bank's own words are called in English."""
    if not is_like(entry, "texts by name"):
        raise CallError('[english] holds words of the bank and what they are in English: "理财" = "Wealth".')
    return dict(entry)


DOORS: dict[str, Callable[[Any], Any]] = {
    "auth": read_auth,
    "exports": read_exports,
    "audit": read_audit,
    "notes": read_notes,
    "address": read_address,
    "send": read_send,
    "spark": read_spark,
    "english": read_english,
}  # what has a reader of its own: the ways in, the cluster, the words


DUCKDB = "duckdb:///"
LIMITS = ("connect_seconds", "silent_seconds", "extract_seconds")


@dataclass(frozen=True)
class Database:
    """Where a database lies, and how long it is waited for: to open, between two batches, for a table."""

    url: str
    connect_seconds: int = 15
    silent_seconds: int = 600
    extract_seconds: int = 7200


@dataclass(frozen=True)
class Config:
    """A configuration as read; relative paths are relative to the file."""

    path: Path
    tables: Mapping[str, Source]
    policy: Policy
    contract: Contract
    databases: Mapping[str, Database] = field(default_factory=dict)
    title: str = "CRM Cockpit"
    sample: bool = False
    currency: str = "CNY"
    currency_digits: int = 2
    timezone: str = "Asia/Shanghai"
    language: str = "zh"
    snapshots: Path = Path(".cockpit")
    auth: Auth | None = None  # None: the file says nothing of a sign-in
    exports: Exports = field(default_factory=Exports)
    audit: Audit = field(default_factory=Audit)
    notes: Notes = field(default_factory=Notes)
    address: Address | None = None  # None: the loopback address alone
    send: Send | None = None  # None: nothing is sent
    english: Mapping[str, str] = field(default_factory=dict)  # the bank's own words, as an English page says
    spark: str | None = None  # the folder of checked months that all of the cluster sees

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
    known = KEYS | {"tables", "databases", *LISTS, "policy", *DOORS}
    for key in document:
        if key not in known:
            raise CallError(
                "{path}: “{key}” is no setting. Known: {known}.",
                path=path.name,
                key=key,
                known=", ".join(sorted(known)),
            )
    for key, value in document.items():
        if key in _TOP and not is_like(value, _TOP[key]):
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
    tables = {name: read_source(name, entry, contract) for name, entry in document.get("tables", {}).items()}
    databases = {name: _database(name, entry) for name, entry in document.get("databases", {}).items()}
    for source in tables.values():
        if source.database not in (None, "files", *databases):
            raise CallError(
                "[tables.{table}] names the database “{database}”, but there is no [databases.{database}].",
                table=source.name,
                database=source.database,
            )
    settings: dict[str, Any] = {key: document[key] for key in KEYS & document.keys() - {"snapshots"}}
    settings |= {key: read(document[key]) for key, read in DOORS.items() if key in document}
    return Config(
        path=path,
        tables=tables,
        policy=read_policy(document, contract.settings),
        contract=contract,
        databases=databases,
        snapshots=path.parent / document.get("snapshots", ".cockpit"),
        **settings,
    )


def _database(name: str, entry: Any) -> Database:
    """A database as it is written; its URL is shown nowhere, for it may hold a password."""
    url = entry.get("url") if isinstance(entry, dict) else None
    if not isinstance(url, str) or not url.strip() or not set(entry) <= {"url", *LIMITS}:
        raise CallError(
            "[databases.{name}] holds url and, if wanted, {limits} (what stands there is not shown, for it "
            'may hold a password). Write [databases.{name}] and in the line below url = "env:NAME".',
            name=name,
            limits=", ".join(LIMITS),
        )
    limits = {key: entry[key] for key in LIMITS if key in entry}
    for key, value in limits.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise CallError(
                "[databases.{name}] {key} = {value!r}: expected a whole number of seconds, at least 1.",
                name=name,
                key=key,
                value=value,
            )
    return Database(url=url.strip(), **limits)


_TOP = {
    **dict.fromkeys(("title", "currency", "timezone", "language", "snapshots", "address"), "a text"),
    "sample": "true or false",
    "currency_digits": "a number from 0 to 4",
    **dict.fromkeys(("tables", "databases", "policy"), "settings by name"),
    **dict.fromkeys(LISTS, "a list of settings"),
}


def database_url(config: Config, name: str) -> str:
    """The SQLAlchemy URL of a database that is named."""
    return resolved_url(config.databases[name].url, f"databases.{name}", config.folder)


def resolved_url(url: str, section: str, folder: Path) -> str:
    """A URL as it is used: `env:NAME` is read from the environment, paths of SQLite and DuckDB are from the
    file's folder."""
    if url.startswith("env:"):
        variable = url.removeprefix("env:")
        found = os.environ.get(variable)
        if not found:
            raise CallError(
                "[{section}] reads its URL from the environment variable {variable}, which is not set.",
                section=section,
                variable=variable,
            )
        url = found.strip()
    for prefix in ("sqlite:///", DUCKDB):
        if url.startswith(prefix) and not url.startswith(f"{prefix}/"):
            url = prefix + str(folder / url.removeprefix(prefix))
    return url
