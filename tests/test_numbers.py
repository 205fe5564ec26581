"""No number changes by itself: what every metric, brief and workbook says of a small bank is as frozen."""

import json

import pytest

from data_access.view.store import Store
from metrics import METRICS
from tests import number_hashes as numbers
from tests.quick import one_in

FROZEN: dict[str, str] = json.loads(numbers.FILE.read_text("utf-8"))


def check(found: dict[str, str], frozen: dict[str, str]) -> None:
    changed = sorted(name for name in found | frozen if found.get(name) != frozen.get(name))
    assert not changed, (
        f"{len(changed)} frozen numbers changed, first {changed[:5]}. If that is meant: `make numbers`, and "
        "a line under “Numbers that change” in CHANGELOG.md."
    )


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_what_it_said(name: str, two_years: Store) -> None:
    frozen = {key: value for key, value in FROZEN.items() if key.split()[0] == name}
    check(dict(numbers.of_metric(two_years, METRICS[name])), frozen)


@pytest.mark.parametrize("language", one_in(2, numbers.LANGUAGES))
def test_brief_and_workbook_say_what_they_said(language: str, two_years: Store) -> None:
    files = {key: value for key, value in FROZEN.items() if key.split()[0] in ("brief", "workbook")}
    frozen = {key: value for key, value in files.items() if key.split(",")[0].endswith(language)}
    check(dict(numbers.of_files(two_years, language)), frozen)


def test_nothing_else_is_frozen() -> None:
    assert {key.split()[0] for key in FROZEN} <= {*METRICS, "brief", "workbook"}
