"""The Makefile: what it does, what it does not do twice, and what it says when something is missing."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = shutil.which("make")
SHELL_TOOLS = ("sh", "awk", "cat", "dirname", "find", "head", "id", "mkdir", "rm", "touch")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")

# Stands for .venv/bin/python: writes down what it is asked, and does what the Makefile waits for.
VENV_PYTHON = f"""#!/bin/sh
echo "$*" >> asked
case "$*" in
    "-c import pathlib"*) PYTHONPATH="{ROOT}" exec "{sys.executable}" "$@" ;;
    "cockpit.py sample"*)
        mkdir -p .sample/extracts && touch .sample/extracts/a.parquet .sample/cockpit.toml ;;
    "cockpit.py build"*) mkdir -p .sample/.cockpit && echo 261031-1 > .sample/.cockpit/CURRENT ;;
    "-m pip install"*) test ! -e broken ;;
esac
"""


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without code, in a folder whose name has a space."""
    folder = tmp_path / "a checkout"
    for part in ("data_access", "metrics"):
        (folder / part).mkdir(parents=True)
        (folder / part / "code.py").touch()
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("", "-spark", "-test", "-test-spark", "-spark-server"):
        (folder / f"requirements{name}.txt").touch()
    return folder


@pytest.fixture
def installed(checkout: Path) -> Path:
    """The same with a .venv that stands for the real one."""
    script(checkout / ".venv" / "bin" / "python", VENV_PYTHON)
    assert make(checkout, ".venv/installed-test").returncode == 0
    return checkout


