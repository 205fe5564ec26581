"""What it costs to be signed in: the same looks with a sign-in and without."""

import shutil
from pathlib import Path
from statistics import median

import psutil
import pytest

from bench.servers import free_port, served
from bench.wire import Wire, tab
from data_access.intake.config import read_config
from data_access.view.store import open_store
from metrics import CONTRACT
from tests.conftest import Shared
from tests.pages import test_wire as canaries
from tests.pages.test_wire import PATHS, Served, sign_in

USERS, ROUNDS = 2_000, 9
REPEATED = 0.3  # of a repeated look, at most


def cpu(port: str) -> float:
    """Seconds of CPU that the server on a port has taken so far."""
    [server] = [
        process
        for process in psutil.process_iter(["cmdline"])
        if {"serve", port} <= set(process.info["cmdline"] or ())
    ]
    spent = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return sum(times.user + times.system for times in spent)


def looks(wire: Wire) -> None:
    for page in PATHS:
        wire.open(page, lang="en")


@pytest.mark.slow
def test_signing_in_adds_little_to_a_look(shared: Shared, tmp_path: Path) -> None:
    """Both servers show head office whole, in turn, so that what else the machine does meets both."""
    guarded = shutil.copytree(shared("canaries", canaries._marked), tmp_path / "guarded") / "cockpit.toml"
    store = open_store(read_config(guarded, CONTRACT))
    rows = [f"u{n},{store.tree.ids[n % len(store.tree)]},view" for n in range(USERS)]
    rows.append(f"boss,{store.tree.ids[0]},view customers export")
    (guarded.parent / "grants.csv").write_text("\n".join(["user,institution_id,permissions", *rows]) + "\n")
    free = shutil.copytree(guarded.parent, tmp_path / "free") / "cockpit.toml"
    free.write_text(free.read_text("utf-8").replace('sign_in = "header"', 'sign_in = "none"'), "utf-8")
    with served(guarded, free_port()) as signed, served(free, free_port()) as plain:
        tabs = {signed: sign_in(Served(signed, guarded, store), "boss"), plain: tab(plain)}
        spent: dict[str, list[float]] = {signed: [], plain: []}
        for wire in tabs.values():
            looks(wire)
        for _ in range(ROUNDS):
            for url, wire in tabs.items():
                before = cpu(url.rpartition(":")[2])
                looks(wire)
                spent[url].append(cpu(url.rpartition(":")[2]) - before)
    assert median(spent[signed]) < (1 + REPEATED) * median(spent[plain])
