"""A whole build on a cluster: the snapshot of Polars, and one sentence when the cluster fails."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data_access.build.build import build
from data_access.engines.engine import POLARS, Engine, Lazy, collected
from data_access.engines.spark import spark_engine
from data_access.errors import CallError
from data_access.intake.config import read_config
from data_access.intake.intake import Intake
from data_access.snapshot import Snapshot
from metrics import CONTRACT, SUBJECTS
from tests.cluster import SPARK, Cluster, cluster, free_port
from tests.conftest import TODAY, Run

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("spark_client")]
ROOT = Path(__file__).parents[3]
AUGUST = "extracts/customer_months/2026-08.parquet"


def extracts(bank: Path, folder: Path) -> Path:
    """The delivery of a bank without its snapshots, with a fault of each kind in one month."""
    shutil.copytree(bank, folder, ignore=shutil.ignore_patterns(".cockpit*"))
    rows = pl.read_parquet(folder / AUGUST)
    wrong = {
        "customer_id": {11: "nobody", 17: "6.2E+18"},
        "institution_id": {12: None},
        "aum": {13: float("nan"), 14: 1e13, 15: float("inf")},
        "products": {16: -1},
    }
    again = [rows, rows[5:6], rows[7:8].with_columns(aum=pl.lit(1.0))]  # a duplicate, a conflict
    rows = pl.concat(again).with_row_index("at")
    for column, values in wrong.items():
        for at, value in values.items():
            rows = rows.with_columns(
                pl.when(pl.col("at") == at).then(pl.lit(value)).otherwise(column).alias(column)
            )
    rows.drop("at").write_parquet(folder / AUGUST)
    return folder


def on_cluster(folder: Path) -> Path:
    """The same delivery, its customers and their months read where the cluster sees them."""
    config = folder / "cockpit.toml"
    text = config.read_text(encoding="utf-8")
    for local, there in (
        ("extracts/customer_months/*.parquet", "extracts/customer_months"),
        ("extracts/customers.parquet", "extracts/customers.parquet"),
    ):
        assert f'"{local}"' in text
        text = text.replace(f'"{local}"', f'"{(folder / there).as_uri()}"')
    storage = f'\n[spark]\nstorage = "{(folder / "storage").as_uri()}"\n'
    config.write_text(text + storage, encoding="utf-8")
    return folder


def built(folder: Path, engine: Engine) -> tuple[Snapshot, dict[str, Any]]:
    """The snapshot of a delivery, and what became of its customer months."""
    reports: list[dict[str, Any]] = []

    def told(intake: Intake) -> None:
        reports.extend(row for row in intake.rows() if row["table"] == "customer_months")

    config = read_config(folder / "cockpit.toml", CONTRACT)
    config.snapshots.mkdir(exist_ok=True)
    made, _ = build(config, SUBJECTS, date.fromisoformat(TODAY), lambda *_: None, told=told, engine=engine)
    return made, reports[0]


def same_content(one: Path, other: Path) -> None:
    """The same files; the same columns, types and rows in each, whole numbers exactly, floats to 1e-9."""
    names = {file.relative_to(one) for file in one.rglob("*") if file.is_file()}
    assert names == {file.relative_to(other) for file in other.rglob("*") if file.is_file()}
    compared = 0
    for name in names:
        if name.suffix != ".parquet" or name.parts[0] == "quarantine":
            continue
        expected, found = pl.read_parquet(one / name), pl.read_parquet(other / name)
        assert found.schema == expected.schema, name
        if name.parts[0] == "partitions":  # rows of a partition stand in no order
            exact = [column for column, dtype in expected.schema.items() if not dtype.is_float()]
            expected, found = expected.sort(exact), found.sort(exact)
        assert_frame_equal(found, expected, check_exact=False, rel_tol=1e-9)
        compared += 1
    assert compared > 250
    for name in ("models/learned.json", "models/protected.json", "codes.json"):
        assert (other / name).read_bytes() == (one / name).read_bytes(), name


@pytest.fixture(scope="module")
def expected(sample_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, dict[str, Any]]:
    return built(extracts(sample_bank, tmp_path_factory.mktemp("here") / "bank"), POLARS)


def without_places(report: dict[str, Any]) -> dict[str, Any]:
    """A report without the numbers and files of rows, which a cluster does not know."""
    rules = [{**rule, "first": sorted(str(o["value"]) for o in rule["first"])} for rule in report["rules"]]
    return {**report, "rules": rules}


def test_a_cluster_holds_months_against_the_contract(
    sample_bank: Path, tmp_path: Path, remote: str, run: Run
) -> None:
    """Every fault is found there that is found here, in as many rows and with the same values."""
    reports = []
    asked = ("--engine", "spark", "--remote", remote)
    for name, place, words in (("here", Path, ()), ("there", on_cluster, asked)):
        folder = place(extracts(sample_bank, tmp_path / name))
        config = ("--config", folder / "cockpit.toml", "--today", TODAY, "--format", "json")
        rows = run("check", *config, *words).rows
        reports.append(without_places(next(row for row in rows if row["table"] == "customer_months")))
    assert reports[0] == reports[1]
    assert (reports[0]["quarantined"], reports[0]["duplicate"]) == (8, 1)
    assert len(reports[0]["rules"]) == 7


def test_a_cluster_builds_the_same_snapshot(
    sample_bank: Path, tmp_path: Path, remote: str, expected: tuple[Snapshot, dict[str, Any]]
) -> None:
    """Read, checked and summed there, what is in it is what Polars makes of the same files; built again,
    no month is handed over a second time."""
    folder = on_cluster(extracts(sample_bank, tmp_path / "bank"))
    with spark_engine(remote, read_config(folder / "cockpit.toml", CONTRACT).spark) as engine:
        made, report = built(folder, engine)
        same_content(expected[0].folder, made.folder)
        assert without_places(report) == without_places(expected[1])
        assert (report["quarantined"], report["duplicate"]) == (8, 1)
        stored = {file: file.stat().st_mtime_ns for file in (folder / "storage").rglob("*")}
        assert len({file.parent for file in stored if file.suffix == ".parquet"}) >= 6
        shutil.rmtree(made.folder / "partitions")
        same_content_again, _ = built(folder, engine)
    assert {file: file.stat().st_mtime_ns for file in (folder / "storage").rglob("*")} == stored
    assert same_content_again.manifest["marts"] == made.manifest["marts"]


@pytest.fixture
def started(sample_bank: Path, tmp_path: Path) -> Iterator[tuple[Cluster, subprocess.Popen[str], Path]]:
    """A build by the command line on a server of its own, as far as the first mart."""
    bank = Path(shutil.copytree(sample_bank, tmp_path / "bank"))
    shutil.rmtree(
        bank / ".cockpit" / "snapshots" / (bank / ".cockpit" / "CURRENT").read_text() / "partitions"
    )
    with cluster(tmp_path) as server:
        command = [sys.executable, "cockpit.py", "build", "--config", str(bank / "cockpit.toml")]
        command += ["--today", TODAY, "--engine", "spark", "--remote", server.remote]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as builder:
            assert builder.stderr is not None
            for line in builder.stderr:
                if "mart book" in line:
                    break
            yield server, builder, bank
            builder.kill()


def test_a_server_killed_in_the_middle_ends_in_one_sentence(
    started: tuple[Cluster, subprocess.Popen[str], Path], run: Run
) -> None:
    """Nothing is half-written, and the former snapshot serves on."""
    server, builder, bank = started
    live = (bank / ".cockpit" / "CURRENT").read_text()
    for one in [*server.process.children(recursive=True), server.process]:
        one.kill()
    _, said = builder.communicate(timeout=120)
    assert builder.returncode == 1
    lines = [line for line in said.splitlines() if line and not line.startswith("  ")]
    assert len(lines) == 1, said
    assert lines[0].startswith(f"The engine at {server.remote} failed: ")
    assert lines[0].endswith("build again.")
    assert (bank / ".cockpit" / "CURRENT").read_text() == live
    assert not [*(bank / ".cockpit").glob("snapshots/.*"), *(bank / ".cockpit").glob("*.lock")]


@pytest.mark.skipif(SPARK not in os.environ, reason="Sail has no executors; make test-spark runs Spark's")
def test_a_killed_executor_changes_nothing(sample_bank: Path, tmp_path: Path) -> None:
    """What it kept for several marts is worked out again, and a mart that is being summed comes out whole."""
    root = sample_bank / ".cockpit"
    months = root / "snapshots" / (root / "CURRENT").read_text() / "tables" / "customer_months"
    newest = pl.read_parquet(months / "2026-10.parquet")
    expected = summed(POLARS.table(newest))
    with cluster(tmp_path) as server, spark_engine(server.remote) as engine:
        handed = engine.month(months / "2026-10.parquet")
        kept = engine.once(tmp_path / "kept", lambda: handed.filter(nw.col("customer_no") >= 0))
        assert_frame_equal(summed(kept), expected)
        executors = server.executors()
        assert len(executors) == 2
        for killed in executors:
            killed.kill()
            assert_frame_equal(summed(kept), expected)
        assert not {one.pid for one in executors} & {one.pid for one in server.executors()}


def summed(rows: Lazy) -> pl.DataFrame:
    """Customers and AUM by institution, so that every executor has its part."""
    sums = rows.group_by("institution_no").agg(nw.len().cast(nw.Int64).alias("n"), nw.col("aum").sum())
    return collected(sums).sort("institution_no")


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where somebody listens who is no engine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


def test_a_remote_that_says_nothing_is_told_within_its_time() -> None:
    start = time.monotonic()
    with (
        listening(lambda server: server.accept() and None) as port,
        pytest.raises(CallError) as told,
        spark_engine(f"sc://127.0.0.1:{port}/;token=secret", wait=2),
    ):
        pass
    assert time.monotonic() - start < 10
    assert "no word within 2 seconds" in str(told.value)
    assert "secret" not in str(told.value)


def test_a_remote_where_nobody_listens_is_told(own_bank: Path, run: Run) -> None:
    port = free_port()
    asked = ("--engine", "spark", "--remote", f"sc://127.0.0.1:{port}")
    answer = run("build", "--config", own_bank / "cockpit.toml", "--today", TODAY, *asked)
    assert answer.code == 2
    assert answer.err.startswith(f"The engine at sc://127.0.0.1:{port} does not answer: ")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [("--engine", "spark"), ("--remote", "sc://x"), ("--engine", "spark", "--remote", "spark://x")]
)
def test_an_engine_is_named_by_both_words(sample_bank: Path, run: Run, words: tuple[str, ...]) -> None:
    answer = run("build", "--config", sample_bank / "cockpit.toml", *words)
    assert (answer.code, "--engine spark --remote sc://HOST" in answer.err) == (2, True)


def test_a_missing_client_is_named_with_its_remedy(
    sample_bank: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    answer = run(
        "build", "--config", sample_bank / "cockpit.toml", "--engine", "spark", "--remote", "sc://localhost"
    )
    assert answer.code == 2
    assert "Install it with: make spark" in answer.err


def test_what_lies_on_a_cluster_needs_one(sample_bank: Path, tmp_path: Path, run: Run) -> None:
    """Polars says where it lies and what to do; a table that the cluster lacks is named."""
    config = on_cluster(extracts(sample_bank, tmp_path / "bank")) / "cockpit.toml"
    answer = run("check", "--config", config, "--today", TODAY)
    assert answer.code == 1
    assert "customer_months” lies on a cluster" in answer.out
    assert "--engine spark --remote" in answer.out


def test_a_table_that_the_cluster_lacks_is_named(
    sample_bank: Path, tmp_path: Path, run: Run, remote: str
) -> None:
    config = extracts(sample_bank, tmp_path / "bank") / "cockpit.toml"
    text = config.read_text(encoding="utf-8")
    text = text.replace('parquet = "extracts/customer_months/*.parquet"', 'table = "nowhere.months"')
    config.write_text(text, encoding="utf-8")
    answer = run("check", "--config", config, "--today", TODAY, "--engine", "spark", "--remote", remote)
    assert answer.code == 1
    assert "“nowhere.months” cannot be read on the cluster" in answer.out
