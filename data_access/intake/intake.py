"""All delivered tables through the door: landed, checked, coded, written into a staging folder.

`check` stops here; `build` goes on with the same result. A table that fails is reported and the
others are still looked at, so that one look shows everything that is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data_access.codes.coding import NUMBERED, Codes
from data_access.engines.engine import POLARS, Engine
from data_access.errors import DataError, is_full
from data_access.intake.changed import Changes, Former
from data_access.intake.check import Door, check_rows, reach
from data_access.intake.cluster_months import months_there
from data_access.intake.config import Config
from data_access.intake.connections import connections
from data_access.intake.drift import quarantine_share
from data_access.intake.kept import beside_kept, clean_months, write_months
from data_access.intake.kinds import kinds_of, with_kind_and_tier
from data_access.intake.landing import Part, land
from data_access.intake.mapping import level_rows
from data_access.intake.months import Months, landed_months, say_lacking
from data_access.intake.parts import has_decimals, id_readings, say_twins, typed_parts
from data_access.intake.plans import say_planless
from data_access.intake.report import Report, place
from data_access.tree import Tree, build_tree

Progress = Callable[[str, float], None]
SINGLE = "head_office"


@dataclass
class Intake:
    """What came through the door of one delivery."""

    config: Config
    staging: Path
    today: date
    codes: Codes
    reports: dict[str, Report] = field(default_factory=dict)
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)  # small tables, checked
    months: dict[date, Path] = field(default_factory=dict)  # checked customer months
    changes: dict[str, Changes] = field(default_factory=dict)  # what was fetched, where the database tells
    clean: dict[str, list[date]] = field(default_factory=dict)  # months of which nothing was to be said
    tree: Tree | None = None
    single: str | None = None

    @property
    def passed(self) -> bool:
        return all(one.passed(quarantine_share(self.config, name)) for name, one in self.reports.items())

    def rows(self) -> list[dict[str, Any]]:
        """What became of each table, as it is told and kept."""
        return [one.as_row(quarantine_share(self.config, name)) for name, one in self.reports.items()]

    def columns(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(report.columns) for name, report in self.reports.items()}

    def as_of(self, name: str) -> date:
        """The day up to which a delivered table is told; the build's where it has no dated row."""
        return self.reports[name].as_of or self.today

    def scans(self) -> dict[date, pl.LazyFrame]:
        """The checked customer months."""
        return {month: pl.scan_parquet(path) for month, path in self.months.items()}

    def failure(self) -> DataError:
        """The sentence with which a build stops."""
        wrong = []
        for name, report in self.reports.items():
            share = quarantine_share(self.config, name)
            if report.failure:
                wrong.append(report.failure)
            elif not report.passed(share):
                worst = max(report.rules.values(), key=lambda rule: rule["rows"])
                wrong.append(
                    f"{report.table}: {report.quarantined:,} of {report.rows_in:,} rows are in quarantine, "
                    f"more than {share:.1%}; most of them: {worst['column']}, {worst['found']} "
                    f"(first: {place(worst['first'][0])}). "
                    f"{worst['remedy'][:1].upper()}{worst['remedy'][1:]}."
                )
        text = "\n".join(wrong)
        return DataError(text)


