"""`check` and `build` on spoiled copies of a bank: what is wrong is named, what was there still serves."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.quick import one_in

TODAY = "2026-11-20"
COUNTS = ("rows_in", "loaded", "quarantined", "duplicate")


def extract(bank: Path, name: str) -> Path:
    return bank / "extracts" / f"{name}.parquet"


def rewrite(bank: Path, name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    file = extract(bank, name)
    change(pl.read_parquet(file)).write_parquet(file)


def as_csv(bank: Path, name: str, encoding: str = "utf-8", line_end: str = "\n", said: str = "") -> Path:
    """Delivers a Parquet table as CSV instead."""
    file = extract(bank, name).with_suffix(".csv")
    text = pl.read_parquet(extract(bank, name)).write_csv()
    file.write_bytes(text.replace("\n", line_end).encode(encoding))
    settings = bank / "cockpit.toml"
    old = f'parquet = "extracts/{name}.parquet"'
    assert old in settings.read_text("utf-8")
    new = f'csv = "extracts/{name}.csv"\n{said}'
    settings.write_text(settings.read_text("utf-8").replace(old, new), encoding="utf-8")
    return file


def put(column: str, row: int, value: Any) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """One cell, by the row's number counted from 1; text where a number was makes the column text."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        if isinstance(value, str):
            frame = frame.with_columns(pl.col(column).cast(pl.String))
        here = pl.int_range(pl.len()) == row - 1
        cell = pl.when(here).then(pl.lit(value)).otherwise(pl.col(column))
        return frame.with_columns(cell.alias(column))

    return change


def missing_column(bank: Path) -> None:
    rewrite(bank, "customers", lambda frame: frame.drop("customer_id"))


def missing_in_one_month(bank: Path) -> None:
    rewrite(bank, "customer_months/2026-07", lambda frame: frame.drop("institution_id"))


def text_in_one_number(bank: Path) -> None:
    rewrite(bank, "customer_months/2026-07", put("aum", 5, "n/a"))


def text_in_all_numbers(bank: Path) -> None:
    rewrite(bank, "customer_months/2026-07", lambda frame: frame.with_columns(aum=pl.lit("12 yuan")))


def unknown_parent(bank: Path) -> None:
    rewrite(bank, "institutions", put("parent_id", 9, "4711"))


def repeated_row(bank: Path) -> None:
    rewrite(bank, "customers", lambda frame: pl.concat([frame, frame[3:5]]))


def repeated_key(bank: Path) -> None:
    again = put("birth_year", 1, 1900)
    rewrite(bank, "customers", lambda frame: pl.concat([frame, again(frame[3:4])], how="vertical_relaxed"))


def circle(bank: Path) -> None:
    """The first branch with a child hangs below that child."""
    frame = pl.read_parquet(extract(bank, "institutions"))
    above = dict(frame.select("institution_id", "parent_id").iter_rows())
    child = next(key for key, parent in above.items() if parent and above[parent] and above[above[parent]])
    number = frame["institution_id"].to_list().index(above[child]) + 1
    rewrite(bank, "institutions", put("parent_id", number, child))


def bare_cr(bank: Path) -> None:
    as_csv(bank, "managers", line_end="\r")


def empty_file(bank: Path) -> None:
    extract(bank, "customers").write_bytes(b"")


def header_only(bank: Path) -> None:
    for file in (bank / "extracts" / "customer_months").iterdir():
        pl.read_parquet(file).clear().write_parquet(file)


def truncated(bank: Path) -> None:
    file = extract(bank, "customer_months/2026-08")
    file.write_bytes(file.read_bytes()[:-200])


def gbk_unsaid(bank: Path) -> None:
    """The first name that is not ASCII stands in row 400, far beyond the first block that is read."""
    names = pl.int_range(pl.len()).map_elements(lambda i: "王" if i == 399 else "Wang", pl.String)
    plain = pl.col("customer_id", "institution_id", "kind")
    rewrite(bank, "customers", lambda frame: frame.select(plain, name=names))
    assert as_csv(bank, "customers", "gbk").stat().st_size > 15_000


def gbk_said(bank: Path) -> None:
    as_csv(bank, "managers", "gbk", said='encoding = "gb18030"')


def one_future_date(bank: Path) -> None:
    rewrite(bank, "customers", put("joined_on", 17, pl.Series(["2099-01-01"]).str.to_date()[0]))