def make(
    folder: Path, *arguments: str, before: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs make without what an outer make or a bank's settings would add."""
    left_out = re.compile("MAKE|MFLAGS|COCKPIT_|PIP_" if before else "MAKE|MFLAGS|COCKPIT_")
    clean = {key: value for key, value in os.environ.items() if not left_out.match(key)}
    return subprocess.run(
        [*before, str(MAKE), *arguments],
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def asked(folder: Path) -> list[str]:
    """The cockpit's commands since the last look."""
    log = folder / "asked"
    commands = [line.split()[1] for line in log.read_text().splitlines() if line.startswith("cockpit.py")]
    log.unlink()
    time.sleep(0.05)  # so that what is written next is newer
    return commands


def test_help_has_a_line_for_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split()
    said = [line.split()[1] for line in make(ROOT, "help").stdout.splitlines()]
    assert sorted(said) == sorted(phony)


def test_an_old_python_is_refused(checkout: Path, tmp_path: Path) -> None:
    old = script(tmp_path / "python3.9", "#!/bin/sh\nexit 1\n")
    done = make(checkout, "install", f"PYTHON={old}")
    assert done.returncode != 0
    assert "No Python 3.11 or newer" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_without_ensurepip_says_what_to_install(checkout: Path, tmp_path: Path) -> None:
    bare = f'#!/bin/sh\ncase "$*" in *ensurepip,*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n'
    done = make(checkout, "install", f"PYTHON={script(tmp_path / 'python3', bare)}")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode != 0
    assert f"apt-get install python{version}-venv" in done.stderr


def test_an_install_that_failed_is_done_again(checkout: Path) -> None:
    script(checkout / ".venv" / "bin" / "python", VENV_PYTHON)
    (checkout / "broken").touch()
    assert make(checkout, "install").returncode != 0
    assert not (checkout / ".venv" / "installed").exists()
    (checkout / "broken").unlink()
    assert make(checkout, "install").returncode == 0
    assert (checkout / ".venv" / "installed").exists()


def test_a_missing_folder_of_wheels_is_named(checkout: Path) -> None:
    script(checkout / ".venv" / "bin" / "python", VENV_PYTHON)
    (checkout / "broken").touch()
    done = make(checkout, "install", "WHEELS=nowhere")
    assert done.returncode != 0
    assert "make wheelhouse" in done.stderr


def test_run_does_no_work_twice(installed: Path) -> None:
    (installed / "asked").unlink()
    assert make(installed, "run").returncode == 0
    assert asked(installed) == ["sample", "build", "serve"]
    assert make(installed, "run").returncode == 0
    assert asked(installed) == ["serve"]


@pytest.mark.parametrize("newer", [".sample/extracts/a.parquet", ".sample/cockpit.toml", "metrics/code.py"])
def test_run_builds_again_when_something_is_newer(installed: Path, newer: str) -> None:
    make(installed, "run")
    asked(installed)
    (installed / newer).touch()
    make(installed, "run")
    assert asked(installed) == ["build", "serve"]


@pytest.mark.parametrize("way", ["CONFIG on the command line", "COCKPIT_CONFIG in the environment"])
def test_run_takes_the_banks_own_configuration(installed: Path, tmp_path: Path, way: str) -> None:
    config = tmp_path / "our bank" / "cockpit.toml"
    config.parent.mkdir()
    config.touch()
    (installed / "asked").unlink()
    if way.startswith("CONFIG"):
        make(installed, "run", f"CONFIG={config}", "PORT=8502")
    else:
        make(installed, "run", "PORT=8502", COCKPIT_CONFIG=str(config))
    commands = [
        line for line in (installed / "asked").read_text().splitlines() if line.startswith("cockpit.py")
    ]
    assert commands == [
        f"cockpit.py build --config {config}",
        f"cockpit.py serve --config {config} --port 8502",
    ]


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder with a shell's tools only: no browser, no apt-get."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in SHELL_TOOLS:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def test_without_a_browser_it_says_what_to_install(installed: Path, bare_path: Path) -> None:
    done = make(installed, "browser", PATH=str(bare_path))
    if sys.platform == "darwin" and done.returncode == 0:
        pytest.skip("this Mac has a Chrome among its applications")
    assert done.returncode != 0
    assert "Install one" in done.stderr
    assert "COCKPIT_BROWSER" in done.stderr


def test_debians_browser_is_installed_where_root_and_apt_are_at_hand(
    installed: Path, bare_path: Path
) -> None:
    if sys.platform == "darwin":
        pytest.skip("no apt on a Mac")
    (bare_path / "id").unlink()
    script(bare_path / "id", "#!/bin/sh\necho 0\n")
    chromium = '#!/bin/sh\\necho "Chromium 1"\\n'
    installs = (
        f'#!/bin/sh\necho "$@" >> apt\ncase "$*" in *chromium*) '
        f'printf \'{chromium}\' > "{bare_path}/chromium"; /bin/chmod +x "{bare_path}/chromium" ;; esac\n'
    )
    script(bare_path / "apt-get", installs)
    done = make(installed, "browser", PATH=str(bare_path))
    assert done.returncode == 0, done.stderr
    update, install = (installed / "apt").read_text().splitlines()
    assert update.startswith("update")
    assert install.startswith("install -y")
    assert install.endswith("chromium fonts-noto-cjk nginx-light")
    assert (installed / ".venv" / "browser").read_text() == f"{bare_path}/chromium\n"


def test_the_browser_named_comes_first(installed: Path, bare_path: Path, tmp_path: Path) -> None:
    script(bare_path / "chromium", "#!/bin/sh\n")
    mine = script(tmp_path / "my chrome", "#!/bin/sh\n")
    done = make(installed, "browser", PATH=str(bare_path), COCKPIT_BROWSER=str(mine))
    assert done.returncode == 0, done.stderr
    assert (installed / ".venv" / "browser").read_text() == f"{mine}\n"


# ------------------------------------------------------------------ wheels


def no_network() -> list[str]:
    """The words before a command that take its network away."""
    for words in (["unshare", "-rn"], ["unshare", "-n"]):
        if not shutil.which("unshare"):
            break
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    pytest.skip("no network namespace can be made here (unshare is missing or not permitted)")


@pytest.fixture
def large(checkout: Path, tmp_path: Path) -> Iterator[Path]:
    """The checkout and a folder for wheels, a gigabyte in all, removed at the end."""
    yield checkout
    shutil.rmtree(checkout / ".venv", ignore_errors=True)
    shutil.rmtree(tmp_path / "wheels", ignore_errors=True)


@pytest.mark.slow
def test_wheels_install_without_a_network(large: Path, tmp_path: Path) -> None:
    """Gathered once with the network (or given as WHEELS), installed in a namespace that has none."""
    before = no_network()
    reach = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    reached = subprocess.run([*before, sys.executable, "-c", reach], capture_output=True, check=False)
    assert b"unreachable" in reached.stderr.lower()
    shutil.copy(ROOT / "requirements.txt", large)
    python = f"PYTHON={sys.executable}"
    wheels = Path(os.environ.get("WHEELS") or tmp_path / "wheels").resolve()
    if not wheels.is_dir():
        gathered = make(large, "wheelhouse", f"WHEELHOUSE={wheels}", python)
        assert gathered.returncode == 0, gathered.stderr[-2000:]
        assert not (large / ".venv" / "installed").exists()
    done = make(large, "install", f"WHEELS={wheels}", python, before=before, PIP_CONFIG_FILE=os.devnull)
    assert done.returncode == 0, done.stderr[-2000:]
    command = [*before, str(large / ".venv" / "bin" / "python"), str(ROOT / "cockpit.py"), "metric", "--list"]
    listed = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert "book.summary" in listed.stdout, listed.stderr[-2000:]