def take_in(
    config: Config,
    staging: Path,
    today: date,
    codes: Codes,
    progress: Progress,
    engine: Engine = POLARS,
    former: Mapping[str, Former] | None = None,
) -> Intake:
    """Checks every delivered table into `staging`; months that did not change may come from the `former`."""
    intake = Intake(config, staging, today, codes)
    parts: dict[str, list[Part]] = {}
    there: Months | None = None
    with connections(config) as connect:
        for name in config.contract.tables:
            if name not in config.tables:
                continue
            intake.reports[name] = Report(name)
            try:
                if name == "customer_months":
                    there = months_there(config, engine, intake.reports[name])
                folder, is_there = staging / "landing" / name, name == "customer_months" and there
                source, say = config.tables[name], intake.reports[name].notes.append
                changes = None
                if source.changed is not None:
                    before = None if has_decimals(codes) else (former or {}).get(name)
                    changes = intake.changes[name] = Changes(config, source, before, say)
                asked = (config, source, folder, progress, connect, say, engine, changes)
                parts[name] = [] if is_there else land(*asked)
            except (DataError, pl.exceptions.PolarsError, OSError) as error:
                intake.reports[name].failure = _sentence(name, error)
    _institutions(intake, parts, progress)
    for name in config.contract.tables:
        if name in parts and name != "institutions":
            progress(f"check {name}", 0)
            try:
                if name == "customer_months":
                    _customer_months(intake, parts[name], there, progress)
                else:
                    intake.tables[name] = _table(intake, name, parts[name])
            except (DataError, pl.exceptions.PolarsError) as error:
                intake.reports[name].failure = _sentence(name, error)
    return intake


def _sentence(name: str, error: Exception) -> str:
    if is_full(error):
        raise error  # the disk is at fault, not the extract
    if isinstance(error, DataError):
        return str(error)
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    remedy = f"Deliver it again, or check its types and the mapping under [tables.{name}]."
    return f"{name}: the extract cannot be read ({first}). {remedy}"


def _door(intake: Intake) -> Door:
    return Door(intake.config, intake.codes, intake.today, intake.single)


def _institutions(intake: Intake, parts: dict[str, list[Part]], progress: Progress) -> None:
    """The tree from the institutions table and from every table with levels; else one node."""
    progress("check institutions", 0)
    config, frames = intake.config, []
    report = intake.reports.get("institutions")
    try:
        if "institutions" in parts:
            frames.append(_rows(intake, "institutions", parts["institutions"]))
        for name, source in config.tables.items():
            if source.levels and name != "institutions" and name in parts:
                for part in parts[name]:
                    frames.append(level_rows(part.scan(), source).drop("_source").collect())
        if report is not None and report.failure:
            return
        if not frames and "institutions" not in config.tables:
            intake.single = SINGLE
            top = config.policy.levels[0]
            frames = [
                pl.DataFrame(
                    {"institution_id": [SINGLE], "level": [top.key], "name": [top.zh], "name_en": [top.en]}
                )
            ]
        rows = pl.concat(frames, how="diagonal_relaxed")
        rows = rows.unique(
            [c for c in ("institution_id", "valid_from") if c in rows.columns],
            keep="first",
            maintain_order=True,
        )
        rows = _level_keys(rows, config)
        build_tree(rows)
        intake.codes.assign("institutions", rows["institution_id"])
        rows = rows.join(intake.codes.ids["institutions"], on="institution_id", maintain_order="left")
        intake.tree = build_tree(rows)
        intake.tables["institutions"] = rows.drop("_row", strict=False)
    except (DataError, pl.exceptions.PolarsError) as error:
        if report is None:
            report = intake.reports.setdefault("institutions", Report("institutions"))
        report.failure = report.failure or _sentence("institutions", error)


