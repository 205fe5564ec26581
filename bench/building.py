"""What a build costs: each step, beside a plain group-by; and the build of one month more."""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from bench.resources import Say, by_step, cheapest, clocked, peak
from data_access import snapshot as life
from data_access.build import build as building
from data_access.intake.config import Config, read_config
from data_access.subject import Mart
from metrics import CONTRACT, SUBJECTS
from sample_data.config import book
from sample_data.dates import month_ends

TODAY = date(2026, 11, 20)
DOOR = ("copy ", "check ")  # steps before anything is built
ANSWERS = ("marts/", "lists/", "models/", "codes.json")  # what pages read and a build works out
MONTHS = "customer_months"


def built(config: Config, say: Say) -> dict[str, Any]:
    """One build: seconds by step and in all, peak memory, rows and bytes of what it left."""
    progress, steps, end = by_step(say)
    with clocked() as whole:
        published, _ = building.build(config, SUBJECTS, TODAY, progress, accept=True)
        end()
    files = published.manifest["files"]
    sizes: dict[str, int] = {}
    for name, entry in files.items():
        head = name.partition("/")[0]
        sizes[head] = sizes.get(head, 0) + entry["bytes"]
    rows = {"rows": published.manifest["rows"], "marts": published.manifest["marts"]}
    return {"whole": whole, "steps": steps, "peak": peak(), "sizes": sizes, **rows}


def full(folder: Path, say: Say) -> dict[str, Any]:
    """A build from nothing, and what plain group-bys over the same checked months cost."""
    config = read_config(folder / "cockpit.toml", CONTRACT)
    shutil.rmtree(config.snapshots, ignore_errors=True)
    found = built(config, say)
    extracts = (folder / "extracts").rglob("*.parquet")
    found["sizes"]["extracts"] = sum(file.stat().st_size for file in extracts)
    snapshot = life.open_snapshot(config.snapshots)
    months = sorted(snapshot.file("tables", MONTHS).glob("*.parquet"))
    say("plain group-bys", 0)
    found["plain"] = cheapest(lambda: _grouped(months, ["institution_no"], ["aum"]))
    found["plain_marts"] = {
        mart.name: cheapest(lambda mart=mart: _as_plain(mart, months, snapshot))  # type: ignore[misc]
        for mart in _marts(found)
    }
    found["alone"] = [mart.name for mart in _marts(found) if _is_alone(mart)]
    return found


def _marts(found: dict[str, Any]) -> Iterator[Mart]:
    for subject in SUBJECTS:
        yield from (mart for mart in subject.marts if mart.name in found["marts"])


def _is_alone(mart: Mart) -> bool:
    """Whether a bank that delivers customer months and nothing else has this mart."""
    return mart.tags_of is None and all(need.partition(".")[0] == MONTHS for need in mart.needs)


def _as_plain(mart: Mart, months: list[Path], snapshot: life.Snapshot) -> None:
    """The sums of the mart's own columns by its own keys, as far as months have them, over its months."""
    there = pl.read_parquet_schema(months[-1])
    told = pl.read_parquet_schema(snapshot.file("marts", f"{mart.name}.own.parquet"))
    keys = ["institution_no", *(key for key in mart.keys if key in there and key != "institution_no")]
    sums = [name for name in told if name in there and name not in keys]
    _grouped(months[-mart.recent :] if mart.recent else months, keys, sums)


def _grouped(months: list[Path], keys: list[str], sums: list[str]) -> None:
    rows = pl.scan_parquet(months).group_by(keys)
    rows.agg(pl.len().alias("customers"), pl.col(sums).sum()).collect(engine="streaming")


def incremental(folder: Path, say: Say) -> dict[str, Any]:
    """The bank as it was a month ago is built, then the newest month comes in: that build's seconds, and
    whether its answers are those of the full build."""
    config = read_config(folder / "cockpit.toml", CONTRACT)
    snapshot = life.open_snapshot(config.snapshots)
    last, newest = month_ends(date.fromisoformat(snapshot.manifest["months"][-1]), 2)
    here = folder / "before"
    shutil.rmtree(here, ignore_errors=True)
    try:
        _a_month_ago(folder, here, last, newest)
        before = read_config(here / "cockpit.toml", CONTRACT)
        built(before, lambda step, share: say(f"a month ago: {step}", share))
        for file in (folder / "extracts").rglob("*.parquet"):
            target = here / file.relative_to(folder)
            target.unlink(missing_ok=True)
            os.link(file, target)
        (here / "cockpit.toml").write_text(book(newest), encoding="utf-8")
        found = built(
            read_config(here / "cockpit.toml", CONTRACT), lambda s, share: say(f"new month: {s}", share)
        )
        return found | {"differ": differing(life.open_snapshot(before.snapshots), snapshot)}
    finally:
        shutil.rmtree(here, ignore_errors=True)


def _a_month_ago(folder: Path, here: Path, last: date, newest: date) -> None:
    """The extracts without the newest month: nobody had joined or left in it yet."""
    (here / "extracts" / MONTHS).mkdir(parents=True)
    for file in (folder / "extracts").rglob("*.parquet"):
        if file.stem not in (f"{newest:%Y-%m}", "customers"):
            os.link(file, here / file.relative_to(folder))
    is_later = pl.col("closed_on") > last
    rows = pl.scan_parquet(folder / "extracts" / "customers.parquet").filter(pl.col("joined_on") <= last)
    rows = rows.with_columns(
        pl.when(~is_later.fill_null(False)).then(name).alias(name) for name in ("closed_on", "exit_cause")
    )
    rows.sink_parquet(here / "extracts" / "customers.parquet")
    (here / "cockpit.toml").write_text(book(last), encoding="utf-8")


def differing(one: life.Snapshot, other: life.Snapshot) -> list[str]:
    """Files that pages read and a build works out whose content is not the same in two snapshots.

    Sums of fractions may differ in their last digits, for threads add them in an order of their own.
    """
    files = [snapshot.manifest["files"] for snapshot in (one, other)]
    names = sorted({name for told in files for name in told if name.startswith(ANSWERS)})
    return [name for name in names if not _is_same(name, one, other)]


def _is_same(name: str, one: life.Snapshot, other: life.Snapshot) -> bool:
    hashes = [snapshot.manifest["files"].get(name, {}).get("sha256") for snapshot in (one, other)]
    if hashes[0] == hashes[1]:
        return True
    if None in hashes or not name.endswith(".parquet"):
        return False
    try:
        frames = [pl.read_parquet(snapshot.file(name)) for snapshot in (one, other)]
        assert_frame_equal(*frames, check_exact=False, rel_tol=1e-12, abs_tol=0)
    except AssertionError:
        return False
    return True
