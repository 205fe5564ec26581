"""When a row of a metric says the same as the brute force."""

from typing import Any

import pytest

from tests.metrics.small_bank import MONEY

FLOWS = ("joined", "left", "moved_in", "moved_out")
BOOK_SUMS = ("customers", "active", *MONEY, *FLOWS)


def same(found: Any, expected: Any, name: str, where: Any) -> None:
    """Equal; floats to 1e-12 of their size."""
    if isinstance(expected, float) and found is not None:
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12), (name, where)
    else:
        assert found == expected, (name, where)


def same_summary(row: dict[str, Any], expected: dict[str, Any], where: Any, median: bool = True) -> None:
    for name in (*BOOK_SUMS, "aum_mean"):
        same(row[name], expected[name], name, where)
    if not median:
        assert "aum_median" not in row, where
        return
    exact, low, high = expected["aum_median"], row["aum_median_low"], row["aum_median_high"]
    if exact is None:
        assert row["aum_median"] is None, where
    else:
        assert low <= exact <= high, ("aum_median", where)
        assert low <= row["aum_median"] <= high, ("aum_median", where)


def same_row(row: dict[str, Any] | None, expected: dict[str, Any], where: Any) -> None:
    """The same numbers; a part without a row has nothing to count."""
    for name, number in expected.items():
        if row is None:
            assert not number, (name, where)
        else:
            same(row[name], number, name, where)
