"""A server as a bank runs it: whom it asks, what it says of itself, what it logs, how it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bench.servers import free_port
from tests.browser import ROOT
from tests.ui.server.visitor import page, run_page, session

CANARY = "622848CANARY0012345678"
SPY = """
import os, socket
asked, connected = socket.getaddrinfo, socket.socket.connect

def tell(host):
    with open(os.environ["SPY"], "a") as file:
        file.write(f"{host}\\n")

def getaddrinfo(host, *more, **named):
    tell(host)
    return asked(host, *more, **named)

def connect(self, address):
    if isinstance(address, tuple):
        tell(address[0])
    return connected(self, address)

socket.getaddrinfo, socket.socket.connect = getaddrinfo, connect
"""
# A page that fails with a customer's card number, and one that does not end by itself.
FAILING = f"raise ValueError('{CANARY}')\n"
ENDLESS = "import time\nfor _ in range(60):\n    time.sleep(1)\n"


class Server(NamedTuple):
    url: str
    process: subprocess.Popen[str]
    bank: Path
    stderr: Path
    spied: Path

    def answer(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status and body of an answer."""
        try:
            asked = urllib.request.Request(self.url + path, headers=headers)
            with urllib.request.urlopen(asked, timeout=10) as told:
                return told.status, told.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def ready(self) -> tuple[int, dict[str, Any]]:
        status, body = self.answer("/readyz")
        return status, json.loads(body)

    def check_becomes(self, status: int, word: str) -> None:
        """`/readyz` says so within ten seconds."""
        deadline = time.monotonic() + 10
        while self.ready()[1]["status"] != word and time.monotonic() < deadline:
            time.sleep(0.2)
        assert (self.ready()[0], self.ready()[1]["status"]) == (status, word)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code, with two pages spoiled."""
    folder = tmp_path_factory.mktemp("code")
    for part in ("data_access", "metrics", "charts", "ui", "pages", "bench", "locale", ".streamlit"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("cockpit.py", "app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "sample_data").mkdir()
    (folder / "pages" / "review" / "balances.py").write_text(FAILING, encoding="utf-8")
    (folder / "pages" / "review" / "overview.py").write_text(ENDLESS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(checkout: Path, sample_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    bank = Path(shutil.copytree(sample_bank, folder / "bank"))
    (folder / "sitecustomize.py").write_text(SPY, encoding="utf-8")
    port = free_port()
    told = {"COCKPIT_CONFIG": str(bank / "cockpit.toml"), "PYTHONPATH": str(folder)}
    told |= {"SPY": str(folder / "spied"), "HOME": str(folder)}
    command = ["cockpit.py", "serve", "--config", str(bank / "cockpit.toml"), "--port", str(port)]
    with (folder / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=checkout,
            env=os.environ | told,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
        )
    found = Server(f"http://127.0.0.1:{port}", process, bank, folder / "stderr", folder / "spied")
    try:
        for _ in range(600):
            try:
                if found.ready()[0] == 200:
                    break
            except OSError:
                time.sleep(0.2)
        yield found
    finally:
        process.terminate()
        process.wait(20)


def test_it_says_that_it_is_ready_and_what_it_is(server: Server) -> None:
    status, told = server.ready()
    assert (status, told) == (200, {"status": "ok", "snapshot": told["snapshot"], "as_of": "2026-10-31"})
    assert told["snapshot"] == (server.bank / ".cockpit" / "CURRENT").read_text()
    release = json.loads(server.answer("/version")[1])
    assert release.keys() == {"version", "commit", "contract"} and release["contract"] > 0


def test_no_name_is_looked_up_whatever_handshakes_arrive(server: Server) -> None:
    """A foreign origin would make Streamlit ask an outside host for its own address, while all wait."""
    start = time.monotonic()
    for origin in ("https://evil.example", "null", "http://[::1]:1", "http://10.0.0.1:8501"):
        for _ in range(3):
            with pytest.raises(InvalidStatus) as refused, session(server.url, origin=origin):
                pass
            assert refused.value.response.status_code == 403
        assert server.answer("/_stcore/health", Origin=origin)[0] == 403
    with pytest.raises(InvalidStatus), session(server.url, additional_headers={"Host": "evil.example"}):
        pass
    assert time.monotonic() - start < 5
    for origin in (server.url, server.url.replace("127.0.0.1", "localhost"), None):
        with session(server.url, origin=origin) as socket:
            assert page(socket, "lang=en")
    names = set(server.spied.read_text().split()) if server.spied.exists() else set()
    assert names <= {"127.0.0.1", "localhost", "::1"}, names


def test_a_failure_leaves_no_data_in_log_or_page(server: Server) -> None:
    with session(server.url) as socket:
        run_page(socket)
        told = page_named(socket, "balances")
    assert "无法计算" in told.decode("utf-8", "replace")
    assert server.answer(f"/nowhere.csv?card={CANARY}")[0] in (200, 404)
    time.sleep(0.5)
    [file] = (server.bank / ".cockpit" / "log").iterdir()
    texts = [file.read_text("utf-8"), server.stderr.read_text("utf-8")]
    assert CANARY.encode() not in told and not any(CANARY in text for text in texts)
    for text in texts:
        lines = [json.loads(line) for line in text.splitlines()]
        assert all(line.keys() >= {"time", "level", "event"} for line in lines)
        failed = [line for line in lines if line["event"] == "page failed"]
        assert failed[0]["page"] == "balances"
        assert failed[0]["failure"].startswith("ValueError at balances.py:1 < ")
        assert any(line["event"] == "page" and line["ms"] > 0 for line in lines)
        assert any(line.get("path") == "/nowhere.csv" and line["status"] for line in lines)
        assert any(line.get("logger", "").startswith("uvicorn") for line in lines)


def page_named(socket: Any, name: str) -> bytes:
    """The page of this name, as a click on the menu asks for it."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    asked = BackMsg()
    asked.rerun_script.page_name = name
    asked.rerun_script.query_string = "lang=zh"
    socket.send(asked.SerializeToString())
    told = b""
    while True:
        message = socket.recv(timeout=60)
        told += message
        kind = ForwardMsg.FromString(message)
        if kind.WhichOneof("type") == "script_finished" and b"balances" in told:
            return told


