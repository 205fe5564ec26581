"""From a delivery to a published snapshot: check, tables, marts, lists, models, publish.

Nothing is visible before it is whole: everything is written into a staging folder that becomes the
snapshot by one rename; when anything fails the folder goes and the former snapshot still serves.
"""

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from data_access import retention
from data_access import snapshot as life
from data_access.build.cut import refuse_cut
from data_access.build.doubts import Comparison, compare, refuse, refuse_rolled_back
from data_access.build.former_months import former_months, link_kept
from data_access.build.marts import build_mart, write_list
from data_access.build.needs import are_there, is_built
from data_access.build.partitions import at_last, month_frames
from data_access.build.prepare import prepared
from data_access.build.publication import publish
from data_access.build.restated import month_file
from data_access.build.small_cells import write_hidden
from data_access.codes.banding import tier_names
from data_access.codes.coding import KINDS, Codes
from data_access.engines.engine import POLARS, Engine, Lazy
from data_access.errors import CockpitError, DataError
from data_access.intake.alone import without_live
from data_access.intake.config import Config
from data_access.intake.intake import Intake, Progress, take_in
from data_access.learning import as_model
from data_access.places import NOW, THEN, Places, as_now, as_then, rows_then
from data_access.subject import Inputs, Subject
from data_access.tree import Tree


def check(config: Config, today: date, progress: Progress, engine: Engine = POLARS) -> Intake:
    """Looks at every delivered table and leaves nothing behind."""
    config.snapshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".check-{os.getpid()}-", dir=config.snapshots) as folder:
        intake = take_in(config, Path(folder), today, _codes(config), progress, engine)
        compare(intake, _former(config))
        return intake


def build(
    config: Config,
    subjects: Sequence[Subject],
    today: date,
    progress: Progress,
    *,
    accept: bool = False,
    told: Callable[[Intake], None] | None = None,
    engine: Engine = POLARS,
) -> tuple[life.Snapshot, dict[str, float]]:
    """Builds and publishes a snapshot; returns it and the seconds of each step.

    `told` is given what the check has found, before anything is built of it. `accept`: what cannot be
    right beside the former snapshot is taken all the same. `engine`: where the rows of marts are summed.
    """
    root = config.snapshots
    root.mkdir(parents=True, exist_ok=True)
    with retention.room(root), life.build_lock(root) as lock:
        (root / "snapshots").mkdir(exist_ok=True)
        life.sweep(root)
        if not accept:
            refuse_rolled_back(root)
        staging = Path(tempfile.mkdtemp(prefix=".building-", dir=root / "snapshots"))
        seconds: dict[str, float] = {}

        def step(name: str, share: float) -> None:
            lock.says(step=name, share=round(share, 3))
            progress(name, share)

        retention.make_room(root, lambda words: step(words, 0))
        try:
            start = time.perf_counter()
            former = _former(config)
            months = former_months(config, former)
            intake = take_in(without_live(config), staging, today, _codes(config), step, engine, months)
            told_apart = compare(intake, former)
            if told:
                told(intake)
            if not intake.passed or intake.tree is None:
                raise intake.failure()
            if not accept:
                refuse(intake)
            seconds["check"] = time.perf_counter() - start
            return _stage_and_publish(
                intake, intake.tree, subjects, staging, step, seconds, told_apart, accept, engine
            )
        except BaseException as error:
            retention.note_failure(root, error)
            with contextlib.ExitStack() as after:
                after.callback(shutil.rmtree, staging, ignore_errors=True)
                refuse_cut(staging, error)
            raise


def _codes(config: Config) -> Codes:
    """The numbers of the newest snapshot that holds them whole: a changed one would be another customer."""
    former = _former(config)
    return Codes.read(former.folder if former else None)


def _former(config: Config) -> life.Snapshot | None:
    """The live snapshot; where its manifest or numbers are damaged, the newest one that is whole there."""
    root = config.snapshots
    live = life.current_id(root)
    for name in dict.fromkeys([live, *life.ids(root)]) if live else ():
        with contextlib.suppress(CockpitError):
            former = life.open_snapshot(root, name)
            life.verify(former, ("ids",))
            return former
    return None


