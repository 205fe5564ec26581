"""No file without the permission, each within limits, marked and recorded."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pptx as slides
import pytest

from data_access.access import audit
from data_access.access.settings import Exports
from data_access.errors import CockpitError, DataError
from data_access.view.grants import ADMIN, CUSTOMERS, EXPORT, UNMASK, grant_of
from data_access.view.store import Store
from tests.pages import leaving
from tests.pages.leaving import FORMS, TABLE, Sign, at_node, full, identities
from ui.base import snapshot
from ui.base.reader import Reader
from ui.frame import exports
from ui.frame.exports import exported
from ui.menu import PAGES

config, store, known = leaving.config, leaving.store, leaving.known  # the fixtures
own_bank, outlet, signed_in = leaving.own_bank, leaving.outlet, leaving.signed_in


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
