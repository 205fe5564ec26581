"""A bank's own words in English: as its cockpit.toml calls them, else as they were delivered."""

from pathlib import Path

import polars as pl
import pytest
import streamlit as st

from data_access.errors import CallError
from data_access.intake.config import read_config
from metrics import CONTRACT
from sample_data.english import BANK, WORDS, section
from ui.base.words import own, speak
from ui.parts.model import Cell, Column, Row, Table, on_one_line

KNOWN = {"理财": "Wealth", "养老": "old age"}


@pytest.fixture(autouse=True)
def forgotten() -> object:
    yield
    st.session_state.clear()


def test_a_word_is_said_in_english_where_it_has_a_name() -> None:
    speak("en", KNOWN)
    assert [own(word) for word in ("理财", "理财·养老", "理财·其他", "基金", "")] == [
        *("Wealth", "Wealth·old age", "Wealth·其他", "基金", "")
    ]
    speak("zh", KNOWN)
    assert own("理财") == "理财"
    speak("en")
    assert own("理财") == "理财"


def test_paper_says_it_as_the_screen_does() -> None:
    table = Table([Column("name", "Product", "name")], [Row({"name": Cell("理财")})])
    speak("en", KNOWN)
    assert on_one_line(table).rows[0].cells["name"].text == "Wealth"


def test_the_section_is_read_and_must_hold_texts(tmp_path: Path) -> None:
    file = tmp_path / "cockpit.toml"
    file.write_text(section(whole=True), encoding="utf-8")
    assert read_config(file, CONTRACT).english == BANK | WORDS
    file.write_text('[english]\n"理财" = 1\n', encoding="utf-8")
    with pytest.raises(CallError, match="english"):
        read_config(file, CONTRACT)


COLUMNS = {
    "complaints": ("category", "channel", "severity"),
    "holdings": ("product",),
    "annotations": ("text",),
    "surveys": ("product", "touchpoint", "channel"),
}


def test_the_sample_bank_has_an_english_name_for_each_of_its_words(sample_bank: Path) -> None:
    words = set[str]()
    for table, columns in COLUMNS.items():
        frame = pl.read_parquet(sample_bank / "extracts" / f"{table}.parquet")
        words |= {word for name in columns if name in frame.columns for word in frame[name].drop_nulls()}
    own_words = {word for word in words if any("\u4e00" <= sign <= "\u9fff" for sign in word)}
    assert len(own_words) > 20
    assert own_words - set(WORDS) == set()
