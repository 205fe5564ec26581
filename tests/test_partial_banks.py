"""Banks that deliver a part of the tables only: what is there is shown, what is not says so."""

from pathlib import Path
from typing import Any

import pytest

BOOK = "book.summary"
DEALS = "opportunity_id,outcome,{day}\n1,open,{value}\n2,won,{value}\n"


@pytest.mark.parametrize(("day", "value"), [("created_on", "2026-01-05"), ("title", "x")])
def test_a_bank_with_deals_only(day: str, value: str, run: Any, tmp_path: Path) -> None:
    """No institutions, no customers; even no date at all."""
    (tmp_path / "deals.csv").write_text(DEALS.format(day=day, value=value), encoding="utf-8")
    config = tmp_path / "cockpit.toml"
    config.write_text('[tables.opportunities]\ncsv = "deals.csv"\n', encoding="utf-8")
    assert run("build", "--config", config, "--today", "2026-02-10").code == 0
    for name in ("funnel.stages", "funnel.outcomes"):
        answer = run("metric", name, "--config", config, "--format", "json")
        assert answer.code == 0
    answer = run("metric", "funnel.overdue", "--config", config)
    assert answer.code == 1
    assert "expected_close_on" in answer.err
    [row] = run("metric", "funnel.outcomes", "--config", config, "--format", "json").rows
    assert row["open"] == 1  # a won deal without its day is not open
    answer = run("metric", BOOK, "--config", config)
    assert answer.code == 1
    assert "customer_months" in answer.err


def test_a_bank_with_customers_only(run: Any, tmp_path: Path) -> None:
    text = "customer_id,month,aum\n1,2026-01,5\n2,2026-01,7\n"
    (tmp_path / "book.csv").write_text(text, encoding="utf-8")
    config = tmp_path / "cockpit.toml"
    config.write_text('[tables.customer_months]\ncsv = "book.csv"\n', encoding="utf-8")
    assert run("build", "--config", config, "--today", "2026-02-10").code == 0
    [row] = run("metric", BOOK, "--config", config, "--format", "json").rows
    assert (row["customers"], row["aum"], row["aum_median"]) == (2, 12, 6)
    assert "loan" not in row  # not delivered, not shown
    for name in ("funnel.stages", "funnel.outcomes", "book.managers"):
        answer = run("metric", name, "--config", config)
        assert answer.code == 1, name
        assert "not delivered" in answer.err


def test_managers_that_are_named_but_not_delivered(run: Any, tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text("customer_id,month,aum\n1,2026-01,5\n", encoding="utf-8")
    (tmp_path / "people.csv").write_text("customer_id,manager_id\n1,M1\n", encoding="utf-8")
    config = tmp_path / "cockpit.toml"
    tables = {"customer_months": "book.csv", "customers": "people.csv"}
    config.write_text("".join(f'[tables.{name}]\ncsv = "{file}"\n' for name, file in tables.items()))
    assert run("build", "--config", config, "--today", "2026-02-10").code == 0
    assert run("metric", BOOK, "--config", config).code == 0
    assert run("metric", "book.managers", "--config", config).code == 1
