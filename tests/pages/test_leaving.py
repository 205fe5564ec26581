"""What leaves the screen: no identity without the permission, no file without it, each act recorded."""

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pptx as slides
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.access import audit
from data_access.access.settings import Exports
from data_access.errors import CockpitError, DataError
from data_access.intake.config import Config, read_config
from data_access.tree import Tree
from data_access.view.grants import ADMIN, CUSTOMERS, EXPORT, UNMASK, grant_of
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from tests.pages.test_apptest import ended, run
from ui.base import reader, snapshot, trail
from ui.base.reader import Reader
from ui.frame import exports, look
from ui.frame.exports import exported
from ui.frame.look import Look
from ui.menu import PAGES
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

        for module in (reader, look, trail):
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


def test_the_scan_sees_what_it_looks_for(known: pl.DataFrame) -> None:
    row = known.row(0, named=True)
    for value in (row["name"], row["phone"], row["customer_id"]):
        assert identities(f'{{"text": "客户 {value}"}}'.encode(), known) == {value}
        assert identities(json.dumps({"text": value}).encode(), known) == {value}


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.url)
def test_no_page_sends_an_identity(
    entry: Any,
    own_bank: Path,
    store: Store,
    known: pl.DataFrame,
    outlet: int,
    signed_in: Sign,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    signed_in("li", [0], CUSTOMERS, EXPORT, ADMIN)
    at = run(own_bank, entry.script, monkeypatch, at=store.tree.ids[outlet], lang="zh")
    assert ended(at) and not at.exception and not at.error
    assert not at.toggle  # there is nothing to unmask
    assert len(sent(at)) > 5_000 and identities(sent(at), known) == set()
    assert identities(caplog.text.encode(), known) == set()
    page = audit.search(snapshot.live().config, user="li", act="page")[-1]
    assert (page["page"], page["institution"]) == (entry.url, store.tree.ids[outlet])


def listed_page(store: Store, outlet: int) -> tuple[str, str]:
    """A page with a list of several customers there."""
    rows = pl.read_parquet(store.file("lists", "customers_near_edge.parquet")).filter(
        pl.col("node") == outlet
    )
    assert rows.height > 0
    return "pages/customers/value.py", "customers_near_edge"


def test_names_are_shown_by_switch_and_recorded(
    own_bank: Path,
    store: Store,
    known: pl.DataFrame,
    outlet: int,
    signed_in: Sign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, listed = listed_page(store, outlet)
    signed_in("wang", [0], CUSTOMERS, UNMASK)
    at = run(own_bank, page, monkeypatch, at=store.tree.ids[outlet], lang="zh")
    assert identities(sent(at), known) == set()  # off at first
    config = snapshot.live().config
    assert audit.search(config, user="wang", act="unmask") == []
    at.toggle[0].set_value(True).run()
    on_list = pl.read_parquet(store.file("lists", f"{listed}.parquet")).filter(pl.col("node") == outlet)
    here = known.filter(pl.col("customer_no").is_in(on_list["customer_no"].to_list()))
    assert here.height and identities(sent(at), known) == {*here["name"], *here["customer_id"]}
    [entry] = audit.search(config, user="wang", act="unmask")
    assert entry["rows"] == on_list.height and entry["institution"] == store.tree.ids[outlet]
    at.run()
    assert len(audit.search(config, user="wang", act="unmask")) == 1  # a rerun is no new act
    whole = b"".join(path.read_bytes() for path in audit.files(config))
    assert identities(whole, known) == set()
    at.toggle[0].set_value(False).run()
    assert identities(sent(at), known) == set()
    at.toggle[0].set_value(True).run()
    assert len(audit.search(config, user="wang", act="unmask")) == 2


def test_names_are_shown_where_they_are_granted_alone(
    own_bank: Path, store: Store, outlet: int, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = next(node for node in store.tree.children(0) if not node <= outlet <= store.tree.last[node])
    page, _ = listed_page(store, outlet)

    def two(tree: Tree) -> Reader:
        wide = dict(grant_of(tree, [0], frozenset({CUSTOMERS})).rights)
        narrow = dict(grant_of(tree, [elsewhere], frozenset({UNMASK})).rights)
        grant = replace(
            grant_of(tree, [0], frozenset()), rights=tuple((wide | {UNMASK: narrow[UNMASK]}).items())
        )
        return Reader("zhao", grant)

    signed_in("zhao", [0])
    for module in (reader, look, trail):
        monkeypatch.setattr(module, "reader", two)
    at = run(own_bank, page, monkeypatch, at=store.tree.ids[outlet], lang="zh")
    assert not at.toggle and ended(at)
    view = at_node(store, two(store.tree), 0, PAGES[0]).view()
    rows = view.list("customers_near_edge").head(200)
    found = view.names(rows)
    granted = rows.filter(pl.col("node").is_between(elsewhere, store.tree.last[elsewhere]))
    assert set(found) == set(granted["customer_no"]) and 0 < granted.height < rows.height
    with pytest.raises(CockpitError, match="200 rows at most"):
        view.names(pl.concat([rows] * 9).head(201))
    with pytest.raises(CockpitError, match="names and ids"):
        at_node(
            store, Reader("x", grant_of(store.tree, [0], frozenset({CUSTOMERS}))), 0, PAGES[0]
        ).view().names(rows)


def test_without_a_record_no_name(
    own_bank: Path,
    store: Store,
    known: pl.DataFrame,
    outlet: int,
    signed_in: Sign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed_in("sun", [0], CUSTOMERS, UNMASK)
    monkeypatch.setattr(audit, "_append", full)
    at = run(own_bank, listed_page(store, outlet)[0], monkeypatch, at=store.tree.ids[outlet], lang="en")
    assert ended(at) and not at.error  # the page is there, and says so
    assert "could not be written into the audit record" in at.caption[-1].value
    at.toggle[0].set_value(True).run()
    assert identities(sent(at), known) == set()
    assert "audit record cannot be written" in at.error[0].value
    monkeypatch.undo()


def full(*_: Any, **__: Any) -> None:
    raise OSError("no space left on the device")


# ------------------------------------------------------------------ exports


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


@pytest.mark.parametrize("form", FORMS)
def test_no_form_is_made_without_the_permission(
    form: str, store: Store, outlet: int, signed_in: Sign
) -> None:
    who = signed_in(f"qian_{form}", [0], CUSTOMERS, UNMASK, ADMIN)
    with pytest.raises(CockpitError, match="does not include files"):
        exported(at_node(store, who, outlet, PAGES[0]), form, [TABLE])
    [entry] = audit.search(snapshot.live().config, user=f"qian_{form}")
    assert (entry["act"], entry["what"]) == ("refused", form)


def told(form: str, content: bytes) -> str:
    """What the first page of a file says."""
    if form == "text":
        return content.decode()
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        return "\n".join(str(cell.value) for row in sheet.iter_rows(max_row=6) for cell in row)
    if form == "pptx":
        first = slides.Presentation(io.BytesIO(content)).slides[0]
        return "\n".join(shape.text_frame.text for shape in first.shapes if shape.has_text_frame)
    archive = zipfile.ZipFile(io.BytesIO(content))
    return "\n".join(archive.read(name).decode("utf-8-sig").splitlines()[0] for name in archive.namelist())


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_who_took_it_and_is_recorded(
    form: str, store: Store, outlet: int, known: pl.DataFrame, signed_in: Sign
) -> None:
    user = f"zhou_{form}"
    who = signed_in(user, [0], EXPORT, by="admin")
    content = exported(at_node(store, who, outlet, PAGES[0]), form, [TABLE])
    said = told(form, content)
    for word in (user, "admin", store.tree.ids[outlet], store.id, "客户信息已脱敏"):
        assert word in said, word
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d", said)
    [entry] = audit.search(snapshot.live().config, user=user)
    assert (entry["act"], entry["form"], entry["bytes"]) == ("export", form, len(content))
    assert (entry["by"], entry["customers"], entry["institution"]) == (
        "admin",
        "masked",
        store.tree.ids[outlet],
    )
    assert entry["rows"] == 1 if form == "csv" else entry["rows"] > 10
    parts = [content]
    if form != "text":
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = [archive.read(name) for name in archive.namelist()]
    assert identities(b"\n".join(parts), known) == set()
    named = told("csv", exported(at_node(store, who, outlet, PAGES[0]), "csv", [TABLE], names=True))
    assert "未脱敏" in named


def test_an_export_of_a_part_is_not_one_of_the_whole(store: Store, signed_in: Sign) -> None:
    branch = store.tree.children(0)[0]
    who = signed_in("wu", [branch], EXPORT)
    assert exported(at_node(store, who, branch, PAGES[0]), "text")
    wide = grant_of(store.tree, [0], frozenset())
    half = replace(wide, rights=(*wide.rights, (EXPORT, who.grant.of(EXPORT))))
    with pytest.raises(CockpitError, match="does not include files"):
        exported(at_node(store, Reader("wu", half), 0, PAGES[0]), "text")


def test_limits_of_rows_and_of_files_a_day(
    store: Store, outlet: int, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = signed_in("zheng", [0], EXPORT)
    here = at_node(store, who, outlet, PAGES[0])
    config = snapshot.live().config
    monkeypatch.setattr(snapshot.live(), "config", replace(config, exports=Exports(rows_per_file=2)))
    three = replace(TABLE, rows=[*TABLE.rows] * 3)
    with pytest.raises(CockpitError, match="would hold 3 rows, and no more than 2"):
        exported(here, "csv", [three])
    monkeypatch.setattr(snapshot.live(), "config", replace(config, exports=Exports(files_per_day=2)))
    for _ in range(2):
        assert exported(here, "csv", [TABLE])
    assert exported(here, "text")  # a text is no file
    monkeypatch.setattr(exports, "csv_zip", full)  # and nothing is made
    with pytest.raises(CockpitError, match="taken along 2 files today, and no more than 2"):
        exported(here, "csv", [TABLE])
    acts = [(entry["act"], entry.get("form")) for entry in audit.search(config, user="zheng")]
    assert acts.count(("export", "csv")) == 2 and acts.count(("refused", None)) == 2


def test_without_a_record_no_file(store: Store, signed_in: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    here = at_node(store, signed_in("feng", [0], EXPORT), 0, PAGES[0])
    monkeypatch.setattr(audit, "_append", full)
    for form in ("text", "csv"):
        with pytest.raises(DataError, match="audit record cannot be written"):
            exported(here, form, [TABLE])


def test_nothing_goes_over_streamlits_own_way() -> None:
    root = Path(__file__).parents[2]
    code = "\n".join(
        file.read_text("utf-8") for room in ("ui", "pages") for file in (root / room).rglob("*.py")
    )
    for word in ("download_button", "image", "audio", "video", "dataframe", "data_editor", "pdf"):
        assert f"st.{word}(" not in code, word
