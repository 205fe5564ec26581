"""What several folders of tests share: the command line in process, and one small sample bank."""

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from playwright.sync_api import Browser, sync_playwright

import cockpit
from tests.browser import browser_path, launch

TODAY = "2026-11-20"  # the sample bank ends in October 2026


class Answer(NamedTuple):
    """What the command line said."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of `--format json`; NaN is no JSON."""

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} in JSON")

        found: list[dict[str, Any]] = json.loads(self.out, parse_constant=refuse)
        return found


Run = Callable[..., Answer]


@pytest.fixture(scope="session")
def run() -> Run:
    """`python cockpit.py …` in this process; an exception that the door lets through fails the test."""

    def call(*arguments: str | Path) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        argv = ["cockpit.py", *map(str, arguments)]
        with (
            mock.patch.object(sys, "argv", argv),
            mock.patch.dict(sys.modules, {"__main__": cockpit}),  # page tests leave another one behind
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ending,
        ):
            cockpit.main()
        assert "Traceback" not in err.getvalue()
        return Answer(int(ending.value.code or 0), out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def sample_bank(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A synthetic bank with its snapshot; nobody writes into this folder."""
    folder = tmp_path_factory.mktemp("sample") / "bank"
    size = {"customers": 600, "months": 6, "outlets": 20, "seed": 7}
    asked = [part for name, value in size.items() for part in (f"--{name}", str(value))]
    assert run("sample", "--out", folder, *asked).code == 0
    assert run("build", "--config", folder / "cockpit.toml", "--today", TODAY).code == 0
    return folder


@pytest.fixture
def own_bank(sample_bank: Path, tmp_path: Path) -> Path:
    """A copy of the sample bank with its snapshot, to be spoiled."""
    return Path(shutil.copytree(sample_bank, tmp_path / "bank"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests: Playwright drives one at a time."""
    if browser_path() is None:
        pytest.skip("no Chromium or Chrome found; `make test` says how to get one")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
