"""Monthly marts: one partition a month, built once and taken over as long as what it rests on is the same."""

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import narwhals as nw
import polars as pl

from data_access import snapshot as life
from data_access.build.joined import joined_mark
from data_access.build.sources import source_mark
from data_access.engines.engine import POLARS, Engine, collected
from data_access.periods import months_back
from data_access.subject import Inputs, Mart, Period

WINDOW = "window"
Key = TypeVar("Key", bound=Hashable)


def month_frames(
    engine: Engine, paths: Mapping[Key, Path], month: date | None = None
) -> dict[Key, nw.LazyFrame[Any]]:
    """Checked customer months by name or by day; `month` stands in all of them, else the day itself."""
    days: dict[Key, Any] = {name: month or name for name in paths}
    return {
        name: engine.month(path).with_columns(month=nw.lit(days[name], dtype=nw.Date))
        for name, path in paths.items()
    }


def at_last(inputs: Inputs, delivered: Mapping[date, Path]) -> Inputs:
    """The inputs of a list: the last month of customers is `now`, months before it `before_1`, …."""
    if not delivered:
        return inputs
    last = max(delivered)
    this = Period(last.replace(day=1), last)
    ends = {"now": last} | {f"before_{n}": months_back(this, n).last for n in range(1, 13)}
    paths = {name: delivered[day] for name, day in ends.items() if day in delivered}
    months = month_frames(POLARS, paths, last)
    return replace(inputs, tables={**inputs.tables, **months}, month=last)


def monthly_parts(
    mart: Mart,
    delivered: Mapping[date, Path],
    inputs: Inputs,
    staging: Path,
    former: life.Snapshot | None,
    step: Callable[[str, float], None],
    engine: Engine,
) -> tuple[list[pl.LazyFrame], list[pl.DataFrame]]:
    """Partitions of a monthly mart; those whose months did not change are taken from the former snapshot.

    All together may not fit in memory, so they are handed on as files that are read when they are booked. Of
    a mart with windows a month comes once for each window that reaches back to it.
    """
    parts, movers = list[pl.LazyFrame](), list[pl.DataFrame]()
    months = sorted(delivered)
    months = months[-mart.recent :] if mart.recent else months
    for done, month in enumerate(months):
        paths = _months_of(mart, month, delivered)
        beside = [staging / "tables" / f"{name.partition('.')[0]}.parquet" for name in mart.needs]
        rests_on = [*paths.values(), *[path for path in beside if path.is_file()]]
        mark = mark_of(mart, rests_on, inputs, _joined(mart, staging, paths))
        for kind in ("own", "movers"):
            name = f"partitions/{mart.name}/{month:%Y-%m}.{kind}.{mark}.parquet"
            target = staging / name
            if former and former.is_whole(name):
                life.link_or_copy(former.file(name), target)
            elif (frame := _partition(mart, kind, inputs, month, paths, engine)) is None:
                continue
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                frame.write_parquet(target)
            if kind == "movers":
                movers.append(pl.read_parquet(target))
            else:
                parts += _windowed(mart, pl.scan_parquet(target), months[-1], len(months) - done)
        step(f"mart {mart.name}", (done + 1) / len(months))
    return parts, movers


def _windowed(mart: Mart, part: pl.LazyFrame, last: date, age: int) -> list[pl.LazyFrame]:
    """The month as it is, or of a mart with windows in each of those that reach back to it."""
    if not mart.windows:
        return [part]
    return [
        part.with_columns(pl.lit(window, dtype=pl.Int16).alias(WINDOW), pl.lit(last).alias(mart.time))
        for window in mart.windows
        if age <= window
    ]


def _months_of(mart: Mart, month: date, months: Mapping[date, Path]) -> dict[str, Path]:
    """The month, the delivered one before it, and those so many months before that the mart asks for."""
    earlier = [other for other in months if other < month]
    found = {"now": months[month]} | ({"before": months[max(earlier)]} if earlier else {})
    for number in mart.back:
        day = months_back(Period(month.replace(day=1), month), number).last
        found |= {f"before_{number}": months[day]} if day in months else {}
    return found


def _partition(
    mart: Mart, kind: str, inputs: Inputs, month: date, paths: Mapping[str, Path], engine: Engine
) -> pl.DataFrame | None:
    frames = month_frames(engine, paths, month)
    this = Period(month.replace(day=1), month)
    by_day = {months_back(this, number).last: f"before_{number}" for number in mart.back} | {month: "now"}
    named = {name.partition(".")[0] for name in mart.needs} | {joined.table for joined in mart.joins}
    here = replace(
        inputs,
        tables={**{name: frame for name, frame in inputs.tables.items() if name in named}, **frames},
        month=month,
        months={day: frames[name] for day, name in by_day.items() if name in frames},
    )
    if kind == "own":
        return collected(mart.build(here))
    rows = mart.movers(here) if mart.movers else None
    return None if rows is None else collected(rows)


def _joined(mart: Mart, staging: Path, months: Mapping[str, Path]) -> list[int]:
    """Marks of what other tables say of the customers of the months, where those tables are delivered."""
    ordered = sorted(months.values(), key=lambda path: path.name)
    tables = [(staging / "tables" / f"{joined.table}.parquet", joined) for joined in mart.joins]
    return [joined_mark(table, joined, ordered) for table, joined in tables if table.is_file()]


def mark_of(mart: Mart, paths: Iterable[Path], inputs: Inputs, joined: Iterable[int] = ()) -> str:
    """What a partition rests on: its months and tables, the settings named, what was learned, the code."""
    settings = {name: inputs.policy.named(name) for name in mart.settings}
    learned = json.dumps([inputs.models.get(kind.__name__) for kind in mart.models], default=str)
    builders = {__name__, mart.build.__module__, (mart.movers or mart.build).__module__}
    code = [source_mark(name) for name in sorted(builders)]
    digest = hashlib.sha256(
        f"{mart.name} {inputs.minor_units} {settings} {learned} {code} {[*joined]}".encode()
    )
    for path in paths:
        stat = path.stat()
        digest.update(_hash(path, stat.st_size, stat.st_mtime_ns).encode())
    return digest.hexdigest()[:16]


@cache
def _hash(path: Path, *_: int) -> str:
    """Of a checked file, which every mart asks for: read once a build."""
    return life.sha256(path)