def _stage_and_publish(
    intake: Intake,
    tree: Tree,
    subjects: Sequence[Subject],
    staging: Path,
    step: Progress,
    seconds: dict[str, float],
    told_apart: Comparison,
    accept: bool,
    engine: Engine,
) -> tuple[life.Snapshot, dict[str, float]]:
    config, former = intake.config, _former(intake.config)
    start = time.perf_counter()
    step("tables", 0)
    tables = prepared(intake, subjects)
    _write_tables(intake, tables, staging, former, told_apart.unchanged)
    seconds["tables"] = time.perf_counter() - start
    shared = staging / "shared"
    # lists and what is learned are Polars' work on any engine; only the rows of marts are summed there
    inputs = replace(_inputs(intake, tables, POLARS), own=partial(_own, staging), once=_once(POLARS, shared))
    handed = inputs
    if engine is not POLARS:
        there = _inputs(intake, tables, engine)
        handed = replace(inputs, tables=there.tables, months=there.months, once=_once(engine, shared))
    rows: dict[str, int] = {}
    trees = _trees(intake, tree, staging)
    marts = [mart for subject in subjects for mart in subject.marts]
    if marts and not any(is_built(mart, inputs) for mart in marts):
        wanted = sorted({need.partition(".")[0] for mart in marts for need in mart.needs} - {"customers"})
        raise DataError(
            "There is nothing to show: deliver one of {tables} under [tables], or customers with duration.",
            tables=", ".join(wanted),
        )
    models: dict[str, dict[str, Any]] = {}
    for subject in subjects:
        for mart in subject.marts:
            if is_built(mart, inputs):
                start = time.perf_counter()
                step(f"mart {mart.name}", 0)
                models |= _learned(subject, mart.models, rows, replace(inputs, models=models))
                told = replace(handed, models=models)
                rows[mart.name] = build_mart(mart, intake, told, trees, staging, former, step, engine)
                seconds[f"mart {mart.name}"] = time.perf_counter() - start
        models |= _learned(
            subject, [model.kind for model in subject.models], rows, replace(inputs, models=models)
        )
        for listed in subject.lists:
            if are_there(listed.needs, inputs):
                told = replace(inputs, models=models)
                rows_of = listed.build(at_last(told, intake.months))
                for part, places in trees.items():
                    write_list(listed.name, rows_of, places, config.policy.list_cap, staging / part)
                for mart in subject.marts:
                    if f"lists.{listed.name}" in mart.needs:
                        step(f"mart {mart.name}", 0)
                        told = replace(told, tables={listed.name: POLARS.table(rows_of)})
                        built = build_mart(mart, intake, told, trees, staging, former, step, POLARS)
                        rows[mart.name] = built
    (staging / "models").mkdir(exist_ok=True)
    step("small cells", 0)
    start = time.perf_counter()
    protected = write_hidden(subjects, list(rows), tree, config.policy, staging)
    seconds["small cells"] = time.perf_counter() - start
    _write_json(staging / "models" / "learned.json", models)
    _write_json(staging / "models" / "protected.json", protected)
    values = {"kind": list(KINDS), "tier": tier_names(config.policy), **intake.codes.values}
    _write_json(staging / "codes.json", values)
    intake.codes.write(staging)
    for folder in (staging / "landing", shared):
        shutil.rmtree(folder, ignore_errors=True)
    step("publish", 0)
    start = time.perf_counter()
    published = publish(intake, tables, inputs.as_of, rows, told_apart.document, staging, accept=accept)
    seconds["publish"] = time.perf_counter() - start
    return published, seconds


def _once(engine: Engine, folder: Path) -> Callable[[str, Callable[[], Lazy]], Lazy]:
    """Rows that several marts rest on, worked out once a build."""
    return lambda name, compute: engine.once(folder / f"{name}.parquet", compute)


def _inputs(intake: Intake, tables: dict[str, pl.DataFrame], engine: Engine) -> Inputs:
    config = intake.config
    as_of = {name: report.as_of for name, report in intake.reports.items() if report.as_of}
    return Inputs(
        tables={name: engine.table(frame) for name, frame in tables.items()},
        columns=intake.columns(),
        tags={name: source.tags for name, source in config.tables.items()},
        policy=config.policy,
        minor_units=config.minor_units,
        as_of=as_of,
        months=month_frames(engine, intake.months),
    )


def _learned(
    subject: Subject, kinds: Sequence[type], built: Collection[str], inputs: Inputs
) -> dict[str, dict[str, Any]]:
    """What a subject learns of these kinds, as far as it is not known yet and what it takes is there."""
    return {
        model.kind.__name__: as_model(model.learn(inputs))
        for model in subject.models
        if model.kind in kinds and model.kind.__name__ not in inputs.models
        if are_there(model.needs, inputs) and set(model.marts) <= set(built)
    }


def _write_tables(
    intake: Intake,
    tables: dict[str, pl.DataFrame],
    staging: Path,
    former: life.Snapshot | None,
    unchanged: frozenset[date],
) -> None:
    """Checked tables into the snapshot; months that did not change become links to the former file."""
    folder = staging / "tables"
    folder.mkdir(exist_ok=True)
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    for month, path in intake.months.items():
        name = month_file(month)
        if former and month in unchanged and former.is_whole(name):
            path.unlink()
            life.link_or_copy(former.file(name), path)
    link_kept(intake, staging)


def _trees(intake: Intake, tree: Tree, staging: Path) -> dict[str, Places]:
    """The trees by which marts are summed, by their folders; the one as then is kept with its marts."""
    trees = {NOW: as_now(tree)}
    try:
        rows = rows_then(intake.tables["institutions"])
    except DataError as error:  # the tree as now holds: a version of before does not
        intake.reports["institutions"].notes.append(f"the tree as then is not told: {error}")
        return trees
    if rows is not None:
        (staging / THEN).mkdir()
        rows.write_parquet(staging / THEN / "institutions.parquet")
        trees[THEN] = as_then(rows)
    return trees


def _own(staging: Path, name: str) -> pl.DataFrame:
    """The own rows of a mart that is already written."""
    return pl.read_parquet(staging / "marts" / f"{name}.own.parquet").with_columns(
        pl.col(pl.Int32).cast(pl.Int64)
    )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
