"""Sessions against `serve`: looks a second, how long each takes, bytes on the wire, memory of the servers."""

import os
import random
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench.resources import Say
from bench.servers import served
from bench.wire import Wire, tab
from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from ui.menu import shown

CONCURRENT = ((1, 0), (10, 0), (30, 15))  # sessions, and seconds that each thinks before a look
LOOKS = 4  # of a session that thinks, at least
SEED = 1
OPENED = 3600  # seconds for pages to be opened ahead, of which 600 are the servers' own work


def measured(folder: Path, pages: list[str], seconds: float, say: Say) -> dict[str, Any]:
    """For one session, ten, and thirty that think, on a server process a core: looks a second, seconds a
    look, bytes, and what the server processes hold in memory after each.

    A look opens a page at an institution of any level drawn at random, so most are first ones, of pages that
    the servers have opened ahead. The readers run on the same machine and take their share of it.
    """
    config = folder / "cockpit.toml"
    settings = read_config(config, CONTRACT)
    store = open_store(settings)
    urls = [page.url for page in shown(store) if not pages or page.url in pages]
    workers, rows = os.cpu_count() or 1, []
    sizes: dict[str, list[int]] = {url: [] for url in urls}
    with served(config, workers=workers) as address:
        if os.environ.get("COCKPIT_AHEAD") != "0":
            say("pages opened ahead", 0)
            _until_opened(settings.snapshots / "log", address, workers)
        for number, think in CONCURRENT:
            say(f"{number} sessions", 0)
            lasting = max(seconds, think * LOOKS)
            took = _at_once(address, workers, number, think, store, urls, lasting, sizes)
            told = {"sessions": number, "think": think, "looks": len(took), "seconds": lasting}
            rows.append(told | _quantiles(took) | {"memory": _memory()})
    found = {url: {"median": sorted(told)[len(told) // 2], "most": max(told)} for url, told in sizes.items()}
    return {"workers": workers, "rows": rows, "bytes": found}


def _until_opened(logs: Path, address: str, workers: int) -> None:
    """Waits until each server's log says that it has opened its pages."""
    first = urlsplit(address).port or 0
    files = [logs / f"server-{first + number}.jsonl" for number in range(workers)]
    end = time.monotonic() + OPENED
    while not all(file.exists() and '"opened ahead"' in file.read_text("utf-8") for file in files):
        if time.monotonic() > end:
            raise TimeoutError(f"The servers had not opened their pages after {OPENED} seconds.")
        time.sleep(1)


def _memory() -> int:
    """Bytes that the largest server process has to itself."""
    servers = [one for one in psutil.Process().children(recursive=True) if "streamlit" in one.cmdline()]
    return max(int(one.memory_full_info().uss) for one in servers)


def _quantiles(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {f"p{share}": ordered[min(len(ordered) * share // 100, len(ordered) - 1)] for share in (50, 95)}


def _at_once(
    address: str,
    workers: int,
    number: int,
    think: float,
    store: Store,
    urls: list[str],
    seconds: float,
    sizes: dict[str, list[int]],
) -> list[float]:
    """Every session opens each page once, then all begin together; a look counts where it ended in time."""
    took, errors, begin = list[float](), list[Exception](), threading.Barrier(number + 1)
    started = [0.0]

    def read(at: int) -> None:
        try:
            first = urlsplit(address)
            wire = tab(f"{first.scheme}://{first.hostname}:{(first.port or 0) + at % workers}")
            for url in urls:
                _look(wire, url, store.tree.ids[0], sizes)
            begin.wait()
            pause = random.Random(at)
            for url, key in _drawn(at, number, store, urls):
                time.sleep(pause.uniform(0, 2 * think))
                start = time.perf_counter()
                _look(wire, url, key, sizes)
                end = time.perf_counter()
                if end - started[0] > seconds:
                    break
                took.append(end - start)
            wire.socket.close()
        except Exception as error:
            errors.append(error)
            begin.abort()

    threads = [threading.Thread(target=read, args=(at,)) for at in range(number)]
    for thread in threads:
        thread.start()
    try:
        started[0] = time.perf_counter()
        begin.wait()
        started[0] = time.perf_counter()
    except threading.BrokenBarrierError:
        pass
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return took or [seconds]


def _look(wire: Wire, url: str, key: str, sizes: dict[str, list[int]]) -> None:
    wire.open(url, at=key, lang="en")
    is_packed = bool(wire.socket.protocol.extensions)  # Streamlit's socket may compress
    told = [zlib.compress(message) for message in wire.received] if is_packed else wire.received
    sizes[url].append(sum(map(len, told)))


def _drawn(at: int, number: int, store: Store, urls: list[str]) -> Iterator[tuple[str, str]]:
    """Pages in turn, institutions of each level in turn, which one by chance; no two sessions alike."""
    chance = random.Random(SEED * 1000 + number * 100 + at)
    levels = list(store.tree.side_by_side.values())
    turn = at
    while True:
        nodes = levels[turn % len(levels)]
        yield urls[(turn // len(levels) + turn) % len(urls)], store.tree.ids[chance.choice(nodes)]
        turn += 1