@pytest.mark.slow
def test_it_is_not_ready_when_the_snapshot_is_damaged_removed_or_old(server: Server) -> None:
    root = server.bank / ".cockpit"
    folder = root / "snapshots" / (root / "CURRENT").read_text()
    mart = folder / "marts" / "book.own.parquet"
    whole = mart.read_bytes()
    mart.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    server.check_becomes(503, "damaged")
    mart.write_bytes(whole)
    server.check_becomes(200, "ok")
    folder.rename(root / "gone")
    server.check_becomes(503, "removed")
    (root / "gone").rename(folder)
    server.check_becomes(200, "ok")


def test_it_ends_within_five_seconds_with_sessions_and_a_page_running(server: Server) -> None:
    """The last test of this server: nothing of it is left."""
    below = psutil.Process(server.process.pid).children(recursive=True)
    with ExitStack() as opened:
        sockets = [opened.enter_context(session(server.url)) for _ in range(20)]
        for socket in sockets[:3]:
            run_page(socket)
        time.sleep(2)
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        assert time.monotonic() - start < 5
        for socket in sockets:
            with pytest.raises((ConnectionClosed, OSError)):
                while True:
                    socket.recv(timeout=5)
    assert below and not any(each.is_running() for each in below)


def test_workers_have_ports_of_their_own_and_end_together(sample_bank: Path) -> None:
    port = free_port()
    command = [sys.executable, "cockpit.py", "serve", "--config", str(sample_bank / "cockpit.toml")]
    command += ["--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    told: list[bytes] = []
    reader = threading.Thread(target=lambda: told.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        deadline = time.monotonic() + 120
        while len(told) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        for number in (port, port + 1):
            with urllib.request.urlopen(f"http://127.0.0.1:{number}/readyz", timeout=10) as answer:
                assert answer.status == 200
        below = psutil.Process(process.pid).children(recursive=True)
        assert len(below) == 2
        below[0].kill()  # one that dies takes the others with it, so that whoever watches starts all anew
        assert process.wait(10) == 1
        assert not any(each.is_running() for each in below)
    finally:
        process.kill()
