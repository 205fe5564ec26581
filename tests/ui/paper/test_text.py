"""The lines for a work chat: twelve at most, whole numbers, nothing that a chat would format."""

from dataclasses import replace

import pytest
import streamlit as st

from tests.ui.paper.example import LONG, card, example, renamed
from ui.base.words import t
from ui.paper.text import COLUMNS, plain, text, width
from ui.parts.model import Plan, verdict_word


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request: pytest.FixtureRequest) -> str:
    st.session_state["lang"] = request.param
    return str(request.param)


def test_order_of_the_lines(language: str) -> None:
    report = example(language)
    lines = text(report).split("\n")
    assert lines[0].startswith(f"{report.institution} · {report.period} · ")
    assert report.as_of in lines[0]
    assert all(mark in lines[0] for mark in report.marks)
    assert tuple(lines[1:3]) == report.finding
    first = report.sections[0].cards[0]
    assert lines[3].startswith(f"{first.label} {first.text} {first.unit}")
    assert all(
        part in lines[3]
        for part in (first.changes[0].text, verdict_word(first.changes[0].verdict), first.notes[0])
    )
    assert report.comparison in lines[-1]
    assert report.snapshot in lines[-1]
    assert all(one in lines[-1] for one in report.filters)


def test_words_in_place_of_numbers_come_last(language: str) -> None:
    lines = text(example(language)).split("\n")
    assert lines[-2] == " ".join(
        [example(language).sections[0].cards[3].label, example(language).sections[0].cards[3].shown]
    )


@pytest.mark.parametrize("cards", [0, 5, 40])
@pytest.mark.parametrize("findings", [0, 3, 30])
@pytest.mark.parametrize("marks", [0, 1, 20])
def test_never_more_than_twelve_lines(language: str, cards: int, findings: int, marks: int) -> None:
    report = example(language)
    zh = language == "zh"
    many = tuple(card(zh, (f"指标{i}", f"Figure {i}"), f"{i}.5", ("亿元", "B"), i) for i in range(cards))
    sections = (replace(report.sections[0], cards=many),)
    report = replace(report, sections=sections, finding=("一句",) * findings, marks=("提示",) * marks)
    lines = text(report).split("\n")
    assert len(lines) == min(12, 2 + cards + findings + (marks == 20))
    assert report.snapshot in lines[-1]


def test_a_line_is_left_out_rather_than_cut(language: str) -> None:
    report = example(language)
    figures = [one for section in report.sections for one in section.cards]
    long = replace(figures[0], label=LONG * 2)
    sections = (replace(report.sections[0], cards=(long, *figures[1:])),)
    lines = text(replace(report, sections=sections)).split("\n")
    assert not [line for line in lines if LONG in line]
    assert all(width(line) <= COLUMNS for line in lines[3:-1])
    # Notes go before the number does.
    wordy = replace(figures[0], plan=Plan("说明" * 40), place=None, note="短")
    shown = text(replace(report, sections=(replace(report.sections[0], cards=(wordy,)),))).split("\n")[3]
    assert shown.endswith("短")
    assert figures[0].text in shown


def test_names_bring_no_line_breaks_and_no_tabs(language: str) -> None:
    lines = text(renamed(example(language), "甲\n乙\t丙\r\x07")).split("\n")
    assert len(lines) <= 12
    assert not [c for line in lines for c in line if ord(c) < 32]
    assert plain("\ud800a\u2028b\ufffe") == "a b"


def test_a_report_without_anything() -> None:
    empty = replace(example(), sections=(), finding=(), marks=(), filters=(), comparison="")
    assert len(text(empty).split("\n")) == 2
    assert text(empty).split("\n")[1] == t("Snapshot {id}", id=empty.snapshot)
