"""Which rows a scope of few and of many ranges holds."""

import polars as pl
import pytest

from data_access.view.rows import MANY, in_ranges


@pytest.mark.parametrize("count", [0, 1, MANY, MANY + 1, 4 * MANY])
def test_rows_of_a_scope_are_those_of_its_ranges(count: int) -> None:
    ranges = [(5 * i + 2, 5 * i + 3) for i in range(count)]  # apart, so that none are merged
    rows = pl.DataFrame({"node": range(5 * count + 5)})
    held = {node for first, last in ranges for node in range(first, last + 1)}
    assert set(rows.filter(in_ranges(ranges))["node"]) == held
