"""Banks, readers and scans that the tests of what leaves the screen share."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.intake.config import Config, read_config
from data_access.tree import Tree
from data_access.view.grants import grant_of
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from ui.base import reader, snapshot, trail
from ui.base.reader import Reader
from ui.frame.look import Look
from ui.parts.model import Cell, Column, Row, Table

TABLE = Table([Column("name", "=Name", kind="name")], [Row({"name": Cell("甲")})], "T")
FORMS = ("text", "pptx", "xlsx", "csv")
Sign = Callable[..., Reader]


@pytest.fixture(scope="module")
def own_bank(two_years_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bank of two years with an audit record of its own."""
    folder = tmp_path_factory.mktemp("leaving") / "bank"
    left = shutil.ignore_patterns("audit", "pseudonym.key", "used_by")
    return Path(shutil.copytree(two_years_bank.parent, folder, ignore=left)) / "cockpit.toml"


@pytest.fixture(scope="module")
def config(own_bank: Path) -> Config:
    return read_config(own_bank, CONTRACT)


@pytest.fixture(scope="module")
def store(config: Config) -> Store:
    return open_store(config)


@pytest.fixture(scope="module")
def known(store: Store) -> pl.DataFrame:
    """Customers as the bank writes them, whose names are nobody else's."""
    frame = pl.read_parquet(store.file("tables", "customers.parquet"))
    staff = {*store.managers.values(), *pl.read_parquet(store.file("tables", "annotations.parquet"))["owner"]}
    alone = ~pl.col("name").is_in(list(staff - {None})) & (pl.col("name").str.len_chars() > 2)
    return frame.filter(alone).select("customer_no", "customer_id", "name", "phone")


@pytest.fixture(scope="module")
def outlet(store: Store) -> int:
    """The outlet with most rows on lists."""
    lists = [pl.read_parquet(path, columns=["node"]) for path in store.file("lists").glob("*.parquet")]
    leaves = [node for node in range(len(store.tree)) if store.tree.last[node] == node]
    counts = pl.concat(lists).filter(pl.col("node").is_in(leaves))["node"].value_counts(sort=True)
    return int(counts["node"][0])


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch, own_bank: Path) -> Iterator[Sign]:
    """Everything is read by this user with these permissions at these nodes."""
    monkeypatch.setenv("COCKPIT_CONFIG", str(own_bank))
    st.cache_resource.clear()

    def sign(user: str, nodes: list[int], *permissions: str, by: str | None = None) -> Reader:
        def found(tree: Tree) -> Reader:
            return Reader(user, grant_of(tree, nodes, frozenset(permissions)), by)

        for module in (reader, trail):
            monkeypatch.setattr(module, "reader", found)
        return found(snapshot.live().store().tree)

    yield sign
    st.cache_resource.clear()


def sent(at: AppTest) -> bytes:
    """All that a page sends."""
    return b"\n".join(element.proto.SerializeToString() for element in _all(at._tree))


def _all(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if hasattr(getattr(child, "proto", None), "SerializeToString"):
            yield child
        if hasattr(child, "children"):
            yield from _all(child)


def identities(content: bytes, known: pl.DataFrame) -> set[str]:
    """The names, telephones and ids of customers that occur in what was sent or written."""
    text = content.decode("utf-8", "replace")
    words = set(re.findall(r"\d{10,11}", text))
    names = {name for name in known["name"] if name in text or json.dumps(name)[1:-1] in text}
    return names | (words & {*known["phone"], *known["customer_id"]})


def full(*_: Any, **__: Any) -> None:
    raise OSError("no space left on the device")


def at_node(store: Store, who: Reader, node: int, page: Any) -> Look:
    values = {
        "at": store.tree.ids[node],
        "period": "2026-10",
        "compare": "year_start",
        "also": "none",
        "rows": "children",
        "without": "none",
        "snapshot": "live",
        "lang": "zh",
        **{choice.name: choice.usual(store) or "all" for choice in page.choices},
    }
    st.session_state["lang"] = "zh"
    return Look(store, who, page, values)
