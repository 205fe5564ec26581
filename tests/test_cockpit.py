"""The command line: exit codes, one-paragraph errors, periods, formats, and the catalogue."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from metrics import METRICS, SUBJECTS
from tests.conftest import Answer

REPO = Path(__file__).resolve().parents[1]
BOOK = "book.summary"


@pytest.fixture
def ask(sample_bank: Path, run: Any) -> Any:
    """`metric` on the sample bank: October 2026 is its last month, May its first."""
    return lambda *arguments: run("metric", *arguments, "--config", sample_bank / "cockpit.toml")


def is_one_paragraph(text: str) -> bool:
    said = [line for line in text.strip().splitlines() if not line.startswith("  ")]
    return len(said) == 1 and said[0].endswith((".", "?"))


def test_done_is_0(ask: Any) -> None:
    assert ask(BOOK).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["book.sumary"], ["book.sumary", "book.summary", "funnel.stages"]),
        ([BOOK, "--institution", "Atlantis"], ["Atlantis"]),
        ([BOOK, "--month", "2026-13"], ["2026-13", "2026-Q3"]),
        ([BOOK, "--month", "October"], ["October"]),
        ([BOOK, "--month", "2026-09", "--from", "2026-09-01"], ["--month", "--from", "--to"]),
        ([BOOK, "--month", "2026-09", "--to", "2026-09-30"], ["--month", "--from", "--to"]),
        ([BOOK, "--from", "2026-09-01", "--to", "2026-08-31"], ["2026-09-01", "2026-08-31"]),
        ([BOOK, "--from", "01.09.2026"], ["01.09.2026", "YYYY-MM-DD"]),
        ([BOOK, "--from", "2030-01-01"], ["2026-05-01", "2026-10-31"]),
        ([BOOK, "--month", "2019-01"], ["2026-05-01", "2026-10-31"]),
        ([BOOK, "--from", "2026-07-01", "--to", "2026-09-15"], ["2026-08-31", "2026-09-30", "whole months"]),
        ([BOOK, "--from", "2026-07-05", "--to", "2026-09-30"], ["2026-06-30", "2026-07-31", "whole months"]),
        ([BOOK, "--by", "colour"], ["colour", "children", "kind", "level:outlet"]),
        ([BOOK, "--by", "level:planet"], ["level:planet", "level:outlet"]),
        ([BOOK, "--set", "kind=robot"], ["robot", "personal", "corporate"]),
        ([BOOK, "--set", "colour=red"], ["colour", "kind", "tier"]),
        ([BOOK, "--set", "kind"], ["--set kind", "PARAMETER=VALUE"]),
        ([BOOK, "--format", "xml"], ["xml", "json"]),
        ([BOOK, "--colour"], ["--colour"]),
    ],
)
def test_a_wrong_call_is_2_in_one_paragraph(arguments: list[str], words: list[str], ask: Any) -> None:
    answer = ask(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    for word in words:
        assert word in answer.err
    assert is_one_paragraph(answer.err) or "--format" in answer.err or "--colour" in answer.err


def test_no_configuration(run: Any, tmp_path: Path) -> None:
    for arguments in (("metric", BOOK), ("build",), ("check",), ("serve",)):
        answer = run(*arguments, "--config", tmp_path / "none.toml")
        assert answer.code == 2
        assert "none.toml" in answer.err
        assert "sample --out" in answer.err
    assert run("metric").code == 2


def test_no_snapshot_is_1_and_names_the_command(run: Any, tmp_path: Path) -> None:
    (tmp_path / "cockpit.toml").write_text("", encoding="utf-8")
    for arguments in (("metric", BOOK), ("serve",)):
        answer = run(*arguments, "--config", tmp_path / "cockpit.toml")
        assert answer.code == 1
        assert "cockpit.py build --config" in answer.err


def test_nothing_to_show_is_1(run: Any, tmp_path: Path) -> None:
    (tmp_path / "cockpit.toml").write_text("", encoding="utf-8")
    answer = run("build", "--config", tmp_path / "cockpit.toml")
    assert answer.code == 1
    assert "There is nothing to show: deliver one of complaints" in answer.err
    assert all(f" {name}" in answer.err for name in ("customer_months,", "opportunities,", "surveys "))


def test_the_exit_code_reaches_the_shell(own_bank: Path) -> None:
    """Once as a real process: 1 for bad data, no traceback, nothing but the answer on stdout."""
    (own_bank / "extracts" / "customers.parquet").write_bytes(b"PAR1")
    command = [
        sys.executable,
        "cockpit.py",
        "check",
        "--format",
        "json",
        "--config",
        str(own_bank / "cockpit.toml"),
    ]
    answer = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert {row["table"]: row["passed"] for row in json.loads(answer.stdout)}["customers"] is False


def test_without_dates_stocks_are_at_the_end_and_flows_over_everything(ask: Any) -> None:
    answer = ask(BOOK, "--format", "json")
    assert "2026-05-01..2026-10-31" in answer.err
    [whole] = answer.rows
    months = [ask(BOOK, "--format", "json", "--month", f"2026-{month:02}").rows[0] for month in range(5, 11)]
    assert whole["customers"] == months[-1]["customers"]
    assert whole["aum"] == months[-1]["aum"]
    for flow in ("joined", "left", "moved_in", "moved_out"):
        assert whole[flow] == sum(month[flow] for month in months[1:])
        assert months[0][flow] is None  # nobody knows who was there before
    assert whole["fee_income"] == pytest.approx(sum(month["fee_income"] for month in months))


def test_dates_outside_the_data_are_cut_with_a_note(ask: Any) -> None:
    answer = ask(BOOK, "--format", "json", "--from", "2020-01-01", "--to", "2026-07-31")
    assert answer.code == 0
    assert "2026-05-01..2026-07-31" in answer.err
    assert answer.rows == ask(BOOK, "--format", "json", "--from", "2026-05-01", "--to", "2026-07-31").rows
    inside = ask(BOOK, "--format", "json", "--from", "2026-06-01", "--to", "2026-07-31")
    assert inside.err == ""


def test_events_take_any_day(ask: Any) -> None:
    parts = [("2026-06-01", "2026-06-17"), ("2026-06-18", "2026-06-30")]
    won = [
        ask("funnel.outcomes", "--format", "json", "--from", a, "--to", b).rows[0]["won"] for a, b in parts
    ]
    assert sum(won) == ask("funnel.outcomes", "--format", "json", "--month", "2026-06").rows[0]["won"]


def test_an_ambiguous_name_lists_the_ids(ask: Any, own_bank: Path, run: Any) -> None:
    """Both languages; a name that only one institution has is enough."""
    import polars as pl

    file = own_bank / "extracts" / "institutions.parquet"
    frame = pl.read_parquet(file)
    ids = frame["institution_id"][1:4].to_list()
    twin = pl.when(pl.col("institution_id").is_in(ids[:2])).then(pl.lit("Twin"))
    only = pl.when(pl.col("institution_id") == ids[2]).then(pl.lit("Only"))
    frame.with_columns(name_en=pl.coalesce(twin, only, "name_en")).write_parquet(file)
    config = own_bank / "cockpit.toml"
    assert run("build", "--config", config, "--today", "2026-11-20").code == 0
    answer = run("metric", BOOK, "--config", config, "--institution", "Twin")
    assert answer.code == 2
    assert all(key in answer.err for key in ids[:2])
    by_name = run("metric", BOOK, "--config", config, "--institution", "Only", "--format", "json")
    by_id = run("metric", BOOK, "--config", config, "--institution", ids[2], "--format", "json")
    assert by_name.rows == by_id.rows


@pytest.mark.slow
def test_json_csv_and_table_say_the_same(ask: Any) -> None:
    for name in METRICS:
        for by in ((), ("--by", "children")):
            answer = ask(name, *by, "--format", "json")
            if is_unlearned(name, answer):
                continue
            rows = answer.rows
            text = ask(name, *by, "--format", "csv").out
            lines = list(csv.DictReader(io.StringIO(text)))
            assert [list(line) for line in lines] == [list(row) for row in rows]
            for line, row in zip(lines, rows, strict=True):
                for key, value in row.items():
                    found = line[key]
                    assert (found == "") if value is None else (found == str(value) or float(found) == value)
            shown = ask(name, *by)
            assert shown.code == 0
            assert all(key in shown.out for row in rows for key in row)


def test_money_is_in_currency_units(ask: Any, sample_bank: Path) -> None:
    import polars as pl

    october = pl.read_parquet(sample_bank / "extracts" / "customer_months" / "2026-10.parquet")
    [row] = ask(BOOK, "--format", "json").rows
    assert row["aum"] == pytest.approx(october["aum"].sum(), abs=0.005)
    assert row["customers"] == october.height
    assert row["aum_mean"] == pytest.approx(october["aum"].mean())
    assert row["aum_median_low"] <= october["aum"].median() <= row["aum_median_high"]


def is_unlearned(name: str, answer: Answer) -> bool:
    """Whether this is a churn forecast: the small bank has lost too few customers to learn one.

    Its columns are those of the catalogue too: tests/metrics/churn/test_forecast.py.
    """
    return name.startswith("churn.") and answer.code != 0 and "at least 100 customers" in answer.err


@pytest.mark.slow
def test_json_is_never_nan(ask: Any) -> None:
    """An institution and a period with nothing in them."""
    for name in METRICS:
        for by in ("children", *METRICS[name].dimensions, "level:outlet"):
            answer = ask(name, "--by", by, "--format", "json", "--month", "2026-05")
            if is_unlearned(name, answer):
                continue
            assert answer.code == 0, (name, by, answer.err)
            assert isinstance(answer.rows, list)


def test_the_catalogue_is_complete(run: Any) -> None:
    rows = {row["name"]: row for row in run("metric", "--list", "--format", "json").rows}
    assert list(rows) == [metric.name for subject in SUBJECTS for metric in subject.metrics]
    units = {
        "customers",
        "deals",
        "cases",
        "money",
        "rate",
        "ratio",
        "score",
        "gini",
        "days",
        "count",
        "text",
    }
    for row in rows.values():
        assert row["label"]
        assert len(row["definition"]) > 20
        assert row["columns"]
        for column in row["columns"]:
            assert column["label"]
            assert column["unit"] in units
    shown = run("metric", "--list").out
    for name, row in rows.items():
        assert name in shown
        assert row["definition"] in shown


def test_the_columns_of_the_catalogue_are_those_of_the_rows(ask: Any, run: Any) -> None:
    for row in run("metric", "--list", "--format", "json").rows:
        answer = ask(row["name"], "--format", "csv")
        if is_unlearned(row["name"], answer):
            continue
        header, *_ = answer.out.splitlines()  # also where there is no row
        assert header.split(",") == [column["name"] for column in row["columns"]]


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        (
            BOOK,
            "customers active aum aum_avg deposit loan wealth contribution fee_income aum_mean aum_median "
            "aum_median_low aum_median_high joined left moved_in moved_out",
        ),
        (
            "funnel.stages",
            "stage entered reached_next conversion low high open_count open_amount median_days",
        ),
        (
            "funnel.outcomes",
            "won lost lapsed open win_rate low high won_amount average_deal cycle_days_median "
            "won_days_median",
        ),
    ],
)
def test_the_names_of_columns_are_fixed(name: str, columns: str) -> None:
    assert set(columns.split()) <= {measure.name for measure in METRICS[name].columns}


def test_build_says_where_it_went(own_bank: Path, run: Any) -> None:
    answer = run("build", "--config", own_bank / "cockpit.toml", "--today", "2026-11-20", "--format", "json")
    [row] = answer.rows
    assert row["snapshot"] == (own_bank / ".cockpit" / "CURRENT").read_text()
    assert Path(row["folder"]).is_dir()
    assert all(seconds >= 0 for seconds in row["seconds"].values())
    assert {"check", "publish", "mart book"} <= row["seconds"].keys()


def test_the_same_seed_gives_the_same_bank(run: Any, tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        size = ("--customers", "60", "--months", "2", "--outlets", "4", "--seed", "3")
        assert run("sample", "--out", tmp_path / name, *size).code == 0
        config = tmp_path / name / "cockpit.toml"
        assert run("build", "--config", config, "--today", "2026-11-20").code == 0
        found.append(run("metric", BOOK, "--config", config, "--by", "children", "--format", "json").rows)
    assert found[0] == found[1]
