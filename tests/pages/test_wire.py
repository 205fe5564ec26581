"""Canaries on the wire: whatever a reader opens, no byte that reaches him tells of an institution that is
not his. Each institution's name, managers, customers, tasks and comments carry a word of its own."""

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import polars as pl
import pytest

from bench.servers import free_port, served
from bench.wire import Wire, tab
from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from sample_data.bank import write
from tests.conftest import TODAY, Shared, run_cockpit
from ui.menu import PAGES

SECRET = "0123456789abcdefghijklmnopqrstuv-ABCDEF"
CANARY = re.compile(rb"ZQ([0-9A-Za-z]+)QZ")
BY_INSTITUTION = {  # table → the column that carries the canary
    "managers": "name",
    "customers": "name",
    "annotations": "text",
    "surveys": "comment",
}
MENU = "Take along"
WAYS = ["overview", "migration"]  # pages whose files and foreign links are tried by quick readers too
PATHS = [entry.url for entry in PAGES]
FILES = ("Slides (PPTX)", "Workbook (XLSX)", "Tables of this page (CSV)", "Main points as text")


@dataclass(frozen=True)
class Served:
    url: str
    config: Path
    store: Store


def _marked(folder: Path, customers: int = 600, months: int = 6) -> None:
    """The sample bank with its canaries, two snapshots and a sign-in by header."""
    write(folder, customers=customers, months=months, outlets=20, seed=7)
    extracts = folder / "extracts"
    file = extracts / "institutions.parquet"
    word = pl.format("ZQ{}QZ", "institution_id")
    pl.read_parquet(file).with_columns(name=word, name_en=word).write_parquet(file)
    for table, column in BY_INSTITUTION.items():
        file = extracts / f"{table}.parquet"
        rows = pl.read_parquet(file).with_row_index("n")
        text = pl.format("ZQ{}xQZ {}", "institution_id", "n")
        if table == "annotations":  # what happened above one is told below it, and is meant to be
            text = pl.when(pl.col("kind") == "task").then(text).otherwise(column)
        rows.with_columns(text.alias(column)).drop("n").write_parquet(file)
    config = folder / "cockpit.toml"
    text_of = config.read_text("utf-8")
    auth = '[auth]\nsign_in = "header"\nproxy_secret = "file:secret"\n[exports]\nfiles_per_day = 1000\n'
    text_of = text_of.replace("extracts/grants.csv", "grants.csv")
    config.write_text(text_of.replace("[tables.", f"{auth}\n[tables.", 1), encoding="utf-8")
    (folder / "secret").write_text(SECRET)
    (folder / "secret").chmod(0o600)
    (folder / "grants.csv").write_text("user,institution_id,permissions\n")
    for _ in range(2):
        assert run_cockpit("build", "--config", config, "--today", TODAY).code == 0


@pytest.fixture(scope="module")
def bank(shared: Shared) -> Iterator[Served]:
    config = shared("canaries", _marked) / "cockpit.toml"
    with served(config, free_port()) as url:
        yield Served(url, config, open_store(read_config(config, CONTRACT)))


