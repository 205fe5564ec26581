"""The sample bank as plain CSV files in the contract's own words, with a snapshot to compare with."""

import tempfile
from datetime import date
from pathlib import Path

import polars as pl

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.intake.connections import connections
from data_access.intake.landing import land
from data_access.intake.mapping import mapped
from metrics import CONTRACT, SUBJECTS

MOST = 800
TODAY = date(2026, 11, 20)


def settings(files: dict[str, str], snapshots: str) -> str:
    """A configuration of these tables; each as the lines that say where it lies."""
    tables = [f"[tables.{name}]\nas_of = 2026-10-31\n{lines}" for name, lines in files.items()]
    dated = [
        text.replace("as_of = 2026-10-31\n", "") if "[tables.targets]" in text else text for text in tables
    ]
    return f'snapshots = "{snapshots}"\n' + "\n".join(dated) + "\n[policy]\nquarantine_share = 1.0\n"


def plain_bank(sample: Path, folder: Path) -> None:
    """Writes `NAME.csv` of each table of the sample and `cockpit.toml`, and builds it."""
    folder.mkdir(parents=True)
    config = read_config(sample / "cockpit.toml", CONTRACT)
    files = {}
    with connections(config) as connect:
        for name, source in config.tables.items():
            table = config.contract.tables[name]
            if table.live or (source.sql is not None and "deal_changes" in source.sql):
                continue
            with tempfile.TemporaryDirectory() as landing:
                parts = land(config, source, Path(landing) / "x", lambda *_: None, connect, lambda _: None)
                frames = [mapped(part.scan(), table, source).collect() for part in parts]
            rows = pl.concat(frames, how="vertical_relaxed").drop("_row", "_source")
            rows = rows.select(name for name in rows.columns if not name.startswith("tag_"))
            rows = rows.tail(MOST) if name == "daily_balances" else rows  # the others are small
            rows.write_csv(folder / f"{name}.csv")
            files[name] = f'csv = "{name}.csv"'
    (folder / "cockpit.toml").write_text(settings(files, ".cockpit"), encoding="utf-8")
    build(read_config(folder / "cockpit.toml", CONTRACT), SUBJECTS, TODAY, lambda *_: None)
