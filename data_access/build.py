"""From a delivery to a published snapshot: check, tables, marts, lists, models, publish.

Nothing is visible before it is whole: everything is written into a staging folder that becomes the
snapshot by one rename; when anything fails the folder goes and the former snapshot still serves.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from data_access import snapshot as life
from data_access.banding import tier_names
from data_access.coding import KINDS, OTHER, Codes
from data_access.config import Config
from data_access.errors import DataError
from data_access.hiding import write_hidden
from data_access.intake import Intake, Progress, take_in
from data_access.marts import own_rows, rollup, write_list, write_mart
from data_access.periods import months_back
from data_access.prepared import deals_as_of, first_days, prepared
from data_access.subject import Inputs, Mart, Period, Subject
from data_access.tree import Tree

BUILDERS_VERSION = 3  # raise it when a builder's numbers change: stored partitions are then built anew


def check(config: Config, today: date, progress: Progress) -> Intake:
    """Looks at every delivered table and leaves nothing behind."""
    config.snapshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".check-{os.getpid()}-", dir=config.snapshots) as folder:
        return take_in(config, Path(folder), today, _codes(config), progress)


def build(
    config: Config, subjects: Sequence[Subject], today: date, progress: Progress
) -> tuple[life.Snapshot, dict[str, float]]:
    """Builds and publishes a snapshot; returns it and the seconds of each step."""
    root = config.snapshots
    with life.build_lock(root) as lock:
        (root / "snapshots").mkdir(exist_ok=True)
        life.sweep(root)
        staging = Path(tempfile.mkdtemp(prefix=".building-", dir=root / "snapshots"))
        seconds: dict[str, float] = {}

        def step(name: str, share: float) -> None:
            lock.says(step=name, share=round(share, 3))
            progress(name, share)

        try:
            start = time.perf_counter()
            intake = take_in(config, staging, today, _codes(config), step)
            if not intake.passed or intake.tree is None:
                raise intake.failure()
            if not {"customer_months", "opportunities", "daily_balances", "surveys"} & intake.reports.keys():
                raise DataError(
                    "There is nothing to show: deliver customer_months, opportunities, daily_balances or "
                    "surveys under [tables]."
                )
            seconds["check"] = time.perf_counter() - start
            return _stage_and_publish(intake, intake.tree, subjects, staging, step, seconds)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise


def _codes(config: Config) -> Codes:
    former = _former(config)
    if former:
        life.verify(former, ("ids",))  # a changed number would be another customer for ever
    return Codes.read(former.folder if former else None)


def _former(config: Config) -> life.Snapshot | None:
    try:
        return life.open_snapshot(config.snapshots)
    except DataError:
        return None


def _stage_and_publish(
    intake: Intake,
    tree: Tree,
    subjects: Sequence[Subject],
    staging: Path,
    step: Progress,
    seconds: dict[str, float],
) -> tuple[life.Snapshot, dict[str, float]]:
    config, former = intake.config, _former(intake.config)
    start = time.perf_counter()
    step("tables", 0)
    tables = prepared(intake)
    _write_tables(intake, tables, staging, former)
    seconds["tables"] = time.perf_counter() - start
    inputs = _inputs(intake, tables)
    rows: dict[str, int] = {}
    first = min(intake.months, default=None)
    constants: dict[str, Any] = {
        "minor_units": config.minor_units,
        "first_month": first.isoformat() if first else None,
        "months": [month.isoformat() for month in sorted(intake.months)],
        "planned": sorted(tables["targets"]["metric"].unique()) if "targets" in tables else [],
        "has_market_value": "market_value" in intake.columns().get("customer_months", ()),
        "first_days": first_days(tables, intake.months),
    }
    for subject in subjects:
        for mart in subject.marts:
            tagged = not mart.tags_of or inputs.dimensions.get(mart.tags_of)
            if _needed(mart.needs, inputs) and tagged and not (mart.unless and inputs.has(mart.unless)):
                start = time.perf_counter()
                step(f"mart {mart.name}", 0)
                rows[mart.name] = _mart(mart, intake, inputs, tree, staging, former, step)
                seconds[f"mart {mart.name}"] = time.perf_counter() - start
        for listed in subject.lists:
            if _needed(listed.needs, inputs):
                rows_of = listed.build(_at_last(inputs, intake))
                write_list(listed.name, rows_of, tree, config.policy.list_cap, staging)
        if subject.constants and any(mart.name in rows for mart in subject.marts):
            constants |= subject.constants(inputs)
    (staging / "models").mkdir(exist_ok=True)
    step("small cells", 0)
    start = time.perf_counter()
    constants["protected"] = write_hidden(subjects, list(rows), tree, config.policy, staging)
    seconds["small cells"] = time.perf_counter() - start
    _write_json(staging / "models" / "constants.json", constants)
    pooled = [OTHER] if "surveys" in tables else []  # rare kinds and tiers of those who answered
    values = {**intake.codes.values, "kind": [*KINDS, *pooled], "tier": [*tier_names(config.policy), *pooled]}
    _write_json(staging / "codes.json", values)
    intake.codes.write(staging)
    shutil.rmtree(staging / "landing", ignore_errors=True)
    step("publish", 0)
    start = time.perf_counter()
    manifest = {
        "as_of": {name: day.isoformat() for name, day in inputs.as_of.items()},
        "built_on": intake.today.isoformat(),
        "sample": config.sample,
        "title": config.title,
        "currency": config.currency,
        "policy": asdict(config.policy),
        "columns": intake.columns(),
        "dimensions": {name: list(source.dimensions) for name, source in config.tables.items()},
        "months": [month.isoformat() for month in intake.months],
        "rows": {name: report.loaded for name, report in intake.reports.items()},
        "marts": rows,
        "reports": [r.as_row(config.policy.quarantine_share) for r in intake.reports.values()],
    }
    root = config.snapshots
    name = life.next_id(root, max(inputs.as_of.values(), default=intake.today))
    published = life.publish(root, staging, name, manifest)
    life.prune(root, config.policy.keep_snapshots)
    seconds["publish"] = time.perf_counter() - start
    return published, seconds


def _inputs(intake: Intake, tables: dict[str, pl.DataFrame]) -> Inputs:
    config = intake.config
    as_of = {name: report.as_of for name, report in intake.reports.items() if report.as_of}
    if "opportunities" in tables:
        as_of["opportunities"] = deals_as_of(intake)
    return Inputs(
        tables={name: nw.from_native(frame.lazy()) for name, frame in tables.items()},
        columns=intake.columns(),
        dimensions={name: tuple(source.dimensions) for name, source in config.tables.items()},
        policy=config.policy,
        minor_units=config.minor_units,
        as_of=as_of,
    )


def _at_last(inputs: Inputs, intake: Intake) -> Inputs:
    """The inputs of a list: the last month of customers is `now`, months before it `before_1`, …."""
    if not intake.months:
        return inputs
    last = max(intake.months)
    this = Period(last.replace(day=1), last)
    ends = {"now": last} | {f"before_{n}": months_back(this, n).last for n in range(1, 13)}
    months = {name: nw.from_native(pl.scan_parquet(intake.months[day]).with_columns(month=pl.lit(last)))
              for name, day in ends.items() if day in intake.months}  # fmt: skip
    return replace(inputs, tables={**inputs.tables, **months}, month=last)


def _needed(needs: Sequence[str], inputs: Inputs) -> bool:
    """Whether every needed table, or table.column, is delivered."""
    return all(inputs.has(table, *([column] if column else [])) for table, _, column in
               (need.partition(".") for need in needs))  # fmt: skip


def _write_tables(
    intake: Intake, tables: dict[str, pl.DataFrame], staging: Path, former: life.Snapshot | None
) -> None:
    """Checked tables into the snapshot; months that did not change become links to the former file."""
    folder = staging / "tables"
    folder.mkdir(exist_ok=True)
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    for month, path in intake.months.items():
        name = f"tables/customer_months/{month:%Y-%m}.parquet"
        same = former and life.sha256(path) == former.manifest["files"].get(name, {}).get("sha256")
        if former and same and former.is_whole(name):
            path.unlink()
            life.link_or_copy(former.file(name), path)


def _mart(
    mart: Mart, intake: Intake, inputs: Inputs, tree: Tree, staging: Path, former: life.Snapshot | None,
    step: Progress,
) -> int:  # fmt: skip
    """Builds one mart and writes its two files; returns the own rows."""
    if mart.monthly is None:
        parts, movers = [_collected(mart.build(inputs))], list[pl.DataFrame]()
    else:
        parts, movers = _monthly(mart, intake, inputs, staging, former, step)
    own = own_rows(parts, movers, mart, tree)
    totals = rollup(own, mart, tree, intake.config.policy.rollup_above)
    write_mart(own, totals, mart, staging / "marts")
    return own.height


def _collected(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    collected: pl.DataFrame = frame.collect().to_native()
    return collected


def _monthly(
    mart: Mart, intake: Intake, inputs: Inputs, staging: Path, former: life.Snapshot | None, step: Progress
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Partitions of a monthly mart; those whose months did not change are taken from the former snapshot."""
    parts, movers = list[pl.DataFrame](), list[pl.DataFrame]()
    months = sorted(intake.months)
    months = months[-mart.recent :] if mart.recent else months
    for done, month in enumerate(months):
        paths = _months_of(mart, month, intake.months)
        joined = [staging / "tables" / f"{need.partition('.')[0]}.parquet" for need in mart.needs]
        mark = _fingerprint(mart, [*paths.values(), *[path for path in joined if path.is_file()]], inputs)
        for kind, found in (("own", parts), ("movers", movers)):
            name = f"partitions/{mart.name}/{month:%Y-%m}.{kind}.{mark}.parquet"
            target = staging / name
            if former and former.is_whole(name):
                life.link_or_copy(former.file(name), target)
                found.append(pl.read_parquet(target))
                continue
            frame = _partition(mart, kind, inputs, month, paths)
            if frame is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                frame.write_parquet(target)
                found.append(frame)
        step(f"mart {mart.name}", (done + 1) / len(months))
    return parts, movers