def users(store: Store) -> dict[str, list[str]]:
    """Twenty readers: single institutions of every level, and some with two or three."""
    tree = store.tree
    nodes = [node for node in range(1, len(tree)) if not tree.closed[node]]
    step = max(len(nodes) // 16, 1)
    found = {f"u{at}": [tree.ids[node]] for at, node in enumerate(nodes[::step][:16])}
    found |= {
        "v1": [tree.ids[nodes[1]], tree.ids[nodes[-1]]],
        "v2": [tree.ids[nodes[-2]], tree.ids[nodes[len(nodes) // 2]]],
        "v3": [tree.ids[nodes[at]] for at in (2, len(nodes) // 2, -3)],
        "v4": [tree.ids[tree.children(0)[0]], tree.ids[tree.children(0)[-1]]],
    }
    return found


def grant(bank: Served, rights: dict[str, list[str]], permissions: str) -> None:
    rows = [f"{user},{key},{permissions}" for user, keys in rights.items() for key in keys]
    file = bank.config.parent / "grants.csv"
    draft = file.with_suffix(".draft")
    draft.write_text("\n".join(["user,institution_id,permissions", *rows]) + "\n")
    draft.replace(file)


def foreign(bank: Served, own: list[str], content: bytes) -> set[str]:
    """The places in some bytes that tell of institutions which are not below those granted.

    The name of the institution above is none where its total is over five and more, for pages show that
    total beside the reader's own; its rows carry another word and stay foreign.
    """
    tree, few = bank.store.tree, bank.store.policy.peers_least
    seen = {tree.ids[n] for key in own for n in range(tree.node_of[key], tree.last[tree.node_of[key]] + 1)}
    above = {tree.parent[tree.node_of[key]] for key in seen} - {-1}
    named = {tree.ids[node] for node in above if len(tree.children(node)) >= few}
    return {
        content[max(found.start() - 60, 0) : found.end() + 20].decode("utf-8", "replace")
        for found in CANARY.finditer(content)
        if found[1].decode().removesuffix("x") not in seen and found[1].decode() not in named
    }


def sign_in(bank: Served, user: str) -> Wire:
    return tab(bank.url, **{"X-Proxy-Secret": SECRET, "X-Forwarded-User": user})


def unpacked(content: bytes) -> bytes:
    """A file's bytes with those of what it packs."""
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if content[:2] != b"PK":
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return b"\n".join(unpacked(packed.read(name)) for name in packed.namelist())


def taken(bank: Served, wire: Wire, user: str) -> bytes:
    """Every file of the page that is open, as it is fetched."""
    found = [wire.click("", MENU)]
    for label in FILES:
        answer = wire.click(label, MENU)
        found.append(answer)
        for token in set(re.findall(rb"files/([0-9a-f]{32})", answer)):
            headers = {"X-Proxy-Secret": SECRET, "X-Forwarded-User": user}
            file = httpx2.get(f"{bank.url}/files/{token.decode()}", headers=headers, timeout=30)
            assert file.status_code == 200
            found.append(unpacked(file.content))
            other = {**headers, "X-Forwarded-User": "somebody"}
            assert httpx2.get(f"{bank.url}/files/{token.decode()}", headers=other).status_code == 404
    return b"\n".join(found)


def check_reader(bank: Served, user: str, own: list[str], pages: list[str], ways: list[str]) -> None:
    """Every page with its lists, from every granted institution, the earlier snapshot, foreign links."""
    tree, earlier = bank.store.tree, "261031-1"
    stranger = next(
        key for key in tree.ids if foreign(bank, own, f"ZQ{key}xQZ".encode()) and key != tree.ids[0]
    )
    wire = sign_in(bank, user)
    for page in pages:
        for at in own:
            content = wire.open(page, at=at, lang="en")
            assert b"data-page-end" in content and b"ZQ" in content, (user, page)
            assert not foreign(bank, own, content), (user, page, at)
        if page not in ways:
            continue
        content = taken(bank, wire, user)
        assert not foreign(bank, own, content), (user, page, "files")
        for query in ({"at": stranger}, {"at": "nowhere"}, {"snapshot": earlier}, {"at": tree.ids[0]}):
            content = wire.open(page, lang="en", **query)
            assert not foreign(bank, own, content), (user, page, query)


def test_no_byte_of_a_foreign_institution_reaches_a_reader(bank: Served) -> None:
    rights = dict(list(users(bank.store).items())[::9])
    grant(bank, rights, "customers export")
    for user, own in rights.items():
        check_reader(bank, user, own, ["overview", "churn"], WAYS)


@pytest.mark.soak
def test_twenty_readers_every_page_every_list_every_file(bank: Served) -> None:
    rights = users(bank.store)
    assert len(rights) == 20
    grant(bank, rights, "customers export unmask")
    for user, own in rights.items():
        check_reader(bank, user, own, PATHS, PATHS)


def test_a_changed_right_holds_at_the_next_click_in_every_tab(bank: Served) -> None:
    key = bank.store.tree.ids[bank.store.tree.children(0)[0]]
    grant(bank, {"w": [key]}, "customers")
    first, second = sign_in(bank, "w"), sign_in(bank, "w")
    assert f"ZQ{key}QZ".encode() in first.open("overview", lang="en")
    assert f"ZQ{key}QZ".encode() in second.open("churn", lang="en")
    grant(bank, {}, "")
    for wire, page in ((first, "overview"), (second, "churn"), (sign_in(bank, "w"), "value")):
        content = wire.open(page, lang="en")
        assert not CANARY.search(content) and b"No institution is granted to you" in content


@pytest.mark.parametrize(
    "row",
    [
        "w,{key},customers,2020-01-01,2020-12-31",
        "w,{key},customers,2999-01-01,",
        "w,nowhere,customers,,",
        "w,{key},customers everything,,",
        ",{key},customers,,",
        "W,{key},customers,,",
        "w,{key},customers,yesterday,",
        '"w,{key},customers,,',
    ],
)
def test_a_right_that_does_not_hold_shows_nothing(row: str, bank: Served) -> None:
    key = bank.store.tree.ids[1]
    file = bank.config.parent / "grants.csv"
    file.write_text("user,institution_id,permissions,valid_from,valid_to\n" + row.format(key=key) + "\n")
    content = sign_in(bank, "w").open("overview", lang="en")
    assert not CANARY.search(content) and b"No institution is granted to you" in content


def test_a_table_of_grants_that_is_gone_shows_nothing(bank: Served) -> None:
    (bank.config.parent / "grants.csv").unlink()
    content = sign_in(bank, "w").open("overview", lang="en")
    assert not CANARY.search(content) and b"No institution is granted to you" in content
