"""What a look costs, in what it is made of: the shapes hold on every machine, milliseconds do not."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from bench.looks import Looks
from data_access.view import view
from tests.pages.reading import pages
from ui.menu import PAGES
from ui.server import ahead


@pytest.fixture(scope="module")
def looks(bank: Path) -> Iterator[Looks]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COCKPIT_CONFIG", str(bank))  # put back afterwards
        yield Looks(bank)


@pytest.mark.parametrize("entry", pages("overview"))
def test_a_neighbour_of_one_that_was_opened_is_a_look_again(looks: Looks, entry: object) -> None:
    """Where the institution beside it was opened, a first look computes and reads next to nothing."""
    page = entry.url  # type: ignore[attr-defined]
    for level in list(looks.store.tree.side_by_side)[1:]:
        one, other = looks.neighbours(level)
        looks.forget()
        first, beside, again = looks.at(page, one), looks.at(page, other), looks.at(page, one)
        assert again.computed == 0, (level, again)
        assert beside.computed <= max(first.computed // 5, 12), (level, first, beside)
        assert beside.reads <= max(first.reads // 3, 8), (level, first, beside)
        assert beside.ms < first.ms or first.computed < 50, (level, first, beside)  # few are hardly dearer


def test_what_others_rest_on_is_worked_out_once_in_a_look(looks: Looks) -> None:
    """Each month of the pipeline's cover asks what was won so far this year, for two lines of months."""
    asked, kept = Counter[Any](), view.rows_for

    def told(look: view.View, metric: Any, spans: Any, by: Any, parameters: Any) -> Any:
        asked[metric.name, by, tuple(spans), tuple(sorted(parameters.items())), look.scope.key] += 1
        return kept(look, metric, spans, by, parameters)

    node = looks.neighbours(list(looks.store.tree.side_by_side)[1])[0]
    looks.forget()
    with mock.patch.object(view, "rows_for", told):
        looks.at("outlook", node)
    again = sum(asked.values()) - len(asked)
    assert len(asked) > 20 and again <= len(asked) // 10, asked.most_common(5)


def test_what_was_opened_ahead_is_not_worked_out_again(looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the server has opened a page at a level, a first look there computes nothing; lists and names of
    customers and managers are read."""
    level = list(looks.store.tree.side_by_side)[1]
    nodes = looks.store.tree.side_by_side[level][:3]
    turn = [(page, node) for page in PAGES if page.url in ("pool", "reasons") for node in nodes]
    monkeypatch.setattr(ahead, "in_turn", lambda _: iter(turn))
    looks.forget()
    assert looks.open_ahead() == len(turn)
    for page, node in turn:
        look = looks.at(page.url, node)
        assert look.computed == 0 and look.reads <= len(page.lists) + 2, (page.url, node, look)


@pytest.mark.slow
def test_after_the_server_has_opened_all_no_first_look_computes_anything(looks: Looks) -> None:
    looks.forget()
    every = len(list(ahead.in_turn(looks.store)))
    assert looks.open_ahead() == every > 500
    for page in PAGES:
        for nodes in looks.store.tree.side_by_side.values():
            for node in {nodes[0], nodes[-1], nodes[len(nodes) // 2]}:
                look = looks.at(page.url, node)
                assert look.computed == 0 and look.reads <= 4, (page.url, node, look)
