"""The order of the slides: a cover, a conclusion, a slide a page, an appendix; no headline twice."""

from dataclasses import replace

import pytest
import streamlit as st

from tests.ui.paper.example import example, renamed
from tests.ui.paper.test_pptx import assert_in_order, opened, said, texts
from ui.base.words import t
from ui.paper.headline import cards_said, chart_said, table_said
from ui.paper.model import Chart, Conclusion, Report
from ui.parts.model import Change, Verdict


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request: pytest.FixtureRequest) -> str:
    st.session_state["lang"] = request.param
    return str(request.param)


def concluded(report: Report) -> Report:
    """With a conclusion of three sentences, two pictures and plans."""
    charts = tuple(report.sections[1].charts)
    plans = report.sections[0].tables[0]
    return replace(report, conclusion=Conclusion(("First.", "Second.", "Third."), charts, plans))


def headlines(report: Report) -> list[str]:
    return [slide.shapes.title.text_frame.text for slide in opened(report).slides]


def test_the_cover_says_whose_and_of_when(language: str) -> None:
    report = example(language)
    cover = texts(opened(report).slides[0])
    facts = (report.institution, report.period, report.bank, report.as_of, report.snapshot, report.level)
    assert [fact for fact in (*facts, *report.marks, *report.filters) if fact not in cover] == []


def test_the_conclusion_has_its_sentences_pictures_and_plans(language: str) -> None:
    report = concluded(example(language))
    slide = opened(report).slides[1]
    assert slide.shapes.title.text_frame.text == "First."
    assert "Second.\nThird." in texts(slide)
    assert sum(shape.has_chart for shape in slide.shapes) == 2
    assert sum(shape.has_table for shape in slide.shapes) == 1


@pytest.mark.parametrize("name", ["", "A name", "="])
def test_no_headline_stands_twice(language: str, name: str) -> None:
    report = example(language, 60)
    report = replace(report, sections=(*report.sections, *report.sections))
    found = headlines(concluded(renamed(report, name) if name else report))
    assert len(found) > 10 and len(set(found)) == len(found)


def test_lists_to_call_open_the_appendix(language: str) -> None:
    report = example(language)
    calls = replace(report.sections[2], heading="Calls", finding="Whom to call.", aside=True)
    found = headlines(replace(report, sections=(calls, *report.sections[:2])))
    assert found.index("Whom to call.") > max(found.index(one.finding) for one in report.sections[:2])
    assert found.index("Whom to call.") < found.index(
        t("All key figures with their changes, plans and places")
    )


@pytest.mark.parametrize("lowest", [True, False])
def test_an_institution_without_any_below_has_twelve_slides_at_most(language: str, lowest: bool) -> None:
    report = example(language, 60)
    calls = replace(report.sections[2], heading="Calls", finding="Whom to call.", aside=True)
    deck = opened(replace(report, sections=(calls, *report.sections * 3), lowest=lowest))
    assert (len(deck.slides) <= 12) is lowest
    assert (t("Further tables stand in the workbook") in texts(deck.slides[0])) is lowest
    assert [one for one in (*report.sections, calls) if one.finding not in said(deck)] == []


@pytest.mark.parametrize("rows", [3, 13, 60])
def test_nothing_overlaps_on_the_conclusion(language: str, rows: int) -> None:
    report = concluded(example(language, rows))
    charts, plans = tuple(report.sections[1].charts), report.sections[0].tables[0]
    long = Conclusion(tuple("一" * 300 for _ in range(3)), charts, plans)
    for one in (report, replace(report, conclusion=long)):
        assert_in_order(opened(one))


def test_a_chart_stands_beside_its_table(language: str) -> None:
    report = example(language)
    slide = next(
        slide
        for slide in opened(report).slides
        if slide.shapes.title.text_frame.text == report.sections[0].finding
    )
    chart = next(shape for shape in slide.shapes if shape.has_chart)
    table = next(shape for shape in slide.shapes if shape.has_table)
    assert chart.left + chart.width <= table.left and abs(chart.top - table.top) < 914_400


def test_headlines_say_what_their_slide_shows(language: str) -> None:
    report = example(language)
    table, waterfall = report.sections[0].tables[0], report.sections[1].charts[0]
    best = max(
        (row for row in table.rows if row.role == "child"), key=lambda row: row.cells["aum"].value or 0
    )
    assert best.cells["name"].text in table_said(table) and best.cells["aum"].text in table_said(table)
    assert table_said(replace(table, rows=table.rows[-1:])) == ""
    assert "12.0" in chart_said(waterfall) and "-9.0" in chart_said(waterfall)
    assert "-31.4" in chart_said(waterfall)  # the largest step
    assert chart_said(Chart("line", "A", "", ("a",), (("x", (1.0,)),))) == ""
    cards = report.sections[0].cards
    assert cards[0].label not in cards_said("A", cards)
    worse = replace(cards[0], changes=(Change("", "-1", -1, Verdict.WORSE),))
    assert worse.label in cards_said("A", [worse, *cards[1:]])