def all_future_dates(bank: Path) -> None:
    rewrite(bank, "customers", lambda frame: frame.with_columns(joined_on=pl.date(2099, 1, 1)))


@dataclass(frozen=True)
class Case:
    """A way to spoil a bank, the table that must say so, and words that its answer must hold."""

    spoil: Callable[[Path], None]
    table: str
    passes: bool
    words: tuple[str, ...]
    quarantined: int | str = 0  # a number, or every row of this extract
    duplicate: int = 0


CASES = [
    Case(missing_column, "customers", False, ("customer_id", "missing", "[tables.customers.columns]")),
    Case(missing_in_one_month, "customer_months", False, ("institution_id", "2026-07.parquet", "Every row")),
    Case(text_in_one_number, "customer_months", True, ("aum", "2026-07.", "row 5", "“n/a”", "accounting"), 1),
    Case(
        text_in_all_numbers,
        "customer_months",
        False,
        ("aum", "row 1", "“12 yuan”"),
        "customer_months/2026-07",
    ),
    Case(unknown_parent, "institutions", False, ("row 9", "parent_id", "“4711”", "Deliver")),
    Case(repeated_row, "customers", True, (), duplicate=2),
    Case(repeated_key, "customers", True, ("customer_id", "row 4", "two contents", "one row per"), 2),
    Case(circle, "institutions", False, ("circle", "→", "parent_id", "Correct")),
    Case(bare_cr, "managers", True, ()),
    Case(empty_file, "customers", False, ("customers.parquet", "empty", "Deliver it again")),
    Case(header_only, "customer_months", False, ("no row", "Deliver")),
    Case(truncated, "customer_months", False, ("2026-08.parquet", "cut short", "deliver it again")),
    Case(gbk_unsaid, "customers", False, ("customers.csv", "UTF-8", "line 401", "gb18030")),
    Case(gbk_said, "managers", True, ()),
    Case(
        one_future_date, "customers", True, ("joined_on", "row 17", "“2099-01-01”", "2026-10-31", "as_of"), 1
    ),
    Case(all_future_dates, "customers", False, ("joined_on", "row 1", "as_of"), "customers"),
]


# the customer's months are in quarantine with the customer, and their AUM is missing
OFF_THE_LEDGER = (repeated_key, one_future_date)


def leftovers(bank: Path) -> list[str]:
    """Half-built folders and locks."""
    root = bank / ".cockpit"
    found = [*root.glob(".*"), *root.glob("snapshots/.*"), *root.glob("*.lock")]
    return [path.name for path in found]


@pytest.mark.parametrize("case", one_in(3, CASES), ids=lambda case: case.spoil.__name__)
def test_spoiled(case: Case, own_bank: Path, run: Any) -> None:
    config = own_bank / "cockpit.toml"
    asked = ("metric", "book.summary", "--config", config, "--format", "json", "--by", "children")
    rows_before = rows_per_table(own_bank)
    before = run(*asked).rows
    quarantined = case.quarantined
    if isinstance(quarantined, str):
        quarantined = pl.read_parquet(extract(own_bank, quarantined)).height
    case.spoil(own_bank)

    answer = run("check", "--config", config, "--today", TODAY, "--format", "json")
    reports = {row["table"]: row for row in answer.rows}
    code = (3 if reports["controls"]["doubts"] else 0) if case.passes else 1
    assert answer.code == code
    assert not reports["controls"]["doubts"] or case.spoil in OFF_THE_LEDGER or not case.passes
    assert reports.pop("grants")["passed"]  # read without a build
    assert list(reports) == list(rows_before)
    assert {name for name, row in reports.items() if not row["passed"]} >= (
        set() if case.passes else {case.table}
    )
    for row in reports.values():
        assert row["rows_in"] == row["loaded"] + row["quarantined"] + row["duplicate"]
    report = reports[case.table]
    assert (report["quarantined"], report["duplicate"]) == (quarantined, case.duplicate)
    if not report["failure"]:
        assert report["rows_in"] == rows_before[case.table] + extra_rows(case)

    shown = run("check", "--config", config, "--today", TODAY)
    assert shown.code == answer.code
    state = "ok" if case.passes else "FAILED"
    start = shown.out.index(f"{case.table:<16} {state}")
    following = [shown.out.find(f"\n{name:<16} ", start) for name in reports]
    paragraph = shown.out[start : min([at for at in following if at > 0], default=len(shown.out))]
    for word in case.words:
        assert word in paragraph
    if not case.words:
        assert len(paragraph.splitlines()) == 1
    assert not leftovers(own_bank)

    current = (own_bank / ".cockpit" / "CURRENT").read_text()
    building = run("build", "--config", config, "--today", TODAY)
    assert building.code == code
    assert not leftovers(own_bank)
    if not case.passes:
        assert (own_bank / ".cockpit" / "CURRENT").read_text() == current
        assert [path.name for path in (own_bank / ".cockpit" / "snapshots").iterdir()] == [current]
        assert case.table in building.err
        assert run(*asked).rows == before  # the former snapshot still serves


