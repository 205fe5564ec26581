"""The former snapshot's customer months, as far as they stand for those that a database would give again."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy

from data_access import snapshot as life
from data_access.build.restated import MONTHLY, month_file
from data_access.build.sources import source_mark
from data_access.intake.changed import Former
from data_access.intake.config import Config, database_url
from data_access.intake.intake import Intake

REFERRED = ("institutions", "managers", "customers")


def former_months(config: Config, former: life.Snapshot | None) -> Former | None:
    """Those that were fetched and checked as this build would; None where settings or code are others."""
    source = config.tables.get(MONTHLY)
    if former is None or source is None or source.changed is None:
        return None
    told = former.manifest.get("fetched")
    if not told or told["by"] != _fetched_by(config):
        return None
    form = former.manifest["facts"][MONTHLY]["form"]

    def file(month: date) -> Path | None:
        name = month_file(month)
        return former.file(name) if former.is_whole(name) else None

    return Former(told["columns"], told["marks"], form, file)


def fetched(intake: Intake) -> dict[str, Any] | None:
    """What the manifest keeps: by which settings months were fetched, and the marks of those of which
    nothing was to be said: rows of quarantine and their like are in no checked file."""
    changes = intake.changes
    if changes is None:
        return None
    marks = {day.isoformat(): changes.marks[day] for day in intake.clean if day in changes.marks}
    return {"by": _fetched_by(intake.config), "columns": changes.columns, "marks": marks}


def _fetched_by(config: Config) -> str:
    """A mark of all that says what is fetched and how a row is checked, but the rows of other tables."""
    source = config.tables[MONTHLY]
    told = (
        *(source, _place(database_url(config, source.database or ""))),
        *(config.policy.as_document(), config.minor_units, config.timezone),
        [name for name in REFERRED if name in config.tables],
        [source_mark(module) for module in ("data_access.intake.intake", "data_access.contract.tables")],
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _place(address: str) -> tuple[Any, ...]:
    """Which database it is; nothing of its password."""
    try:
        url = sqlalchemy.make_url(address)
    except (sqlalchemy.exc.ArgumentError, ValueError):  # whoever opens it says so, without the address
        return ()
    return url.drivername, url.username, url.host, url.port, url.database
