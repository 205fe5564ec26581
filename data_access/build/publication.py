"""The end of a build: the manifest, the publication, and what is then removed."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data_access import retention
from data_access import snapshot as life
from data_access.build.cut import refuse_cut
from data_access.build.doubts import refuse_rolled_back
from data_access.build.former_months import fetched
from data_access.build.prepare import first_days
from data_access.intake.intake import Intake


def publish(
    intake: Intake,
    tables: dict[str, pl.DataFrame],
    as_of: Mapping[str, date],
    rows: dict[str, int],
    told: dict[str, Any],
    staging: Path,
    *,
    accept: bool,
) -> life.Snapshot:
    """Publishes what is staged, by the manifest that says what it is, and removes the oldest snapshots.

    `told`: what the delivery was beside the former one and the ledger.
    """
    config = intake.config
    manifest = {
        "as_of": {name: day.isoformat() for name, day in as_of.items()},
        "built_on": intake.today.isoformat(),
        "sample": config.sample,
        "title": config.title,
        "currency": config.currency,
        "policy": config.policy.as_document(),
        "minor_units": config.minor_units,
        "first_days": first_days(intake, tables),
        "columns": intake.columns(),
        "late_after": _late_after(intake),
        "dimensions": {name: list(source.dimensions) for name, source in config.tables.items()},
        "lacking": {
            f"{name}.{column}": [month.isoformat() for month in months]
            for name, report in intake.reports.items()
            for column, months in report.lacking.items()
        },
        "months": [month.isoformat() for month in intake.months],
        "rows": {name: report.loaded for name, report in intake.reports.items()},
        "fetched": fetched(intake),
        "notes": {name: report.told() for name, report in intake.reports.items()},
        **told,
        "marts": rows,
        "reports": intake.rows(),
    }
    root = config.snapshots
    name = life.next_id(root, max(as_of.values(), default=intake.today))
    if not accept:
        refuse_rolled_back(root)  # somebody may have done so meanwhile
    refuse_cut(staging)
    published = life.publish(root, staging, name, manifest)
    retention.settled(root)
    retention.prune(root, config.policy.keep_snapshots)
    return published


def _late_after(intake: Intake) -> dict[str, int]:
    """After how many days newer rows of a table are missed, as the bank or the contract says."""
    config = intake.config
    told = {
        name: config.tables[name].late_after or config.contract.tables[name].late_after
        for name in intake.reports
        if name in config.tables
    }
    return {name: days for name, days in told.items() if days is not None}
