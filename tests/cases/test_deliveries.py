"""Deliveries that a bank sends one day: understood and said, or refused, never silently another number."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.quick import one_in

MONTHS = {"customer_months": "cm.csv"}
HEAD = "month,customer_id,institution_id,aum\n"


def test_a_line_that_lacks_a_field_is_named(bank: Any) -> None:
    """The customer would count without the money."""
    code, reports = bank(MONTHS, {"cm.csv": HEAD + "2026-06,1,A\n2026-06,2,A,5\n"}).check()
    assert code == 1
    said = reports["customer_months"]["failure"]
    assert "cm.csv" in said and "line 2 has 3 fields, the header has 4" in said


@pytest.mark.parametrize("lines", ['2026-06,"a\nb",A,5\n2026-06,2,A\n', "\n2026-06,1,A,5\n\n2026-06,2,A\n"])
def test_the_line_is_counted_as_an_editor_counts_it(lines: str, bank: Any) -> None:
    code, reports = bank(MONTHS, {"cm.csv": HEAD + lines}).check()
    assert code == 1
    assert f"line {1 + lines.count(chr(10))} has 3 fields" in reports["customer_months"]["failure"]


def test_blank_lines_are_no_rows(bank: Any) -> None:
    code, reports = bank(MONTHS, {"cm.csv": HEAD + "\n2026-06,1,A,5\n\n2026-06,2,A,\n\n\n"}).check()
    assert (code, reports["customer_months"]["rows_in"]) == (0, 2)


def test_a_header_that_comes_twice_is_refused(bank: Any) -> None:
    """Nothing says which of the two amounts is meant."""
    text = "month,customer_id,institution_id,aum,aum\n2026-06,1,A,5,7\n"
    code, reports = bank(MONTHS, {"cm.csv": text}).check()
    assert code == 1
    assert "“aum” comes twice in cm.csv" in reports["customer_months"]["failure"]


def test_a_column_called_as_one_of_the_intakes_own(bank: Any) -> None:
    deals = "opportunity_id,institution_id,outcome,created_on,closed_on,_source,_row\n"
    deals += "a,A,won,2026-05-01,2026-05-02,web,x\nb,A,lost,2026-05-01,2026-05-02,walk-in,y\n"
    named = '[tables.opportunities.columns]\nsource = "_source"\nchannel = "_row"\n'
    found = bank({"opportunities": "o.csv"}, {"o.csv": deals}, named)
    assert found.build().code == 0
    assert {row["source"] for row in found.metric("funnel.outcomes", "--by", "source")} == {"web", "walk-in"}
    assert {row["channel"] for row in found.metric("funnel.outcomes", "--by", "channel")} == {"x", "y"}


def months(ids: list[Any], month: str) -> str:
    rows = [f"{month},{key},{'A' if i < 2 else 'B'},{100 * (i + 1)}" for i, key in enumerate(ids)]
    return HEAD + "\n".join(rows) + "\n"


def test_ids_that_became_floats_between_months_are_the_same_customers(bank: Any) -> None:
    files = {"cm/5.csv": months([1, 2, 3, 4], "2026-05"), "cm/6.csv": months([1.0, 2.0, 3.0, 4.0], "2026-06")}
    found = bank({"customer_months": "cm/*.csv"}, files)
    _, reports = found.check()
    assert reports["customer_months"]["notes"] == ["customer_id: “1.0” is read as a whole number (4 rows)"]
    assert found.build().code == 0
    [row] = found.metric("book.summary", "--month", "2026-06")
    assert (row["customers"], row["joined"], row["left"]) == (4, 0, 0)


def test_ids_that_are_whole_numbers_in_one_parquet_file_and_floats_in_the_next(
    bank: Any, tmp_path: Path
) -> None:
    found = bank({"customer_months": "cm/*.parquet"}, {})
    (tmp_path / "cm").mkdir()
    for month, dtype in (("2026-05", pl.Int64), ("2026-06", pl.Float64)):
        ids = pl.DataFrame({"customer_id": pl.Series([1, 2, 3], dtype=dtype)})
        frame = ids.with_columns(month=pl.lit(month), institution_id=pl.lit("A"), aum=pl.lit(5.0))
        frame.write_parquet(tmp_path / "cm" / f"{month}.parquet")
    assert found.build().code == 0
    [row] = found.metric("book.summary", "--month", "2026-06")
    assert (row["customers"], row["joined"], row["left"]) == (3, 0, 0)


def test_a_parent_that_became_a_float_is_the_parent(bank: Any) -> None:
    tree = "institution_id,parent_id,name\n1,,Head\n2,1.0,Alpha\n3,1.0,Beta\n"
    code, reports = bank(MONTHS, {"i.csv": tree, "cm.csv": HEAD + "2026-06,5,2,5\n"}).check()
    assert code == 0
    assert reports["institutions"]["loaded"] == 3
    assert reports["institutions"]["notes"] == ["parent_id: “1.0” is read as a whole number (2 rows)"]


def test_a_soft_reference_that_became_a_float_is_found(bank: Any) -> None:
    deals = "opportunity_id,institution_id,outcome,created_on,customer_id\na,A,open,2026-05-01,1.0\n"
    files = {"cm.csv": months([1, 2], "2026-06"), "o.csv": deals}
    code, reports = bank({**MONTHS, "opportunities": "o.csv"}, files).check()
    assert code == 0
    assert reports["opportunities"]["notes"] == ["customer_id: “1.0” is read as a whole number (1 rows)"]


def test_an_id_with_decimals_is_an_id_of_its_own(bank: Any) -> None:
    """1.0 beside 1.1 numbers the branches of a branch; a file of 1.0 alone means that branch, too."""
    tree = "institution_id,parent_id,name\n1,,Head\n1.0,1,Alpha\n1.1,1,Beta\n"
    code, reports = bank(MONTHS, {"i.csv": tree, "cm.csv": HEAD + "2026-06,5,1.0,5\n"}).check()
    assert code == 0
    assert [reports[name]["notes"] for name in ("institutions", "customer_months")] == [[], []]


def test_ids_that_a_spreadsheet_has_shortened_are_refused(bank: Any) -> None:
    text = HEAD + "2026-06,6.22202E+18,A,5\n2026-06,2,A,7\n"
    code, reports = bank(MONTHS, {"cm.csv": text}).check()
    [rule] = reports["customer_months"]["rules"]
    assert (code, rule["column"], rule["rows"]) == (1, "customer_id", 1)
    assert "ids as text" in rule["remedy"]


def test_ids_that_differ_in_leading_zeros_alone_are_said(bank: Any) -> None:
    files = {"cm/5.csv": months(["007", "08"], "2026-05"), "cm/6.csv": months([7, 8], "2026-06")}
    code, reports = bank({"customer_months": "cm/*.csv"}, files).check()
    assert code == 0
    assert reports["customer_months"]["notes"] == [
        "customer_id: 2 ids differ from another in leading zeros alone (first: “007” and “7”); "
        "they count as two. If a tool took the zeros away, deliver ids as text"
    ]


def test_an_open_end_is_none(bank: Any) -> None:
    people = "customer_id,institution_id,joined_on,closed_on\n1,A,2020-01-01,9999-12-31\n"
    people += "2,A,2021-01-01,0000-00-00\n"
    files = {"c.csv": people, "cm.csv": months([1, 2], "2026-05") + "2026-06,1,A,5\n2026-06,2,A,7\n"}
    code, reports = bank({**MONTHS, "customers": "c.csv"}, files).check()
    assert (code, reports["customers"]["loaded"], reports["customer_months"]["loaded"]) == (0, 2, 4)
    assert reports["customers"]["notes"] == ["closed_on: “9999-12-31” is read as no value (2 rows)"]


@pytest.mark.parametrize("products", ["-1", "-3.0"])
def test_a_negative_count_is_quarantined(products: str, bank: Any) -> None:
    text = f"month,customer_id,institution_id,products\n2026-06,1,A,{products}\n2026-06,2,A,3\n"
    code, reports = bank(MONTHS, {"cm.csv": text}).check()
    [rule] = reports["customer_months"]["rules"]
    assert (code, rule["column"], rule["rule"], rule["rows"]) == (1, "products", "negative count", 1)


def test_yes_and_no_are_no_amounts(bank: Any, tmp_path: Path) -> None:
    found = bank({"customer_months": "cm.parquet"}, {})
    frame = {"month": ["2026-06"], "customer_id": ["1"], "institution_id": ["A"], "aum": [True]}
    pl.DataFrame(frame).write_parquet(tmp_path / "cm.parquet")
    code, reports = found.check()
    [rule] = reports["customer_months"]["rules"]
    assert (code, rule["column"], rule["first"][0]["value"]) == (1, "aum", "true")


def test_nan_is_no_amount_and_is_said(bank: Any, tmp_path: Path) -> None:
    found = bank({"customer_months": "cm.parquet"}, {})
    frame = {"month": ["2026-06"] * 2, "customer_id": ["1", "2"], "institution_id": ["A"] * 2}
    pl.DataFrame({**frame, "aum": [float("nan"), 5.0]}).write_parquet(tmp_path / "cm.parquet")
    code, reports = found.check()
    assert (code, reports["customer_months"]["loaded"]) == (0, 2)
    assert reports["customer_months"]["notes"] == ["aum: “NaN” is read as no value (1 rows)"]


LACKING = {
    "cm/5.csv": HEAD + "2026-05,1,A,100\n2026-05,2,B,50\n",
    "cm/6.csv": "month,customer_id,institution_id\n2026-06,1,A\n2026-06,2,B\n",
    "cm/7.csv": HEAD + "2026-07,1,A,120\n2026-07,2,B,50\n",
}


@pytest.mark.parametrize("blank", [False, True])
def test_a_month_that_lacks_a_column_has_no_such_number(blank: bool, bank: Any) -> None:
    """Absent, not 0.0: where the file lacks the column, and where no row has a value."""
    files = LACKING | ({"cm/6.csv": HEAD + "2026-06,1,A,\n2026-06,2,B,\n"} if blank else {})
    found = bank({"customer_months": "cm/*.csv"}, files)
    _, reports = found.check()
    notes = " ".join(reports["customer_months"]["notes"])
    assert "aum: no value in 2026-06" in notes
    assert ("there is no such column in 6.csv" in notes) is not blank
    assert found.build().code == 0
    told = {
        month: found.metric("book.summary", "--month", month)[0]
        for month in ("2026-05", "2026-06", "2026-07")
    }
    assert [row["aum"] for row in told.values()] == [150, None, 170]
    assert told["2026-06"]["aum_mean"] is None and told["2026-06"]["customers"] == 2
    steps = {row["step"]: row["amount"] for row in found.metric("book.waterfall", "--month", "2026-07")}
    assert set(steps.values()) == {None}
    assert {row["aum"] for row in found.metric("book.summary", "--month", "2026-06", "--by", "children")} == {
        None
    }
    brief = found.run("brief", "--config", found.config, "--period", "2026-06", "--lang", "en")
    assert brief.code == 0


def test_a_sum_that_no_whole_number_holds_is_refused_with_the_limit(bank: Any) -> None:
    """365 equal days of 1.4e15 rupiah in cents: the yearly average was below zero."""
    rows = "date,institution_id,business_line,product,balance\n"
    rows += "".join(f"{day},A,deposit,giro,1400000000000000\n" for day in ("2025-01-01", "2025-12-31"))
    limit = "[policy]\namount_limit = 1000000000000000000\n"
    found = bank({"daily_balances": "db.csv"}, {"db.csv": rows}, limit)
    answer = found.build()
    assert answer.code == 1
    assert all(word in answer.err for word in ("daily_balances", "9.22e+16", "currency_digits = 0"))
    text = found.config.read_text("utf-8")
    found.config.write_text('currency = "IDR"\ncurrency_digits = 0\n' + text, encoding="utf-8")
    assert found.build().code == 0
    [row] = found.metric("balance.lines", "--month", "2025-12")
    assert row["deposit_avg_year"] == 1_400_000_000_000_000


def test_a_sum_within_one_table_is_refused_too(bank: Any) -> None:
    rows = HEAD + "".join(f"2026-06,{n},A,9000000000000000\n" for n in range(11))
    code, reports = bank(MONTHS, {"cm.csv": rows}, "[policy]\namount_limit = 1000000000000000000\n").check()
    assert code == 1
    assert "customer_months: aum adds up to 9.9e+16" in reports["customer_months"]["failure"]


@pytest.mark.parametrize(
    "tag", one_in(3, ["aum", "broken", "_row", "_source", "raw_aum", "customer_no", "month end"])
)
def test_a_tag_called_as_a_column_is_refused_or_counts(tag: str, bank: Any) -> None:
    people = "customer_id,SEG\n1,s0\n2,s0\n3,s1\n4,s1\n"
    text = months([1, 2, 3, 4], "2026-05") + months([1, 2, 3, 4], "2026-06").removeprefix(HEAD)
    more = f'[tables.customers.dimensions]\n"{tag}" = "SEG"\n'
    found = bank({**MONTHS, "customers": "c.csv"}, {"c.csv": people, "cm.csv": text}, more)
    answer = found.build()
    if answer.code:
        assert answer.code == 2
        assert f"“{tag}” is a word of the cockpit" in answer.err
    else:
        rows = found.metric("book.summary", "--by", tag)
        assert {row[tag]: (row["customers"], row["aum"]) for row in rows} == {"s0": (2, 300), "s1": (2, 700)}


def test_a_colon_in_quoted_sql_is_text(bank: Any, tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        database.executescript(
            "create table t(month text, customer_id text, institution_id text, aum real, note text);"
            "insert into t values('2026-06','1','A',5,'final');"
            "insert into t values('2026-06','2','A',7,'old :draft');"
            "insert into t values('2026-06','3','A',7,'100%s');"
        )
    query = "select * from t where note not like '% :draft%' and note <> '100%s'"
    more = (
        f'[tables.customer_months]\nsql = "{query}"\ndatabase = "x"\n[databases.x]\nurl = "sqlite:///x.db"\n'
    )
    code, reports = bank({}, {}, more).check()
    assert (code, reports["customer_months"]["loaded"]) == (0, 1)