def _months_of(mart: Mart, month: date, months: Mapping[date, Path]) -> dict[str, Path]:
    """The month, the delivered one before it, and those so many months before that the mart asks for."""
    earlier = [other for other in months if other < month]
    found = {"now": months[month]} | ({"before": months[max(earlier)]} if earlier else {})
    for number in mart.back:
        day = months_back(Period(month.replace(day=1), month), number).last
        found |= {f"before_{number}": months[day]} if day in months else {}
    return found


def _partition(
    mart: Mart, kind: str, inputs: Inputs, month: date, paths: Mapping[str, Path]
) -> pl.DataFrame | None:
    frames = {name: nw.from_native(pl.scan_parquet(path).with_columns(month=pl.lit(month)))
              for name, path in paths.items()}  # fmt: skip
    here = Inputs(
        tables={**inputs.tables, **frames},
        columns=inputs.columns,
        dimensions=inputs.dimensions,
        policy=inputs.policy,
        minor_units=inputs.minor_units,
        month=month,
        as_of=inputs.as_of,
    )
    if kind == "own":
        return _collected(mart.build(here))
    rows = mart.movers(here) if mart.movers else None
    return None if rows is None else _collected(rows)


def _fingerprint(mart: Mart, paths: list[Path], inputs: Inputs) -> str:
    """What a partition depends on: its months, other tables it joins, the policy, the builder's version."""
    digest = hashlib.sha256(f"{BUILDERS_VERSION} {mart.name} {inputs.minor_units} {inputs.policy}".encode())
    for path in paths:
        digest.update(life.sha256(path).encode())
    return digest.hexdigest()[:16]


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
