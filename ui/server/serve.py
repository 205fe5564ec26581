"""The processes of `cockpit.py serve`: one or more servers on consecutive ports, which end together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 4.0  # seconds for sessions and pages to end by themselves


def serve(config: Path, host: str, port: int, workers: int, ahead: int) -> int:
    """Runs until it is ended from outside or a server ends; gives the exit code.

    A session lives in the memory of one process, so each has a port of its own; the proxy in front keeps a
    reader at one of them. `ahead`: seconds that each works on pages before they are asked for.
    """
    environment = os.environ | {"COCKPIT_CONFIG": str(config), "COCKPIT_AHEAD": str(ahead)}
    servers = [
        subprocess.Popen(_command(host, port + number), env=environment, cwd=ROOT)
        for number in range(workers)
    ]
    asked = False

    def end(*_: object) -> None:
        nonlocal asked
        asked = True
        for server in servers:
            server.terminate()

    signal.signal(signal.SIGTERM, end)  # ended from outside: all end
    code = 0
    try:
        while not asked and (code := _first_code(servers)) == -1:
            time.sleep(0.1)
    except KeyboardInterrupt:  # Ctrl-C is how a server is ended; it has reached the servers too
        asked = True
    end_all(servers)
    return 0 if asked else code


def _first_code(servers: list[subprocess.Popen[bytes]]) -> int:
    """The exit code of a server that has ended (one ended by a signal counts as 1); -1: all run."""
    codes = [code for server in servers if (code := server.poll()) is not None]
    return -1 if not codes else max(1 if code < 0 else code for code in codes)


def end_all(servers: list[subprocess.Popen[bytes]]) -> None:
    """Asks all to end, and ends those that a long page holds up."""
    for server in servers:
        server.terminate()
    deadline = time.monotonic() + PATIENCE
    for server in servers:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(max(deadline - time.monotonic(), 0))
        server.kill()
        server.wait()


def _command(host: str, port: int) -> list[str]:
    told = ["--server.address", host, "--server.port", str(port)]
    return [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *told]