def _level_keys(rows: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Depths written by `levels` become the policy's level keys; unknown keys are refused by name."""
    keys = [level.key for level in config.policy.levels]
    by_depth = {str(depth): key for depth, key in enumerate(keys, 1)}
    if "level" not in rows.columns:
        return rows.with_columns(level=pl.lit(None, dtype=pl.String))
    rows = rows.with_columns(pl.col("level").replace(by_depth))
    wrong = rows.filter(pl.col("level").is_not_null() & ~pl.col("level").is_in(keys))
    if wrong.height:
        raise DataError(
            "institutions: row {row}, “{id}”: level “{level}” is not among the levels: {keys}. "
            "Map it under [tables.institutions.values.level], or name it under [[levels]].",
            row=wrong["_row"][0],
            id=wrong["institution_id"][0],
            level=wrong["level"][0],
            keys=", ".join(keys),
        )
    return rows


def _rows(intake: Intake, name: str, parts: list[Part]) -> pl.DataFrame:
    """A table that fits in memory, checked; its quarantine is written."""
    config, table = intake.config, intake.config.contract.tables[name]
    source, report = config.tables[name], intake.reports[name]
    typed = typed_parts(parts, table, source, config, intake.single, report)
    changes = intake.changes.get(name)
    if changes is not None:
        report.form = changes.form(report.form)
        typed = beside_kept(typed, changes.kept.values(), table, report.columns, intake.codes)
    readings = id_readings(typed, table, intake.codes, report)
    frame = pl.concat(typed)
    rows, quarantine = check_rows(
        frame.with_columns(readings), table, report.columns, _door(intake), source, report
    )
    _write_quarantine(intake, name, [quarantine])
    if changes is not None:
        intake.clean[name] = clean_months(frame, rows, table, readings)
        fresh = [month for month in intake.clean[name] if month not in changes.kept]
        write_months(rows, table, fresh, intake.staging)
    report.as_of = reach(rows, table, source, None)
    if name == "targets":
        say_planless(rows, config, report)
    return rows


def _table(intake: Intake, name: str, parts: list[Part]) -> pl.DataFrame:
    rows = _rows(intake, name, parts).drop("_row")
    if name in NUMBERED:
        identifier, number = NUMBERED[name]
        say_twins(identifier, rows[identifier], intake.reports[name])
        intake.codes.assign(name, rows[identifier])
        rows = rows.join(intake.codes.ids[name], on=identifier, maintain_order="left").sort(number)
    return rows


def _write_quarantine(intake: Intake, name: str, frames: list[pl.DataFrame]) -> None:
    rows = pl.concat(frames)
    if rows.height:
        folder = intake.staging / "quarantine"
        folder.mkdir(exist_ok=True)
        rows.insert_column(0, pl.lit(name).alias("table")).write_parquet(folder / f"{name}.parquet")


def _customer_months(intake: Intake, parts: list[Part], there: Months | None, progress: Progress) -> None:
    """Month by month in bounded memory: checked, with the customer's kind and tier, sorted by customer."""
    name = "customer_months"
    config, report = intake.config, intake.reports[name]
    table, source = config.contract.tables[name], config.tables[name]
    changes = intake.changes.get(name)
    kept = changes.kept if changes else {}
    months = there or landed_months(parts, config, intake.single, intake.codes, report, kept)
    report.form = changes.form(report.form) if changes else report.form
    if "customers" not in intake.tables:
        found = months.customers()
        say_twins("customer_id", found, report)
        intake.codes.assign("customers", found)
    folder = intake.staging / "tables" / name
    folder.mkdir(parents=True, exist_ok=True)
    kinds = kinds_of(config, intake.codes, intake.tables.get("customers"))
    basis = next((column for column in ("aum_avg", "aum") if column in report.columns), None)
    quarantines = []
    if not months.days:
        raise DataError(
            "customer_months: there is no row. Deliver it again, or take [tables.customer_months] out "
            "of the configuration."
        )
    for done, month in enumerate(months.days):
        said = report.said
        rows, quarantine = months.checked(month, _door(intake))
        quarantines.append(quarantine)
        progress(f"check {name}", (done + 1) / len(months.days))
        if month is None or not rows.height:
            continue
        report.as_of = reach(rows, table, source, report.as_of)
        for column in table.columns:
            if column.name in report.columns and rows[column.name].null_count() == rows.height:
                report.lacking.setdefault(column.name, []).append(month)
        rows = with_kind_and_tier(rows, kinds, basis, config).sort("customer_no")
        path = folder / f"{month:%Y-%m}.parquet"
        told = rows.drop("_row", "customer_id", "institution_id", "manager_id", strict=False)
        told.write_parquet(path, compression_level=1)  # smaller than the default's, at two thirds of its cost
        intake.months[month] = path
        if report.said == said:
            intake.clean.setdefault(name, []).append(month)
    _write_quarantine(intake, name, quarantines)
    say_lacking(intake.months, report)
