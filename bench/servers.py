"""A cockpit served on this machine for as long as it is looked at."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _free_ports(count: int) -> int:
    """The first of some free ports in a row."""
    while True:
        first = free_port()
        if all(_is_free(first + number) for number in range(1, count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return port < 65536 and probe.connect_ex(("127.0.0.1", port)) != 0


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)


@contextmanager
def served(config: Path, port: int | None = None, workers: int = 1) -> Iterator[str]:
    """A cockpit of its own on a free port, `workers` of them on the ports from it on; the first's address."""
    port = port or _free_ports(workers)
    asked = ["--config", str(config), "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "cockpit.py"), "serve", *asked],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for number in range(workers):
            _wait(f"http://127.0.0.1:{port + number}")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=20)
