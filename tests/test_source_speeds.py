"""The figures of docs/sources.md are those of engines that were read; here of few rows."""

from pathlib import Path

import pytest

from tests.source_speeds import ENGINES, FILE, made, measured, read, told


def test_the_document_takes_the_figures() -> None:
    one = {"rows": 1_000_000.0, "cpu": 8.0, "wall": 20.0, "peak": 4.4e8, "before": 2e8}
    text = told(FILE.read_text("utf-8"), dict.fromkeys(ENGINES, one), "Measured by `make speeds` here.")
    assert text.count("| 125,000 | 8.0 | 20.0 | 0.44 GB |") == len(ENGINES)
    assert text.count("\nMeasured by `make speeds` here.\n") == 1


def test_rows_are_made_and_read(tmp_path: Path) -> None:
    with ENGINES["SQLite"](tmp_path) as server:
        made("SQLite", server, 2_000)
        config = tmp_path / "cockpit.toml"
        config.write_text(
            '[tables.customer_months]\nsql = "select * from months"\ndatabase = "own"\n'
            f'[databases.own]\nurl = "{server.url()}"\n'
        )
        found = read(config)
    assert found["rows"] == 2_000 and found["cpu"] > 0 and found["peak"] >= found["before"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_is_measured(engine: str) -> None:
    found = measured(engine, 2_000)
    assert found["rows"] == 2_000 and found["cpu"] > 0 and found["peak"] > 0
