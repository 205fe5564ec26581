"""The pages of customer value and tier migration: what is left out, and said, where companies are chosen."""

from pathlib import Path

import pytest

from tests.pages import test_review as review
from tests.pages.reading import Open, data_of

page = review.page  # the fixture
VALUE, MIGRATION = "pages/customers/value.py", "pages/customers/migration.py"
NO_TIERS = "No tier edges are set for corporate customers."


@pytest.mark.parametrize("kind", ["corporate", "personal"])
def test_companies_stand_against_no_edges_of_people(kind: str, bank: Path, page: Open) -> None:
    at = page(bank, VALUE, lang="en", kind=kind)
    titles, said = " ".join(one.value for one in at.markdown), [*at.caption, *at.info]
    resting = ["#### Tiers ", "#### Tiers over", "#### Customers near an edge"]
    for title in resting:
        assert (title in titles) == (kind == "personal"), title
    assert ("tiers" in data_of(at)) == (kind == "personal")
    assert sum(NO_TIERS in one.value for one in said) == (kind == "corporate"), "once"
    assert "deciles" in data_of(at), "what rests on no tier stays"


def test_companies_have_no_outlook_by_tier(bank: Path, page: Open) -> None:
    at = page(bank, MIGRATION, lang="en", kind="corporate")
    said = [one.value for one in (*at.caption, *at.info)]
    [line] = [one for one in said if "Tiers in 12 months" in one]
    assert line.count(NO_TIERS) == 1
    assert not any("no record yet" in one or "months the rates" in one for one in said)
