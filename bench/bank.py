"""The bank that is measured: made once, and taken again where it was asked for alike."""

import json
import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.resources import Say, clocked
from data_access.errors import DataError
from data_access.snapshot import write_atomic
from sample_data.book import LAST_MONTH, write_book
from sample_data.config import book

# Bytes on disk a customer month, rounded up from what was met: the extracts; a build at its highest, with the
# typed copy of all months; a snapshot; the DuckDB file.
EXTRACTS, BUILD, SNAPSHOT, DUCKDB = 36, 200, 40, 45
LEAST = 400_000_000  # whatever the size


@dataclass(frozen=True)
class Size:
    """What bank is asked for; customers are those of its first month."""

    customers: int
    outlets: int
    months: int
    seed: int = 1

    @property
    def title(self) -> str:
        return f"{self.customers:,} customers, {self.outlets:,} outlets, {self.months} months"

    def folder(self, out: Path) -> Path:
        return out / f"{self.customers}-{self.outlets}-{self.months}-{self.seed}"


def needed(size: Size, parts: Collection[str]) -> int:
    """Bytes that a run takes on disk at its highest, the bank among them.

    A new month is built on a snapshot of the month before, while that of the full build stays.
    """
    dearest = {"incremental": 2 * SNAPSHOT + BUILD, "build": BUILD, "questions": SNAPSHOT + DUCKDB}
    each = EXTRACTS + max([SNAPSHOT, *(dearest.get(part, 0) for part in parts)])
    return LEAST + size.customers * size.months * each


def refuse_full(size: Size, out: Path, parts: Collection[str]) -> None:
    """One sentence instead of a disk that fills up after hours."""
    out.mkdir(parents=True, exist_ok=True)
    there = sum(file.stat().st_size for file in size.folder(out).rglob("*.parquet"))
    want, free = needed(size, parts) - there, shutil.disk_usage(out).free
    if want > free:
        raise DataError(
            "{title} need {want} GB on disk and {out} has {free} GB free. Name a larger disk with --out, or "
            "ask for fewer customers, months or --parts.",
            title=size.title,
            want=f"{want / 1e9:.1f}",
            out=out,
            free=f"{free / 1e9:.1f}",
        )


def made(size: Size, out: Path) -> dict[str, object] | None:
    """What is said of the bank that is there; None where it is not, or was not finished."""
    try:
        said: dict[str, object] = json.loads((size.folder(out) / "bank.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return said if said.get("asked") == asdict(size) else None


def make(size: Size, out: Path, say: Say) -> dict[str, object]:
    """Writes the bank month by month; a folder that is not a finished bank of this size is emptied before."""
    folder = size.folder(out)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "extracts").mkdir(parents=True)
    with clocked() as spent:
        rows = write_book(
            folder / "extracts",
            customers=size.customers,
            months=size.months,
            outlets=size.outlets,
            seed=size.seed,
            progress=say,
        )
    (folder / "cockpit.toml").write_text(book(LAST_MONTH), encoding="utf-8")
    told: dict[str, object] = {"asked": asdict(size), "rows": rows, "seconds": spent}
    write_atomic(folder / "bank.json", json.dumps(told))
    return told
