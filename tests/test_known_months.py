"""What the command line says of months of which a figure is not known."""

from pathlib import Path
from typing import Any


def test_a_churn_rate_that_is_not_known_says_why(run: Any, sample_bank: Path) -> None:
    """May to October 2026 are delivered: closed churn is known from June on, silent of no month."""

    asked = ("churn.rate", "--config", sample_bank / "cockpit.toml", "--format", "json")

    def ask(*more: str) -> Any:
        return run("metric", *asked, *more)

    silent = ask("--set", "definition=silent", "--month", "2026-10")
    assert silent.rows[0]["churn_rate"] is None
    assert "Silent churn is not known of 2026-10 (it takes the 3 month ends before and" in silent.err
    every = ask("--set", "definition=silent")
    assert "not known of 2026-05, 2026-06, 2026-07, … (" in every.err
    whole = ask()
    assert [row["churn_rate"] is None for row in whole.rows] == [True] + [False] * 5
    assert "Closed churn is not known of 2026-05 (it takes the month end before)" in whole.err
    known = ask("--month", "2026-10")
    assert known.rows[0]["churn_rate"] is not None and not known.err
