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
