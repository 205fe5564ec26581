"""Survey answers between the contract and the marts: rules, weights, rare values."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data_access.build.build import check
from data_access.codes.coding import UNKNOWN, Codes
from data_access.intake.config import read_config
from data_access.policy import Policy
from metrics import CONTRACT
from metrics.satisfaction.prepare import _pooled, _weighted

ROWS = """response_id,institution_id,invited_on,responded_on,nps,csat,effort
good,A,2026-10-01,2026-10-02,0,1,1
best,A,2026-10-01,2026-10-01,10,5,7
silent,A,2026-10-01,,,,
high,A,2026-10-01,2026-10-02,11,,
low,A,2026-10-01,2026-10-02,,0,
easy,A,2026-10-01,2026-10-02,,,8
early,A,2026-10-05,2026-10-02,9,,
"""


def test_rules_name_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "institutions.csv").write_text("institution_id\nA\n", encoding="utf-8")
    (tmp_path / "surveys.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "cockpit.toml").write_text(
        '[tables.institutions]\ncsv = "institutions.csv"\n[tables.surveys]\ncsv = "surveys.csv"\n'
        "[policy]\nquarantine_share = 1.0\n",
        encoding="utf-8",
    )
    intake = check(
        read_config(tmp_path / "cockpit.toml", CONTRACT), date(2026, 11, 1), lambda _step, _share: None
    )
    report = intake.reports["surveys"]
    assert (report.loaded, report.quarantined) == (3, 4)
    told = str(report.as_row(1.0))
    for words in (
        "nps out of range",
        "csat out of range",
        "effort out of range",
        "answered before it was sent",
    ):
        assert words in told
    assert report.as_of == date(2026, 10, 2)


def frame(cells: list[tuple[int, int, int]]) -> pl.DataFrame:
    """Rows of (tier, invitations, answers)."""
    rows = [(tier, int(i < came)) for tier, asked, came in cells for i in range(asked)]
    made = pl.DataFrame(rows, schema={"tier": pl.Int16, "answered": pl.Int64}, orient="row")
    return made.with_columns(
        survey=pl.lit(0, dtype=pl.Int16),
        kind=pl.lit(1, dtype=pl.Int16),
        invited_month=pl.lit(date(2026, 10, 31)),
    )


def test_weights_are_invitations_per_answer_trimmed_at_five_medians() -> None:
    found = _weighted(frame([(2, 10, 5), (3, 9, 3), (4, 100, 1)]))
    weights = dict(found.group_by("tier").agg(pl.col("weight").first()).iter_rows())
    assert weights == {2: 2000, 3: 3000, 4: 10_000}  # 100 would stand for the last; the median is 2


def test_what_has_no_invitation_weighs_one() -> None:
    bare = frame([(2, 3, 3)]).with_columns(invited_month=pl.lit(None, dtype=pl.Date))
    assert _weighted(bare)["weight"].unique().to_list() == [1000]


@pytest.mark.parametrize(
    ("counts", "kept"), [((100, 60, 25), {1, 2, 3}), ((100, 60, 5), {1, 4}), ((100, 5, 18), {1, 4})]
)
def test_rare_values_are_pooled_until_they_are_not_rare(counts: tuple[int, ...], kept: set[int]) -> None:
    """Twenty answers a month are needed; what is pooled takes the next smallest along until it has them."""
    codes = Codes(values={"channel": [UNKNOWN, "a", "b", "c"], "touchpoint": [UNKNOWN], "product": [UNKNOWN]})
    channel = [value for value, n in enumerate(counts, 1) for _ in range(n)]
    rows = pl.DataFrame({"channel": channel}, schema={"channel": pl.Int16}).with_columns(
        *(pl.lit(0, dtype=pl.Int16).alias(name) for name in ("touchpoint", "product", "survey")),
        kind=pl.lit(1, dtype=pl.Int16),
        tier=pl.lit(2, dtype=pl.Int16),
        answered=pl.lit(1),
        answered_month=pl.lit(date(2026, 10, 31)),
    )
    assert set(_pooled(rows, codes, Policy())["channel"].to_list()) == kept
    assert ("other" in codes.values["channel"]) == (4 in kept)
