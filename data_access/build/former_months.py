"""The former snapshot's checked months, as far as they stand for those that a database would give again."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy

from data_access import snapshot as life
from data_access.build.sources import source_mark
from data_access.codes.coding import NUMBERED
from data_access.intake.changed import Former
from data_access.intake.config import Config, database_url
from data_access.intake.intake import Intake
from data_access.intake.kept import MONTHLY, checked_file


def former_months(config: Config, former: life.Snapshot | None) -> dict[str, Former]:
    """By table those that were fetched and checked as this build would; none where settings or code are
    others."""
    found: dict[str, Former] = {}
    told = former.manifest.get("fetched") or {} if former else {}
    for name, source in config.tables.items():
        if former is None or source.changed is None or name not in told:
            continue
        then = told[name]
        if then["by"] == _fetched_by(config, name):
            form = former.manifest["facts"][name]["form"]
            found[name] = Former(then["columns"], then["marks"], form, _file(former, name))
    return found


def _file(former: life.Snapshot, table: str) -> Callable[[date], Path | None]:
    def file(month: date) -> Path | None:
        name = checked_file(table, month)
        return former.file(name) if former.is_whole(name) else None

    return file


def link_kept(intake: Intake, staging: Path) -> None:
    """Months that were kept, and of which nothing is to be said, become links to the former files;
    those of customers are written with what is learned of their kind and tier."""
    for name, changes in intake.changes.items():
        kept = [month for month in intake.clean.get(name, []) if month in changes.kept]
        for month in kept if name != MONTHLY else ():
            life.link_or_copy(changes.kept[month], staging / checked_file(name, month))


def fetched(intake: Intake) -> dict[str, Any]:
    """What the manifest keeps by table: by which settings months were fetched, and the marks of those of
    which nothing was to be said: rows of quarantine and their like are in no checked file."""
    return {
        name: {
            "by": _fetched_by(intake.config, name),
            "columns": changes.columns,
            "marks": {
                day.isoformat(): changes.marks[day]
                for day in intake.clean.get(name, [])
                if day in changes.marks
            },
        }
        for name, changes in intake.changes.items()
    }


def _fetched_by(config: Config, name: str) -> str:
    """A mark of all that says what is fetched and how a row is checked, but the rows of other tables."""
    source, table = config.tables[name], config.contract.tables[name]
    rules = {rule.broken.__module__ for rule in table.rules}
    modules = ["data_access.intake.intake", "data_access.contract.tables", *sorted(rules)]
    told = (
        *(source, _place(database_url(config, source.database or ""))),
        *(config.policy.as_document(), config.minor_units, config.timezone),
        *(table.key, table.columns),
        [other for other in NUMBERED if other in config.tables],
        [source_mark(module) for module in modules],
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _place(address: str) -> tuple[Any, ...]:
    """Which database it is; nothing of its password."""
    try:
        url = sqlalchemy.make_url(address)
    except (sqlalchemy.exc.ArgumentError, ValueError):  # whoever opens it says so, without the address
        return ()
    return url.drivername, url.username, url.host, url.port, url.database
