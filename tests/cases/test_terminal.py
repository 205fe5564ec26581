"""The command line in terminals of other code pages, and ended from outside."""

import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

REPO = Path(__file__).resolve().parents[2]


def cockpit(encoding: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "cockpit.py", *map(str, arguments)]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    return subprocess.run(command, cwd=REPO, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["gbk", pytest.param("cp1252", marks=pytest.mark.slow)])
def test_a_sign_that_the_code_page_lacks_is_replaced(encoding: str, bank: Any) -> None:
    """Chinese Windows writes a redirected output as GBK, western Windows as cp1252."""
    book = "month,customer_id,institution_id,aum\n2026-05,1,A,5\n2026-06,1,A,5\n"
    found = bank({"customer_months": "cm.csv"}, {"cm.csv": book})
    assert found.build().code == 0
    asked: tuple[tuple[str | Path, ...], ...] = (
        ("metric", "--list"),
        ("brief", "--config", found.config),
        ("metric", "book.summary", "--by", "children", "--config", found.config),
    )
    for arguments in asked:
        answer = cockpit(encoding, *arguments)
        assert answer.returncode == 0, answer.stderr
        assert b"Traceback" not in answer.stderr
        assert len(answer.stdout.decode(encoding)) > 100


@pytest.fixture
def tagged(bank: Any) -> Any:
    book = "month,customer_id,institution_id,aum\n2026-05,1,A,5\n2026-06,1,A,5\n"
    more = '[tables.customers.dimensions]\nsegment = "SEG"\n'
    files = {"cm.csv": book, "c.csv": "customer_id,SEG\n1,s0\n"}
    found = bank({"customer_months": "cm.csv", "customers": "c.csv"}, files, more)
    assert found.build().code == 0
    return found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("book.sumary",), "Nearest: book.summary"),
        (("Book.Summary",), "Nearest: book.summary"),
        (("book.summary", "--institution", "Alfa"), "Nearest: Alpha"),
        (("book.summary", "--institution", "ALPHA"), "Nearest: Alpha"),
        (("book.summary", "--set", "segmnt=s0"), "Nearest: segment"),
        (("churn.rate", "--set", "knd=closed"), "Nearest: kind"),
        (("book.summary", "--by", "kind", "--by", "tier"), "--by is given twice"),
        (("book.summary", "--by=kind", "--by", "tier"), "--by is given twice"),
        (("book.summary", "--month", "2026-05", "--month", "2026-06"), "--month is given twice"),
    ],
)
def test_what_is_mistyped_is_named_with_the_nearest(
    arguments: tuple[str, ...], words: str, tagged: Any
) -> None:
    answer = tagged.run("metric", *arguments, "--config", tagged.config)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err


def test_the_catalogue_and_the_check_in_every_format(tagged: Any) -> None:
    lines = list(csv.DictReader(io.StringIO(tagged.run("metric", "--list", "--format", "csv").out)))
    listed = json.loads(tagged.run("metric", "--list", "--format", "json").out)
    assert [(line["name"], line["column_name"], line["unit"]) for line in lines] == [
        (row["name"], column["name"], column["unit"]) for row in listed for column in row["columns"]
    ]
    asked = ("check", "--config", tagged.config, "--today", "2026-11-20", "--format")
    tables = list(csv.DictReader(io.StringIO(tagged.run(*asked, "csv").out)))
    rows = json.loads(tagged.run(*asked, "json").out)
    assert [(line["table"], int(line["loaded"])) for line in tables] == [
        (r["table"], r["loaded"]) for r in rows
    ]


def test_the_end_of_serve_is_the_end_of_its_server(tagged: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "cockpit.py", "serve", "--config", str(tagged.config), "--port", str(port)]
    process = subprocess.Popen(command, cwd=REPO, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        below: list[psutil.Process] = []
        for _ in range(600):
            below = psutil.Process(process.pid).children(recursive=True)
            if below:
                break
            time.sleep(0.1)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert below and not any(each.is_running() for each in below)
    finally:
        process.kill()
