"""The tables as CSV, read back: numbers stay numbers, texts stay texts, whatever a bank's names hold."""

import csv
import io
import unicodedata
import zipfile
from dataclasses import replace

import pytest
import streamlit as st

from tests.ui.paper.example import example, renamed
from tests.ui.paper.test_xlsx import PAYLOADS
from ui.base.formats import grouped
from ui.paper.csv_files import KEEPS_TEXT, csv_zip, safe
from ui.paper.model import Section
from ui.parts.model import Cell, Column, Row, Table

ACTIVE = set("=+-@\t\r|%＝＋－＠｜％")


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request: pytest.FixtureRequest) -> str:
    st.session_state["lang"] = request.param
    return str(request.param)


def read(made: bytes) -> dict[str, list[list[str]]]:
    archive = zipfile.ZipFile(io.BytesIO(made))
    found = {}
    for name in archive.namelist():
        content = archive.read(name)
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.count(b"\n") == content.count(b"\r\n") > 0
        found[name] = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    return found


def is_number(text: str) -> bool:
    try:
        float(text.rstrip("%").replace(",", ""))
    except ValueError:
        return False
    return True


def is_active(text: str) -> bool:
    """Whether a spreadsheet may reckon with it: by its first sign that is seen, numbers aside."""
    seen = text.lstrip("".join(c for c in text if unicodedata.category(c) in ("Zs", "Cf", "Cc")))
    return bool(seen) and (seen[0] in ACTIVE or text[0] in ACTIVE) and not is_number(text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_becomes_a_formula(payload: str, language: str) -> None:
    report = renamed(example(language), payload)
    report = replace(report, taken=f"Taken along by {payload}")
    for name, rows in read(csv_zip(report)).items():
        assert not {"/", "\\", "\n", ":"} & set(name) and not is_active(name)
        for row in rows:
            assert not [cell for cell in row if is_active(cell) or {"\n", "\r", "\t", "\x00"} & set(cell)], (
                row
            )
    assert not is_active(safe(payload))


def test_the_lint_sees_an_unguarded_formula() -> None:
    assert [is_active(one) for one in ("=1+1", " =1", "\xa0@x", "＝1", "-5.0", "-5%", "'=1", "甲")] == [
        *(True, True, True, True),
        *(False, False, False, False),
    ]


def one(table: Table, language: str) -> list[list[str]]:
    report = replace(example(language), sections=(Section("x", "", tables=[table]),), taken="Taken along")
    *_, rows = read(csv_zip(report)).values()
    assert rows[0] == ["Taken along"]
    return rows[1:]


def test_cells_are_what_an_analyst_wants(language: str) -> None:
    heads = [
        Column("name", "Name", kind="name"),
        Column("money", "AUM", unit="万元", noun="money"),
        Column("change", "Change", unit="万元", kind="change"),
        Column("rate", "Rate", unit="%", noun="rate"),
        Column("day", "Due", kind="text"),
        Column("code", "Code", kind="text"),
        Column("spark", "12 months", kind="spark"),
    ]
    cells = {
        "name": Cell("=甲"),
        "money": Cell("1.0", -123_456_789),
        "change": Cell(grouped(-1025.4, 1, signed=True), -1),
        "rate": Cell("8.2%", 0.0823456),
        "day": Cell("2026-10-31"),
        "code": Cell("00123"),
        "spark": Cell(spark=(1.0, 2.0)),
    }
    few = {"name": Cell("乙"), "money": Cell("<5"), "rate": Cell("样本不足")}
    table = Table(
        heads, [Row(cells, id="001101"), Row(few, role="own"), Row({"name": Cell("Σ")}, "total")], "T"
    )
    head, *rows = one(table, language)
    assert head[1:] == [
        "Name",
        f"AUM ({example(language).currency})",
        "Change (万元)",
        f"Rate ({'比例' if language == 'zh' else 'share'})",
        "Due",
        "Code",
    ]
    unit = example(language).minor_units
    assert rows[0] == [
        f"001101{KEEPS_TEXT}",
        "'=甲",
        str(-123_456_789 / unit).removesuffix(".0"),
        "-1025.4",
        "0.0823456",
        "2026-10-31",
        f"00123{KEEPS_TEXT}",
    ]
    assert rows[1] == ["", "乙", "<5", "", "样本不足", "", ""] and rows[2][1] == "Σ"
    assert rows[0][0].strip() == "001101"


@pytest.mark.parametrize("value", [1e-9, 1e22, -0.1, 12345678901234567, 3.0])
def test_no_number_has_a_power_of_ten(value: float, language: str) -> None:
    table = Table([Column("n", "N", noun="count")], [Row({"n": Cell("x", value)})], "T")
    [_, [said]] = one(table, language)
    assert "e" not in said.lower() and type(value)(said) == value


def test_the_first_file_says_what_the_others_hold(language: str) -> None:
    found = read(csv_zip(replace(example(language), taken="Taken along by li")))
    first, *others = found
    assert first.startswith("00_") and len(others) == sum(len(s.tables) for s in example(language).sections)
    assert all(rows[0] == ["Taken along by li"] for rows in found.values())
    told = {cell for row in found[first] for cell in row}
    assert {example(language).snapshot, example(language).period} <= told
