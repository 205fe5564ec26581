"""Banks that deliver a part of the tables only: what is there is shown, what is not says so."""

from pathlib import Path
from typing import Any

import pytest

from tests.quick import one_in

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


def test_a_bank_with_complaints_only(run: Any, tmp_path: Path) -> None:
    text = "case_id,customer_id,opened_on,due_on,answered_on\n"
    text += "1,A,2026-01-05,2026-01-09,2026-01-08\n2,B,2026-01-20,2026-01-25,\n"
    (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
    config = tmp_path / "cockpit.toml"
    config.write_text('[tables.complaints]\ncsv = "cases.csv"\n', encoding="utf-8")
    assert run("build", "--config", config, "--today", "2026-02-10").code == 0
    answer = run("metric", "complaints.summary", "--config", config, "--month", "2026-01", "--format", "json")
    [row] = answer.rows
    assert (row["opened"], row["in_time"], row["promised"]) == (2, 1, 1)
    assert row["resolved"] is None  # nobody delivers when a case ended


def test_a_bank_with_nothing_to_show(run: Any, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("customer_id\n1\n", encoding="utf-8")
    config = tmp_path / "cockpit.toml"
    config.write_text('[tables.customers]\ncsv = "people.csv"\n', encoding="utf-8")
    answer = run("build", "--config", config, "--today", "2026-02-10")
    assert answer.code == 1
    assert "complaints" in answer.err and "customer_months" in answer.err


TAGS = ("day", "group", "event", "value", "tag", "own", "node", "part", "institution_no")


@pytest.mark.parametrize("tag", one_in(3, TAGS))
def test_the_banks_own_tags_may_be_called_as_columns_of_ours(tag: str, run: Any, tmp_path: Path) -> None:
    """Of customers and of deals alike: broken down by, filtered, and with the bank's name in the answer."""
    (tmp_path / "people.csv").write_text("customer_id,t\n1,x\n2,y\n", encoding="utf-8")
    book = "customer_id,month,aum\n1,2026-01,5\n2,2026-01,7\n1,2026-02,6\n2,2026-02,7\n"
    (tmp_path / "book.csv").write_text(book, encoding="utf-8")
    deals = "opportunity_id,outcome,created_on,closed_on,t\n1,won,2026-01-05,2026-02-03,x\n"
    deals += "2,lost,2026-01-06,2026-02-04,y\n3,won,2026-01-07,2026-02-05,x\n"
    (tmp_path / "deals.csv").write_text(deals, encoding="utf-8")
    config = tmp_path / "cockpit.toml"
    files = {"customers": "people", "customer_months": "book", "opportunities": "deals"}
    text = {name: f'[tables.{name}]\ncsv = "{file}.csv"\n' for name, file in files.items()}
    for name in ("customers", "opportunities"):
        text[name] += f'dimensions = {{ {tag} = "t" }}\n'
    config.write_text("".join(text.values()), encoding="utf-8")
    assert run("build", "--config", config, "--today", "2026-02-28").code == 0

    def rows(name: str, *asked: str) -> Any:
        answer = run("metric", name, "--config", config, "--month", "2026-02", "--format", "json", *asked)
        assert answer.code == 0, answer.err
        return answer.rows

    assert {row[tag]: row["aum"] for row in rows(BOOK, "--by", tag)} == {"x": 6, "y": 7}
    assert rows(BOOK, "--set", f"{tag}=x")[0]["aum"] == 6
    outcomes = {row[tag]: (row["won"], row["lost"]) for row in rows("funnel.outcomes", "--by", tag)}
    assert outcomes == {"x": (2, 0), "y": (0, 1)}
    assert rows("funnel.outcomes", "--set", f"{tag}=y")[0]["lost"] == 1


@pytest.mark.parametrize("tag", ["children", "kind", "tier", "product", "won", "rule"])
def test_a_tag_may_not_be_called_what_stands_beside_it(tag: str, run: Any, tmp_path: Path) -> None:
    config = tmp_path / "cockpit.toml"
    config.write_text(
        f'[tables.opportunities]\ncsv = "x"\ndimensions = {{ {tag} = "t" }}\n', encoding="utf-8"
    )
    answer = run("check", "--config", config)
    assert answer.code == 2
    assert f"“{tag}” is a word of the cockpit" in answer.err
