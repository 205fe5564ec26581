"""docs/operations.md and deploy/ hold: what they say is done here, on loopback, without containers."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import cockpit
from bench.servers import free_port
from tests.browser import ROOT
from tests.test_docs import blocks

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")


@contextmanager
def running(command: list[str], cwd: Path, ready: str, **environment: str) -> Iterator[None]:
    """A server until the end of the block, once `ready` answers."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(ready, timeout=2).read()
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)


# ----------------------------------------------------------- systemd, cron


def units() -> dict[str, str]:
    """The units of the page by the name that the sentence above gives them."""
    found = re.findall(r"`/etc/systemd/system/([\w.-]+)`:\n\n```ini\n(.*?)^```$", GUIDE, re.M | re.S)
    return dict(found)


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    assert units().keys() == {"cockpit.service", "cockpit-build.service", "cockpit-build.timer"}
    for name, text in units().items():
        python = f"{sys.executable} "
        text = text.replace("/opt/cockpit/.venv/bin/python ", python).replace("/opt/cockpit", str(ROOT))
        (tmp_path / name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in units())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "cockpit" in line]
    assert done.returncode == 0 and ours == [], done.stderr


def test_the_words_of_the_units_are_those_of_the_command_line() -> None:
    known = {command.callback.__name__ for command in cockpit.app.registered_commands if command.callback}
    told = re.findall(r"cockpit\.py (\w+) --config", "\n".join(units().values()))
    assert set(told) == {"serve", "build"} <= known


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_cron_line_tells_the_exit_code(code: int, tmp_path: Path) -> None:
    [line] = blocks("cron", GUIDE)
    command = line.split(None, 5)[5].replace("/opt/cockpit", str(tmp_path))
    tools = {".venv/bin/python": f'echo "$@" > asked\nexit {code}', "bin/logger": 'echo "$@" > said'}
    for name, text in tools.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    subprocess.run(["/bin/sh", "-c", command], env={"PATH": path}, check=False)
    assert (tmp_path / "asked").read_text().startswith("cockpit.py build --config")
    said = (tmp_path / "said").read_text() if code else ""
    assert said == (f"-t cockpit build ended with {code}\n" if code else "")


# --------------------------------------------------------------- container


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Containerfile, comments left out, continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    found = [line.split(None, 1) for line in lines.splitlines() if line.strip()]
    return [(name, rest) for name, rest in found]


def faults(text: str) -> list[str]:
    """What is wrong with a Containerfile."""
    steps, found = instructions(text), []
    for name, rest in steps:
        words = rest.split()
        if name == "FROM" and not re.search(r":\d+\.\d+\.\d+", words[0]):
            found.append(f"{words[0]}: no full version")
        if name == "COPY" and not words[0].startswith("--from="):
            found += [f"{source}: not there" for source in words[:-1] if not (ROOT / source).exists()]
        if name == "RUN" and "pip install" in rest and "--require-hashes" not in words:
            found.append("packages without hashes")
        if name == "ADD" or (name == "RUN" and re.search(r"curl|wget|apt", rest)):
            found.append(f"{name}: fetched without a hash")
        if re.search(r"secret|password|token|\.pem|\.key", rest, re.IGNORECASE):
            found.append(f"{name}: a secret")
    users = [rest for name, rest in steps if name == "USER"]
    if not users or users[-1].split(":")[0] in ("0", "root"):
        found.append("runs as root")
    if not {"HEALTHCHECK", "CMD"} <= {name for name, _ in steps}:
        found.append("no health check or no command")
    return found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("USER 10001:10001", "USER root", "root"),
        ("USER 10001:10001\n", "", "root"),
        (":3.13.5-slim-bookworm", ":latest", "version"),
        ("COPY charts charts", "COPY chart charts", "not there"),
        (" --require-hashes", "", "hashes"),
        ('ARG COMMIT=""', 'ENV API_TOKEN="x"', "secret"),
        ("COPY charts charts", "ADD https://example.com/x charts", "fetched"),
        ("HEALTHCHECK", "LABEL", "health"),
    ],
)
def test_the_linter_sees_a_fault(old: str, new: str, fault: str) -> None:
    assert old in CONTAINER
    assert any(fault in told for told in faults(CONTAINER.replace(old, new)))


def test_the_containerfile_is_in_order() -> None:
    assert faults(CONTAINER) == []
    for line in re.findall(r"image: (\S+)", COMPOSE):
        assert line == "cockpit" or re.search(r":\d+\.\d+\.\d+", line), line
    services = re.split(r"^  (?=\w+:$)", COMPOSE.split("services:\n")[1], flags=re.M)[1:]
    assert len(services) == 3
    for service in services:
        assert "read_only: true" in service and 'cap_drop: ["ALL"]' in service
        assert "privileged" not in service.replace("no-new-privileges", "").replace("nginx-unprivileged", "")
    for file in re.findall(r"- \./([\w.]+\.conf):", COMPOSE):
        assert (ROOT / "deploy" / file).is_file()


def test_nginx_takes_the_configuration_of_the_compose_file(tmp_path: Path) -> None:
    """The same lines as on the page, but for names and places."""
    [told] = blocks("nginx", GUIDE)
    file = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")

    def lines(text: str) -> set[str]:
        bare = (" ".join(line.partition("#")[0].split()) for line in text.splitlines())
        return {line for line in bare if line.startswith(("proxy_", "ssl_", "default", '""', "server_name"))}

    ours = lines(told) - {"proxy_pass http://cockpit;"}
    assert lines(file) - {"proxy_pass http://cockpit:8501;"} == ours


def test_the_steps_of_the_container_run(sample_bank: Path, tmp_path: Path) -> None:
    """Copied, compiled and started as the instructions say; packages are this environment's."""
    app = tmp_path / "app"
    app.mkdir()
    bank = Path(shutil.copytree(sample_bank, tmp_path / "bank"))
    port = str(free_port())
    steps = instructions(CONTAINER)
    last = max(at for at, (name, _) in enumerate(steps) if name == "FROM")
    for name, rest in steps[last:]:
        words = rest.split()
        if name == "COPY" and not words[0].startswith("--from="):
            for source in words[:-1]:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, app / source, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / source, app)
        if name == "RUN":
            command = rest.replace(".venv/bin/python", sys.executable)
            subprocess.run(["/bin/sh", "-c", command], cwd=app, check=True, timeout=300)
    for folder in (app, *app.rglob("*")):
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    parts = dict(steps)
    command = [word.replace(".venv/bin/python", sys.executable) for word in json.loads(parts["CMD"])]
    changes = {"/bank/cockpit.toml": str(bank / "cockpit.toml"), "0.0.0.0": "127.0.0.1", "8501": port}
    command = [changes.get(word, word) for word in command]
    check = json.loads(parts["HEALTHCHECK"].partition("CMD ")[2])
    probe = [sys.executable, *(word.replace("8501", port) for word in check[1:])]
    assert subprocess.run(probe, capture_output=True, check=False).returncode != 0
    told = {"COCKPIT_COMMIT": "abc123", "HOME": "/tmp"}
    with running(command, app, f"http://127.0.0.1:{port}/readyz", **told):
        assert subprocess.run(probe, capture_output=True, check=False).returncode == 0
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/version", timeout=10) as answer:
            assert json.load(answer)["commit"] == "abc123"
    for folder in (app, *app.rglob("*")):
        folder.chmod(0o755)
