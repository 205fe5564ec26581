"""The command line in terminals of other code pages, and ended from outside."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]


def cockpit(encoding: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "cockpit.py", *map(str, arguments)]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    return subprocess.run(command, cwd=REPO, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["gbk", "cp1252"])
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
