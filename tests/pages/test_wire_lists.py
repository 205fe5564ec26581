"""Every list and the level switch on the wire; and a page that somebody else tries to come back to."""

import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bench.servers import free_port, served
from bench.wire import tab
from data_access.intake.config import read_config
from data_access.view.store import open_store
from metrics import CONTRACT, SUBJECTS
from tests.conftest import Shared
from tests.pages.test_wire import SECRET, Served, _marked, foreign, grant, sign_in
from ui.menu import PAGES

OF_FLOWS = {
    f"customers_migrated_{n}": ("migration", "migration_flow_list", {"distance": n}) for n in ("1", "3")
}
LISTS: dict[str, tuple[str, str, dict[str, str]]] = {  # list → its page, its name in the record, the link
    "contacts_today": ("overview", "today", {}),
    "deals_overdue": ("funnel", "overdue", {}),
    "deals_stalled": ("outlook", "stalled", {}),
    "deals_returning": ("pool", "returning", {}),
    "holdings_due": ("overview", "due_list", {}),
    "customers_near_edge": ("value", "near_list", {}),
    "customers_observed": ("migration", "observation_list", {}),
    "complaints_late": ("complaints", "late", {}),
    "detractors": ("satisfaction", "detractors", {}),
    **OF_FLOWS,
}
OF_TWO_YEARS: dict[
    str, tuple[str, str, dict[str, str]]
] = {  # half a year foretells nothing and has few moves
    **{f"customers_migrated_{n}": ("migration", "migration_flow_list", {"distance": n}) for n in ("6", "12")},
    **{f"churn_{kind}": ("churn", "keep", {"definition": kind}) for kind in ("closed", "silent")},
    "large_moves": ("overview", "moves", {}),
}


@pytest.fixture(scope="module")
def bank(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("canaries") / "own"  # its grants and record are of these tests alone
    config = shutil.copytree(shared("canaries", _marked), folder) / "cockpit.toml"
    with served(config, free_port()) as url:
        yield Served(url, config, open_store(read_config(config, CONTRACT)))


@pytest.fixture(scope="module")
def branch(bank: Served) -> str:
    """The branch with the most institutions below it."""
    tree = bank.store.tree
    return tree.ids[max(tree.children(0), key=lambda node: int(tree.last[node]) - node)]


def opened(folder: Path) -> list[dict[str, Any]]:
    """The lists in the record so far."""
    files = sorted((folder / ".cockpit" / "audit").glob("*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return [line for line in lines if line["act"] == "list" and line.get("rows")]


def test_every_list_is_opened_and_holds_no_foreign_row(bank: Served) -> None:
    check_lists(bank, LISTS)


@pytest.mark.slow
def test_lists_that_need_two_years(shared: Shared, tmp_path: Path) -> None:
    make = partial(_marked, customers=2_000, months=26)
    config = shutil.copytree(shared("canaries-of-two-years", make), tmp_path / "own") / "cockpit.toml"
    with served(config, free_port()) as url:
        check_lists(Served(url, config, open_store(read_config(config, CONTRACT))), OF_TWO_YEARS)


def test_every_list_is_tried() -> None:
    assert {one.name for subject in SUBJECTS for one in subject.lists} == LISTS.keys() | OF_TWO_YEARS.keys()
    assert {page for page, *_ in (LISTS | OF_TWO_YEARS).values()} <= {entry.url for entry in PAGES}


def check_lists(bank: Served, lists: dict[str, tuple[str, str, dict[str, str]]]) -> None:
    """By a reader of all branches but one. A list that is not registered above, or not opened, fails."""
    tree = bank.store.tree
    own = [tree.ids[node] for node in tree.children(0) if tree.children(node)][1:]
    tops = [tree.node_of[key] for key in own]
    outlets = [tree.ids[n] for top in tops for n in range(top, int(tree.last[top]) + 1) if tree.last[n] == n]
    grant(bank, {"lists": own}, "customers")
    wire, missing = sign_in(bank, "lists"), []
    for name, (page, what, query) in lists.items():
        for at in outlets:
            before = len(opened(bank.config.parent))
            content = wire.open(page, at=at, lang="en", **query)
            assert b"data-page-end" in content
            assert not foreign(bank, own, content), (name, at)
            if any(line["what"] == what for line in opened(bank.config.parent)[before:]):
                break
        else:
            missing.append(name)
    assert not missing


def test_the_level_switch_shows_the_branch_alone(bank: Served, branch: str) -> None:
    grant(bank, {"levels": [branch]}, "customers")
    wire, levels = sign_in(bank, "levels"), bank.store.policy.levels
    for level in levels:
        content = wire.open("overview", at=branch, rows=f"level:{level.key}", lang="en")
        assert b"data-page-end" in content and f"ZQ{branch}QZ".encode() in content
        assert not foreign(bank, [branch], content), level.key


def test_a_search_finds_the_readers_own_alone(bank: Served, branch: str) -> None:
    """By a word of every name, and by names of others."""
    grant(bank, {"searches": [branch]}, "customers")
    wire, tree = sign_in(bank, "searches"), bank.store.tree
    own = range(tree.node_of[branch], tree.last[tree.node_of[branch]] + 1)
    others = [tree.ids[node] for node in range(len(tree)) if node not in own]
    for text in ("ZQ", *(f"ZQ{key}QZ" for key in others[:5])):
        wire.open("overview", at=branch, lang="en")
        content = wire.write("Search by name or id", text)
        found = {tree.node_of[key.decode()] for key in re.findall(rb"-hit_([0-9]+)", content)}
        assert found <= set(own), text
        assert bool(found) == (text == "ZQ"), text
        assert not foreign(bank, [branch], content), text


def test_a_page_is_resumed_by_its_own_user_alone(bank: Served) -> None:
    """Its id is no key: who comes with another's gets a page of his own."""
    tree = bank.store.tree
    one, other = (tree.ids[node] for node in tree.children(0)[:2])
    grant(bank, {"one": [one], "other": [other]}, "customers")
    for is_open in (True, False):
        first = sign_in(bank, "one")
        first.open("overview", lang="en")
        assert first.session
        if not is_open:
            first.socket.close()
        headers = {"X-Proxy-Secret": SECRET, "X-Forwarded-User": "other"}
        second = tab(bank.url, session=first.session, **headers)
        content = second.open("overview", lang="en")
        assert second.session and second.session != first.session
        assert f"ZQ{other}QZ".encode() in content and not foreign(bank, [other], content)
        if not is_open:
            again = tab(bank.url, session=first.session, **{**headers, "X-Forwarded-User": "one"})
            again.open("overview", lang="en")
            assert again.session == first.session, "his own he finds again"
