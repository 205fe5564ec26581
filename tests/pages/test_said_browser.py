"""What is drawn in words: no jargon outside folded methods; on an English page no Chinese but names."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from tests.browser import finished
from tests.pages.test_apptest import levels
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


def said(browser: Browser, address: str, store: Store, lang: str) -> Iterator[tuple[str, str, bool]]:
    """Each text of every page but the glossary at an institution of each level, and whether it is folded."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    for entry in PAGES:
        if entry.url == "glossary":  # it explains the words
            continue
        for at in levels(store):
            page.goto(f"{address}/{entry.url}?lang={lang}&at={at}")
            finished(page)
            for text, folded in page.evaluate(TEXTS):
                yield f"{entry.url} {at}", text, folded
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_jargon_stands_in_the_folded_methods_alone(
    lang: str, address: str, store: Store, chromium: Browser
) -> None:
    texts = list(said(chromium, address, store, lang))
    assert len(texts) > 1_000 and any(folded for _, _, folded in texts)
    assert {
        (where, text) for where, text, folded in texts if not folded and re.search(JARGON[lang], text)
    } == set()
    word = {"zh": "模型是否可靠：", "en": "How reliable the model is:"}[lang]
    told = {where.split()[0] for where, text, folded in texts if text.startswith(word)}
    assert told >= {"churn", "migration"}


@pytest.mark.slow
def test_an_english_page_has_no_chinese_but_names_of_people(
    address: str, store: Store, chromium: Browser
) -> None:
    people = set(store.managers.values())
    left = {
        (where, text)
        for where, text, _ in said(chromium, address, store, "en")
        if text != "中文" and any(word not in people for word in HAN.findall(text))
    }
    assert left == set()
