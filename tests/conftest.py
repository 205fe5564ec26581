"""What several folders of tests share: the command line in process, and one small sample bank."""

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest import mock

import pytest
import streamlit as st
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

import cockpit
from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT, SUBJECTS
from sample_data.bank import write
from tests.browser import browser_path, launch
from tests.cluster import cluster

TODAY = "2026-11-20"  # the sample bank ends in October 2026
TWO_YEARS = {"customers": 600, "months": 24, "outlets": 24}


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


@pytest.fixture(scope="session", autouse=True)
def opened_by_readers() -> Iterator[None]:
    """Servers of tests leave pages to those who open them; a test that is about the other says so."""
    with mock.patch.dict(os.environ, {"COCKPIT_AHEAD": "0"}):
        yield


@pytest.fixture(scope="session", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Banks of tests need not outlive the power: a file that is written is not waited for."""
    with mock.patch.object(os, "fsync"):
        yield


@pytest.fixture(autouse=True)
def words_of_no_other_bank() -> Iterator[None]:
    """Tests outside of a run share one session: what a bank's words are in English ends with its test."""
    yield
    st.session_state.pop("own_words", None)


@contextlib.contextmanager
def as_main(module: ModuleType) -> Iterator[None]:
    """Page tests leave another main module behind; what is imported meanwhile stays imported."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        yield
    finally:
        sys.modules["__main__"] = before


def run_cockpit(*arguments: str | Path) -> Answer:
    """`python cockpit.py …` in this process; an exception that the door lets through fails the test."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["cockpit.py", *map(str, arguments)]
    with (
        mock.patch.object(sys, "argv", argv),
        as_main(cockpit),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ending,
    ):
        cockpit.main()
    assert "Traceback" not in err.getvalue()
    return Answer(int(ending.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def run() -> Run:
    return run_cockpit


Shared = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """A folder made once a run, whatever the number of processes that run tests; nobody writes into it."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder = root / name
        with FileLock(root / f"{name}.lock"):
            if not folder.exists():
                part = root / f"{name}.part"
                shutil.rmtree(part, ignore_errors=True)
                make(part)
                part.rename(folder)
        return folder

    return made


def build_sample(folder: Path, **size: int) -> None:
    """A synthetic bank of this size with its snapshot."""
    write(folder, **size)
    build(
        read_config(folder / "cockpit.toml", CONTRACT), SUBJECTS, date.fromisoformat(TODAY), lambda *_: None
    )


@pytest.fixture(scope="session")
def sample_bank(shared: Shared) -> Path:
    """Half a year of a synthetic bank, made on the command line."""

    def make(folder: Path) -> None:
        size = {"customers": 600, "months": 6, "outlets": 20, "seed": 7}
        asked = [part for name, value in size.items() for part in (f"--{name}", str(value))]
        assert run_cockpit("sample", "--out", folder, *asked).code == 0
        assert run_cockpit("build", "--config", folder / "cockpit.toml", "--today", TODAY).code == 0

    return shared("sample_bank", make)


@pytest.fixture(scope="session")
def two_years_bank(shared: Shared) -> Path:
    """The configuration of a small bank that delivers every table, November 2024 to October 2026."""
    made = shared("two_years", lambda folder: build_sample(folder, **TWO_YEARS))
    return made / "cockpit.toml"


@pytest.fixture(scope="session")
def two_years(two_years_bank: Path) -> Store:
    return open_store(read_config(two_years_bank, CONTRACT))


@pytest.fixture
def own_bank(sample_bank: Path, tmp_path: Path) -> Path:
    """A copy of the sample bank with its snapshot, to be spoiled."""
    return Path(shutil.copytree(sample_bank, tmp_path / "bank"))


@pytest.fixture(scope="session")
def spark_client() -> None:
    """Spark's client takes a process whose main module has no file, as a worker's, for its own doctests."""
    main = sys.modules["__main__"]
    if not hasattr(main, "__file__"):
        main.__file__ = cockpit.__file__


@pytest.fixture(scope="session")
def remote(spark_client: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Spark Connect server; see `tests/cluster.py`."""
    with cluster(tmp_path_factory.mktemp("cluster")) as server:
        yield server.remote


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests: Playwright drives one at a time."""
    if browser_path() is None:
        pytest.skip("no Chromium or Chrome found; `make test` says how to get one")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages_bank(shared: Shared) -> Path:
    """The configuration of the bank that pages are opened on; the full-size one where pictures are made."""
    size = {} if os.environ.get("COCKPIT_IMAGES") else {"customers": 4_000, "months": 26, "outlets": 60}
    return shared("pages", lambda folder: build_sample(folder, **size)) / "cockpit.toml"
