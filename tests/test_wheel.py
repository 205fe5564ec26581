"""The wheel: built, installed elsewhere, it makes a bank, builds it and serves a page that draws."""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from bench.servers import free_port
from tests.browser import finished

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("extra", sorted(PROJECT["optional-dependencies"]))
def test_an_extra_of_the_wheel_is_what_make_installs(extra: str) -> None:
    lines = (ROOT / f"requirements-{extra}.in").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if not line.startswith(("#", "-c"))]
    assert PROJECT["optional-dependencies"][extra] == wanted


def test_the_wheel_is_built_by_what_is_pinned() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    wanted = (ROOT / "requirements-test.in").read_text(encoding="utf-8")
    assert all(requirement in wanted for requirement in build["requires"])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `make wheel` builds it."""
    folder = tmp_path_factory.mktemp("dist")
    asked = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, *asked, str(ROOT)], check=True)
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`crm-cockpit` in an environment of its own, which sees the packages of this one and no checkout."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    names = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", vars=names))
    (packages / "of_the_tests.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    python = Path(sysconfig.get_path("scripts", vars=names)) / "python"
    asked = ["--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *asked], check=True)
    return python.with_name("crm-cockpit")


def environment() -> dict[str, str]:
    """Without what would lead back to the checkout or to a bank."""
    left_out = ("PYTHONPATH", "COCKPIT_CONFIG", "COCKPIT_COMMIT")
    return {name: value for name, value in os.environ.items() if name not in left_out}


def run(command: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(command), *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def bank(command: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder in which the installed command made and built a bank."""
    folder = tmp_path_factory.mktemp("elsewhere")
    size = ["--customers", "400", "--months", "14", "--outlets", "12"]
    for arguments in (
        ["sample", "--out", "bank", *size],
        ["build", "--config", "bank/cockpit.toml", "--today", "2026-11-20"],
    ):
        done = run(command, folder, *arguments)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def address(command: Path, bank: Path) -> Iterator[str]:
    port = free_port()
    asked = [str(command), "serve", "--config", "bank/cockpit.toml", "--port", str(port), "--ahead", "0"]
    with subprocess.Popen(
        asked, cwd=bank, env=environment(), stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        try:
            assert f":{port}" in said, said
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.mark.slow
def test_all_that_is_served_is_in_the_wheel_and_nothing_of_the_tests(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    left_out = ("tests/", "docs/", "deploy/", "examples/", ".ci/", ".gitignore", "requirements")
    served = {
        name
        for name in listed
        if (ROOT / name).exists()
        and not name.startswith(left_out)
        and name not in ("Makefile", "README.md", "CHANGELOG.md", "pyproject.toml")
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == served


@pytest.mark.slow
def test_the_command_helps_and_tells_its_version(command: Path, tmp_path: Path) -> None:
    told = run(command, tmp_path, "--help")
    assert told.returncode == 0
    assert "crm-cockpit" in told.stdout and "snapshots" in told.stdout
    assert f"version {PROJECT['version']}" in run(command, tmp_path, "--version").stdout


@pytest.mark.slow
def test_a_remedy_names_the_command_that_was_called(command: Path, tmp_path: Path) -> None:
    done = run(command, tmp_path, "build", "--config", "nowhere.toml")
    assert done.returncode != 0
    assert "crm-cockpit sample" in done.stderr and "cockpit.py" not in done.stderr


@pytest.mark.slow
def test_a_number_is_told_elsewhere(command: Path, bank: Path) -> None:
    asked = ["metric", "book.summary", "--config", "bank/cockpit.toml", "--format", "json"]
    [row] = json.loads(run(command, bank, *asked).stdout)
    assert row["customers"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(("language", "title"), [("zh", "经营概览"), ("en", "Business overview")])
def test_a_page_is_served_and_draws(address: str, chromium: Browser, language: str, title: str) -> None:
    page = chromium.new_page()
    answer: Any = page.goto(f"{address}/overview?lang={language}")
    assert answer.status == 200
    finished(page)
    assert title in page.title()
    assert page.locator(".js-plotly-plot").count() > 0
    assert page.locator("table").count() > 0
    page.close()
