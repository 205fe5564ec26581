"""What is drawn in words: no jargon outside folded methods; on an English page no Chinese but names."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from tests.browser import finished
from ui.menu import PAGES

JARGON = {
    "zh": r"Brier|C指数|Harrell|似然比|标准差|收缩后|向.{0,12}收缩|仅因偶然|对数|p ?=|显著性水平",
    "en": r"Brier|C index|Harrell|[Ll]ikelihood|standard deviation|[Ss]hrunken|sigma|[Bb]y chance|log-log",
}
HAN = re.compile(r"[\u4e00-\u9fff]+")
TEXTS = """() => {
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const at = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
        if (!text || at.closest("style, script, noscript")) continue;
        found.push([text, Boolean(at.closest("details, [data-testid=stExpander]"))]);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def store(bank: Path) -> Store:
    return open_store(read_config(bank, CONTRACT))


@pytest.fixture(scope="module", params=["zh", "en"])
def said(
    request: pytest.FixtureRequest, chromium: Browser, address: str, store: Store
) -> tuple[str, list[tuple[str, str, bool]]]:
    """A language and each text of every page but the glossary, at the head office, a branch and an outlet,
    with whether it is folded."""
    tree = store.tree
    way = tree.path(max(range(len(tree)), key=lambda node: len(tree.path(node))))
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    found = []
    for entry in PAGES:
        if entry.url == "glossary":  # it explains the words
            continue
        for node in (way[0], way[1], way[-1]):
            page.goto(f"{address}/{entry.url}?lang={request.param}&at={tree.ids[node]}")
            finished(page)
            where = f"{entry.url} {tree.ids[node]}"
            found += [(where, text, folded) for text, folded in page.evaluate(TEXTS)]
    page.close()
    return request.param, found


@pytest.mark.slow
def test_jargon_stands_in_the_folded_methods_alone(said: tuple[str, list[tuple[str, str, bool]]]) -> None:
    lang, texts = said
    assert len(texts) > 1_000 and any(folded for _, _, folded in texts)
    plain = {(where, text) for where, text, folded in texts if not folded}
    assert {one for one in plain if re.search(JARGON[lang], one[1])} == set()
    assert any(folded and re.search(JARGON[lang], text) for _, text, folded in texts), "the methods have it"
    word = {"zh": "模型是否可靠：", "en": "How reliable the model is:"}[lang]
    assert {where.split()[0] for where, text, _ in texts if text.startswith(word)} >= {"churn", "migration"}


@pytest.mark.slow
def test_an_english_page_has_no_chinese_but_names_of_people(
    said: tuple[str, list[tuple[str, str, bool]]], store: Store
) -> None:
    lang, texts = said
    people = set(store.managers.values())
    if lang == "en":
        odd = {one for one in texts if one[1] != "中文" and any(w not in people for w in HAN.findall(one[1]))}
        assert odd == set()