def extra_rows(case: Case) -> int:
    return {"repeated_row": 2, "repeated_key": 1}.get(case.spoil.__name__, 0)


def rows_per_table(bank: Path) -> dict[str, int]:
    """What the bank delivered before it was spoiled, by table in the contract's order."""
    current = (bank / ".cockpit" / "CURRENT").read_text()
    manifest = json.loads((bank / ".cockpit" / "snapshots" / current / "manifest.json").read_text("utf-8"))
    return {row["table"]: row["rows_in"] for row in manifest["reports"]}


def test_a_clean_bank_loads_every_row(sample_bank: Path) -> None:
    extracts = sample_bank / "extracts"
    found = rows_per_table(sample_bank)
    for name in ("institutions", "managers", "customers"):
        assert found[name] == pl.read_parquet(extracts / f"{name}.parquet").height
    assert found["customer_months"] == pl.read_parquet(extracts / "customer_months" / "*.parquet").height


def test_an_unknown_encoding_is_a_wrong_call(own_bank: Path, run: Any) -> None:
    as_csv(own_bank, "managers", said='encoding = "gbk-2"')
    answer = run("check", "--config", own_bank / "cockpit.toml", "--today", TODAY)
    assert answer.code == 2
    assert "gbk-2" in answer.err
    assert "managers" in answer.err


def test_a_ragged_line_is_named(own_bank: Path, run: Any) -> None:
    file = as_csv(own_bank, "managers")
    lines = file.read_text("utf-8").splitlines()
    lines[10] += ",one,two,three"
    file.write_text("\n".join(lines), encoding="utf-8")
    answer = run("check", "--config", own_bank / "cockpit.toml", "--today", TODAY)
    assert answer.code == 1
    assert "managers.csv" in answer.out
    assert "line 11" in answer.out


def test_ids_of_the_former_snapshot_do_not_excuse_a_missing_institution(own_bank: Path, run: Any) -> None:
    """An outlet taken out of the institutions while its customers are still delivered."""
    config = own_bank / "cockpit.toml"
    frame = pl.read_parquet(extract(own_bank, "institutions"))
    booked = pl.read_parquet(extract(own_bank, "customer_months/2026-10"))["institution_id"]
    gone = next(
        key
        for key in booked.unique().sort()
        if key not in frame["parent_id"] and key not in frame["merged_into"].drop_nulls()
    )
    rewrite(own_bank, "institutions", lambda frame: frame.filter(pl.col("institution_id") != gone))
    reports = {
        row["table"]: row
        for row in run("check", "--config", config, "--today", TODAY, "--format", "json").rows
    }
    rules = {rule["rule"]: rule["rows"] for rule in reports["customer_months"]["rules"]}
    months = pl.read_parquet(own_bank / "extracts" / "customer_months" / "*.parquet")
    assert rules["unknown in institutions"] == (months["institution_id"] == gone).sum()


def test_an_optional_column_may_be_absent_in_some_files(own_bank: Path, run: Any) -> None:
    config = own_bank / "cockpit.toml"
    rewrite(own_bank, "customer_months/2026-07", lambda frame: frame.drop("aum", "own_transactions"))
    assert run("build", "--config", config, "--today", TODAY).code == 0
    asked = ("metric", "book.summary", "--config", config, "--format", "json", "--month")
    [row] = run(*asked, "2026-07").rows
    assert (row["aum"], row["active"], row["aum_median"]) == (None, None, None)
    assert run(*asked, "2026-08").rows[0]["aum"] > 0
