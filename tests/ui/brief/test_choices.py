"""Files follow the page: what a reader chooses there, its section of a file is made under too."""

from dataclasses import replace
from typing import Any

import pytest

from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from tests.conftest import Shared, build_sample
from tests.ui.conftest import Look
from ui.funnel.stages import stage_rows
from ui.menu import PAGES
from ui.parts.contents import Choice, Page


def default_of(choice: Choice) -> str:
    """The value of who has not chosen, where the bank delivers all kinds."""
    declared = choice.parameter.default if choice.parameter else choice.offered[0]
    return declared if choice.default is None else choice.default


CHOICES = [
    pytest.param(page, choice, value, id=f"{page.url}-{choice.name}-{value}")
    for page in PAGES
    if page.report
    for choice in page.choices
    for value in choice.offered
    if value != default_of(choice)
]
SAME = {("cells", "customers")}  # a share has no sum: files tell the customers behind it anyway


@pytest.fixture(scope="module")
def larger(shared: Shared) -> Store:
    """The bank of the page tests: large enough that churn is foretold."""
    size = {"customers": 4_000, "months": 26, "outlets": 60}
    folder = shared("pages", lambda folder: build_sample(folder, **size))
    return open_store(read_config(folder / "cockpit.toml", CONTRACT))


def sections(look: Look, page: Page, store: Store | None = None, **settings: str) -> list[Any]:
    view = look(0, settings=settings)
    view = view if store is None else view.within(replace(view.scope, store=store))
    return [build(view, page) for build in page.report]


@pytest.mark.parametrize(("page", "choice", "value"), CHOICES)
def test_a_section_is_made_under_each_choice(
    page: Page, choice: Choice, value: str, look: Look, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue("larger") if page.url == "churn" else None
    usual, under = sections(look, page, store), sections(look, page, store, **{choice.key: value})
    assert (usual == under) == ((choice.name, value) in SAME)


def test_open_deals_on_the_page_are_open_deals_in_the_file(look: Look) -> None:
    """With the question of the snapshot the page's table has open deals, and so has the file's."""
    [funnel] = [page for page in PAGES if page.url == "funnel"]
    rule = next(choice for choice in funnel.choices if choice.name == "rule")
    for value in rule.offered:
        [section] = sections(look, funnel, **{rule.key: value})
        drawn = stage_rows(look(0, settings={rule.key: value}))
        kept = [column.key for column in drawn.columns if column.kind != "spark"]
        assert [column.key for column in section.tables[0].columns] == kept
        assert section.tables[0].rows == drawn.rows
    assert "open_count" in kept and "conversion" not in kept  # of the last one, the snapshot


def test_a_flow_that_was_chosen_is_in_the_file(look: Look, store: Store) -> None:
    [migration] = [page for page in PAGES if page.url == "migration"]
    tiers = [tier.key for tier in store.policy.tiers]
    [usual] = sections(look, migration)
    [under] = sections(look, migration, from_tier=tiers[0], to_tier=tiers[1])
    assert len(under.tables) == len(usual.tables) + 1


def test_every_choice_but_of_one_page_alone_is_a_parameter_of_its_metric() -> None:
    for page in PAGES:
        for choice in page.choices:
            assert (choice.parameter is not None) == bool(choice.of), choice
