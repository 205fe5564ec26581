"""The slides of a bank: how many, no headline twice, a conclusion that says what the overview says."""

import io
from typing import Any

import pptx as reader
import pytest

from data_access.view.store import Store
from tests.ui.conftest import Look
from tests.ui.paper.test_pptx import assert_in_order
from ui.brief.compose import report
from ui.paper.pptx import pptx
from ui.parts.finding import finding
from ui.parts.plans import plans
from ui.review.heat import heat
from ui.review.page import OVERVIEW
from ui.review.today import to_call_said


def outlets(store: Store) -> list[int]:
    """An outlet with customers, and the smallest."""
    tree, node = store.tree, 0
    while tree.children(node):
        node = max(tree.children(node), key=lambda child: tree.last[child] - child)
    return [node, len(tree) - 1]


def titles(deck: Any) -> list[str]:
    return [slide.shapes.title.text_frame.text for slide in deck.slides]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_slides_of_a_bank(lang: str, look: Look, store: Store) -> None:
    head = report(look(0, lang=lang))
    deck = reader.Presentation(io.BytesIO(pptx(head)))
    found = titles(deck)
    assert len(set(found)) == len(found)
    before = found.index(next(one.finding for one in head.sections if one.aside))
    assert 10 <= before <= 14  # a cover, a conclusion, about ten slides; the rest is the appendix
    assert_in_order(deck)
    for node in outlets(store):
        deck = reader.Presentation(io.BytesIO(pptx(report(look(node, lang=lang)))))
        assert len(deck.slides) <= 12
        assert len(set(titles(deck))) == len(deck.slides)
        assert_in_order(deck)


def test_the_conclusion_is_that_of_the_overview(look: Look, store: Store) -> None:
    for node in (0, store.tree.children(0)[2], outlets(store)[0]):
        view = look(node)
        slide = reader.Presentation(io.BytesIO(pptx(report(view)))).slides[1]
        texts = "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        red = heat(view, OVERVIEW.below)
        assert slide.shapes.title.text_frame.text == finding(view, OVERVIEW)[0]
        wanted = [red.said if red is not None else "", to_call_said(view)]
        assert [one for one in wanted if one not in texts] == []
        assert sum(shape.has_chart for shape in slide.shapes) == 2
        assert any(shape.has_table for shape in slide.shapes) == bool(plans(view))
