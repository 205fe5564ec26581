"""What the command line says of months of which a figure is not known."""

from pathlib import Path
from typing import Any

import pytest

from data_access.intake.config import read_config
from data_access.view.store import open_store
from metrics import CONTRACT


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


def test_what_is_told_of_the_newest_data_alone_says_so(run: Any, sample_bank: Path) -> None:
    def ask(metric: str, *more: str) -> Any:
        return run("metric", metric, "--config", sample_bank / "cockpit.toml", "--format", "json", *more)

    past = ask("churn.survival", "--month", "2026-08")
    assert "Told of the newest data, 2026-10-31, whatever the period." in past.err
    assert past.rows == ask("churn.survival", "--month", "2026-10").rows
    assert not ask("churn.survival", "--month", "2026-10").err


def test_an_answer_without_rows_says_why(run: Any, sample_bank: Path) -> None:
    def ask(metric: str, *more: str) -> Any:
        return run("metric", metric, "--config", sample_bank / "cockpit.toml", "--format", "json", *more)

    tree = open_store(read_config(sample_bank / "cockpit.toml", CONTRACT)).tree
    outlet = next(tree.ids[node] for node in range(len(tree)) if tree.last[node] == node)
    few = ("--month", "2026-10", "--institution", outlet)
    for metric in ("churn.survival", "churn.incidence"):
        nothing = ask(metric, *few)
        assert nothing.rows == [] and "30 customers are at risk" in nothing.err
    [row] = ask("churn.restricted_mean", *few).rows
    assert row["mean_months"] is None and row["hidden"] == "n<30"
    assert "say which with --by" in ask("churn.logrank", "--month", "2026-10").err
    assert not ask("churn.logrank", "--month", "2026-10", "--by", "kind").err


def test_what_is_not_told_of_few_customers_says_why(run: Any, sample_bank: Path) -> None:
    """No empty table and no null without a word, at an outlet and of companies."""

    def ask(name: str, *more: str) -> Any:
        return run(
            "metric",
            name,
            "--config",
            sample_bank / "cockpit.toml",
            "--format",
            "json",
            "--month",
            "2026-10",
            *more,
        )

    outlets = ask("value.summary", "--by", "level:outlet").rows
    small = next(row["institution"] for row in outlets if 0 < row["customers"] < 50)
    for name in ("value.deciles", "value.lorenz", "value.whale"):
        told, whole = ask(name, "--institution", small), ask(name)
        assert told.rows == [] and "Among fewer than 50 customers this is not told." in told.err, name
        assert whole.rows and not whole.err, name
    summary = ask("value.summary", "--institution", small)
    assert summary.rows[0]["gini"] is None and "gini and top20_share are not told" in summary.err
    for name in ("value.concentration", "value.largest"):
        assert ask(name, "--institution", small).rows[0]["hidden"] == "n<50"
        assert ask(name).rows[0]["hidden"] is None
    firms = ask("value.net_increase", "--set", "kind=corporate")
    assert firms.rows[0]["increase"] is None and "No tier edges are set for corporate customers" in firms.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["migration.matrix", "--set", "distance=12", "--month", "2026-10"], "not delivered: 2025-10."),
        (["migration.rates", "--month", "2026-05"], "first month delivered"),
        (["migration.forecast", "--month", "2026-10"], "not delivered: 2025-10, 2026-01, 2026-04."),
        (["migration.cohort", "--month", "2026-10"], "not delivered: 2025-09, 2025-10."),
        (["migration.observation", "--month", "2026-06"], "not delivered"),
    ],
)
def test_what_is_not_known_says_why(run: Any, sample_bank: Path, arguments: list[str], words: str) -> None:
    def ask(*arguments: str) -> Any:
        return run("metric", *arguments, "--config", sample_bank / "cockpit.toml", "--format", "json")

    answer = ask(*arguments)
    assert answer.code == 0 and words in answer.err and len(answer.err.strip().splitlines()) == 1
    assert ask("migration.rates", "--month", "2026-10").err == ""
