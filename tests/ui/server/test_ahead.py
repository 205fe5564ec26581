"""Pages opened before anybody asks: nobody's act, no more than a reader may see, and readers come first."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from bench.servers import free_port
from data_access.intake.config import read_config
from data_access.view.answers import MOST_BYTES
from metrics import CONTRACT
from tests.browser import ROOT
from ui.base.snapshot import Live
from ui.server import ahead
from ui.server.ahead import Ahead, in_turn


@pytest.fixture
def shown(sample_bank: Path) -> Live:
    return Live(read_config(sample_bank / "cockpit.toml", CONTRACT))


def test_every_page_is_opened_at_every_institution_once_neighbourhoods_first(shown: Live) -> None:
    tree = shown.store().tree
    turn = list(in_turn(shown.store()))
    side_by_side = [node for nodes in tree.side_by_side.values() for node in nodes]
    pages = {page.url for page, _ in turn}
    assert len(turn) == len({(page.url, node) for page, node in turn}) == len(pages) * len(side_by_side)
    first = [node for page, node in turn if page == turn[0][0]][: len(tree.side_by_side)]
    assert sorted(first) == sorted(nodes[0] for nodes in tree.side_by_side.values())


def test_it_stops_where_time_memory_or_the_server_ends(shown: Live) -> None:
    opened = list[int]()

    def counted(work: Ahead) -> int:
        work._open = lambda _store, _page, node: opened.append(node)  # type: ignore[method-assign]
        return work.open_all(shown.store())

    everything = counted(Ahead(shown))
    assert everything == len(list(in_turn(shown.store())))
    assert counted(Ahead(shown, seconds=-1)) == 0
    over = Ahead(shown)
    over.ended.set()
    assert counted(over) == 0
    shown.store().answers.get(("large",), lambda: bytes(int(MOST_BYTES * 0.97)))
    assert counted(Ahead(shown)) == 0


def test_a_page_that_fails_is_left_out_and_the_others_are_opened(
    shown: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turn = list(in_turn(shown.store()))[:40]
    monkeypatch.setattr(ahead, "in_turn", lambda _: iter(turn))
    work, bad = Ahead(shown), turn[0][0].url

    def fails(_store: object, page: object, _node: int) -> None:
        if page.url == bad:  # type: ignore[attr-defined]
            raise ValueError("622848CANARY0012345678")

    work._open = fails  # type: ignore[method-assign, assignment]
    done = work.open_all(shown.store())
    assert done == sum(page.url != bad for page, _ in turn)
    assert [record.message for record in caplog.records].count("page not opened ahead") == 1
    assert "CANARY" not in caplog.text + str([vars(record).get("failure") for record in caplog.records])


def test_it_stands_back_while_somebody_looks(shown: Live) -> None:
    work, waited = Ahead(shown), list[float]()

    def draw() -> None:
        start = time.perf_counter()
        work._drawn(None)  # type: ignore[arg-type]
        waited.append(time.perf_counter() - start)

    with shown.visit(), shown.visit():
        thread = threading.Thread(target=draw)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join()
    assert shown.quiet.is_set() and waited[0] > 0.25


def test_a_server_opens_pages_says_so_and_leaves_no_trace_of_a_reader(
    sample_bank: Path, tmp_path: Path
) -> None:
    bank = Path(shutil.copytree(sample_bank, tmp_path / "bank"))
    shutil.rmtree(bank / ".cockpit" / "audit", ignore_errors=True)  # what other tests took along of it
    port = free_port()
    command = [sys.executable, "cockpit.py", "serve", "--config", str(bank / "cockpit.toml")]
    command += ["--port", str(port), "--ahead", "1"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    log, told = bank / ".cockpit" / "log" / f"server-{port}.jsonl", list[dict[str, object]]()
    try:
        deadline = time.monotonic() + 120
        while not told and time.monotonic() < deadline:
            time.sleep(0.2)
            lines = log.read_text("utf-8").splitlines() if log.exists() else []
            told = [line for line in map(json.loads, lines) if line["event"] == "opened ahead"]
        [server] = psutil.Process(process.pid).children()
        assert int(str(told[0]["pages"])) > 0 and int(str(told[0]["bytes"])) > 0
        assert not [line for line in map(json.loads, lines) if line["level"] in ("warning", "error")]
        assert not list((bank / ".cockpit" / "audit").glob("*"))
        assert server.memory_full_info().uss < 400_000_000
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
