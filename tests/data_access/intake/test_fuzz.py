"""Spoiled extracts, one change each, on every table of a bank: each is refused in one clear sentence,
put into quarantine to the row, or provably harmless. Never a traceback, a hang, a row that was not there."""

import json
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from metrics import CONTRACT
from tests.conftest import Shared
from tests.data_access.intake.fuzz import cells, files, parquet
from tests.data_access.intake.fuzz.bank import plain_bank, settings
from tests.data_access.intake.fuzz.case import (
    DOUBTED,
    HARMLESS,
    NOTED,
    QUARANTINED,
    REFUSED,
    WITHOUT,
    Case,
    Spoiler,
)

ROOT = Path(__file__).parents[3]
SECONDS = 20  # a case may take
SPOILERS: list[Spoiler] = [*files.SPOILERS, *cells.SPOILERS, *parquet.SPOILERS]
TABLES = [name for name in CONTRACT.tables if name not in ("grants", "opportunity_changes", "calendar")]
QUICK = 37  # one case in so many is tried in `make test`
RESTS_ON = ("institutions", "managers", "customers", "opportunities")
CASES = [  # each on two tables of three
    (spoiler, name)
    for number, spoiler in enumerate(SPOILERS)
    for at, name in enumerate(TABLES)
    if (number + at) % 3
]


class Worker:
    """One process that checks bank after bank; it is ended where it does not answer in time."""

    def __init__(self) -> None:
        module = "tests.data_access.intake.fuzz.worker"
        self.process = subprocess.Popen(
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )

    def looks_at(self, path: Path, seconds: float, only: str = "") -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{path}\t{only}\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ready:
            self.process.kill()
            pytest.fail(f"no answer within {seconds} seconds")
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def worker() -> Iterator[list[Worker]]:
    """The worker; a list, so that one that was ended can be replaced."""
    workers = [Worker()]
    yield workers
    for one in workers:
        one.process.kill()
        one.process.wait()


@pytest.fixture(scope="session")
def plain(sample_bank: Path, shared: Shared) -> Path:
    return shared("plain_bank", lambda folder: plain_bank(sample_bank, folder))


@pytest.fixture(scope="module")
def base(plain: Path, worker: list[Worker]) -> dict[str, Any]:
    """What came through the door of the bank that nobody spoiled."""
    return worker[0].looks_at(plain / "cockpit.toml", 120)


def spoiled(spoiler: Spoiler, name: str, plain: Path, folder: Path) -> Case | None:
    """The spoiled table beside those that it rests on; None where there is nothing to spoil."""
    rows = pl.read_csv(plain / f"{name}.csv", infer_schema_length=0)
    case = Case(name, rows, folder)
    spoiler(case)
    if not case.expects:
        return None
    told = {one: f'csv = "{plain / one}.csv"' for one in RESTS_ON if one != name}
    told[name] = "\n".join(case.lines)
    ordered = {one: told[one] for one in CONTRACT.tables if one in told}
    (folder / "cockpit.toml").write_text(settings(ordered, str(plain / ".cockpit")), encoding="utf-8")
    return case


def less(rows: list[str], column: str) -> list[str]:
    """Rows without one column."""
    return [
        json.dumps({key: value for key, value in json.loads(row).items() if key != column}) for row in rows
    ]


def judge(case: Case, answer: dict[str, Any], base: dict[str, Any]) -> None:
    """Holds what came of a case against what its spoiler foretold."""
    assert "traceback" not in answer, answer["traceback"]
    report = answer.get("reports", {}).get(case.name, {})
    if case.expects == REFUSED:
        said = answer.get("refused") or report.get("failure")
        assert said, report
        assert said.count("\n") == 0 and len(said) < 700, said
        for word in case.words:
            assert word in said, said
        return
    assert report and report["failure"] is None, report.get("failure") or answer
    assert report["rows_in"] == report["loaded"] + report["quarantined"] + report["duplicate"]
    assert (report["quarantined"], report["duplicate"]) == (case.quarantined, case.duplicate), report["rules"]
    shown = json.dumps([report["rules"], report["notes"], report["doubts"]], ensure_ascii=False)
    shown = shown.replace('"row": ', "row ")
    for word in case.words:
        assert word.strip("“”") in shown, shown
    rows, before = Counter(answer["loaded"][case.name]), Counter(base["loaded"][case.name])
    match case.expects:
        case "quarantined":
            assert not rows - before  # no row that was not there
            assert (before - rows).total() <= case.quarantined
        case "harmless":
            assert rows == before
            assert not report["doubts"]
        case "without a column":
            assert Counter(less(list(rows), case.column)).total() <= rows.total()
            assert Counter(less([*rows.elements()], case.column)) == Counter(
                less([*before.elements()], case.column)
            )
            assert all(case.column not in json.loads(row) for row in rows)
        case "noted":
            assert (rows - before).total() <= 5  # of the cells that are empty now
            assert rows.total() == before.total()
        case "doubted":
            assert report["doubts"]
        case _:
            raise AssertionError(case.expects)


KINDS = {REFUSED, QUARANTINED, HARMLESS, WITHOUT, NOTED, DOUBTED}


@pytest.mark.parametrize(
    ("spoiler", "name"),
    [
        pytest.param(
            *case, marks=[] if at % QUICK == 5 else pytest.mark.slow, id=f"{case[0].__name__}-{case[1]}"
        )
        for at, case in enumerate(CASES)
    ],
)
def test_spoiled_extract(
    spoiler: Spoiler, name: str, plain: Path, base: dict[str, Any], worker: list[Worker], tmp_path: Path
) -> None:
    case = spoiled(spoiler, name, plain, tmp_path)
    if case is None:
        pytest.skip("nothing to spoil here")
    if worker[-1].process.poll() is not None:
        worker.append(Worker())
    start = time.monotonic()
    answer = worker[-1].looks_at(tmp_path / "cockpit.toml", SECONDS, name)
    assert time.monotonic() - start < SECONDS
    assert not answer.get("left")
    judge(case, answer, base)


def test_there_are_three_hundred_cases(plain: Path, tmp_path: Path) -> None:
    """Those that have something to spoil; each kind of end is among them."""
    ends: Counter[str] = Counter()
    for number, (spoiler, name) in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        if case := spoiled(spoiler, name, plain, folder):
            ends[case.expects] += 1
    assert ends.total() >= 300
    assert ends.keys() == KINDS
