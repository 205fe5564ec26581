"""`map` drafts the configuration of an unknown extract; what it says is counted against the right mapping."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

REAL = Path(__file__).resolve().parents[4] / "shared" / "real"
FOREIGN = Path(__file__).parent / "foreign"
NONE = "none"

_TOLD = tomllib.loads((FOREIGN / "right.toml").read_text("utf-8"))
RIGHT, HOLDOUT = (
    {name: (one["table"], one["columns"]) for name, one in _TOLD[kind].items()}
    for kind in ("looked_at", "never_looked_at")
)


def place(name: str) -> Path:
    return FOREIGN.parent / name if name.startswith("foreign/") else REAL / name


def said(text: str) -> dict[str, str]:
    """The extract's column → what the draft makes of it, also where it only asks."""
    found: dict[str, set[str]] = {}
    section = text.partition(".columns]\n")[2].partition("\n[")[0]
    for column, raw in re.findall(r'^(?:# )?(\w+) = ("(?:[^"\\]|\\.)*")', section, re.MULTILINE):
        found.setdefault(tomllib.loads(f"x = {raw}")["x"], set()).add(column)
    for column, raw in re.findall(r'\{ (\w+) = "(.*?)"', text):
        found.setdefault(raw, set()).add(column)
    for raw in re.findall(r'^# not recognised: ("(?:[^"\\]|\\.)*")', text, re.MULTILINE):
        found[tomllib.loads(f"x = {raw}")["x"]] = {NONE}
    settings = next(iter(tomllib.loads(text)["tables"].values()))
    found |= {raw: {"level"} for raw in settings.get("levels", [])}
    return {raw: " ".join(sorted(columns)) for raw, columns in found.items()}


@pytest.mark.parametrize("name", RIGHT)
def test_four_of_five_columns_are_right(name: str, run: Any) -> None:
    file, (table, right) = place(name), RIGHT[name]
    if not file.exists():
        pytest.skip("the real inputs are not beside the checkout")
    answer = run("map", "--from", file, "--table", table)
    assert answer.code == 0, answer.err
    found = said(answer.out)
    wrong = {raw: told for raw, told in found.items() if told != right.get(raw, NONE)}
    assert right.keys() <= found.keys()
    assert len(wrong) <= 0.2 * len(found), wrong
    missed = right.keys() & wrong.keys()  # those that are none do not make it easy
    assert len(missed) <= 0.2 * len(right), missed


def test_names_that_were_never_looked_at(run: Any) -> None:
    """Four of five of all three together; of the CRM's columns alone it is ten of fourteen."""
    columns = wrong = mapped = missed = 0
    for name, (table, right) in HOLDOUT.items():
        text = run("map", "--from", place(name)).out
        assert list(tomllib.loads(text)["tables"]) == [table]
        found = said(text)
        differ = {raw for raw, told in found.items() if told != right.get(raw, NONE)}
        columns, wrong = columns + len(found), wrong + len(differ)
        mapped, missed = mapped + len(right), missed + len(differ & right.keys())
    assert wrong <= 0.2 * columns, (wrong, columns)
    assert missed <= 0.2 * mapped, (missed, mapped)


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding=encoding)
    return file


@pytest.mark.parametrize(
    ("name", "table"),
    [(name, table) for name, (table, _) in RIGHT.items() if "dep_acct" not in name],
)
def test_the_likeliest_table_is_the_right_one(name: str, table: str, run: Any) -> None:
    file = place(name)
    if not file.exists():
        pytest.skip("the real inputs are not beside the checkout")
    text = run("map", "--from", file).out
    found = list(tomllib.loads(text)["tables"])
    likely = {"customer_months": {"customer_months"}}.get(table, {table})
    assert set(found) <= likely | ({"institutions", "managers"} if "provinces" in name else set())


def test_check_runs_on_a_draft_where_all_that_is_needed_was_found(tmp_path: Path, run: Any) -> None:
    """As it stands: GB18030, wide numbers, a spreadsheet's days, units of a name, codes in words."""
    text = "商机编号|客户号|所属机构|状态|成交金额(万元)|创建日期|成交日期\n"
    text += "O1|C1|A|赢单|（1.50）|46023|2026年6月5日\nO2|C2|A|跟进中||46024|\n"
    write(tmp_path, "deals.txt", text, "gb18030")
    drafted = run("map", "--from", "deals.txt", "--config", write(tmp_path, "cockpit.toml", ""))
    assert drafted.code == 0, drafted.err
    settings = tomllib.loads(drafted.out)["tables"]["opportunities"]
    assert settings["csv"] == "deals.txt"
    assert (settings["encoding"], settings["delimiter"], settings["numbers"]) == (
        "gb18030",
        "|",
        "accounting",
    )
    assert settings["scale"] == {"amount": "万元"}
    assert settings["formats"] == {"created_on": "excel", "closed_on": "%Y年%m月%d日"}
    assert settings["values"] == {"outcome": {"赢单": "won", "跟进中": "open"}}
    write(tmp_path, "cockpit.toml", drafted.out)
    answer = run("check", "--config", tmp_path / "cockpit.toml", "--today", "2026-06-30", "--format", "json")
    [row] = [row for row in answer.rows if row["table"] == "opportunities"]
    assert (answer.code, row["loaded"], row["quarantined"]) == (0, 2, 0)


def test_a_table_of_a_database(two_years_bank: Path, run: Any) -> None:
    asked = ("--config", two_years_bank, "--database", "crm")
    answer = run("map", "--from", "deals", *asked)
    assert answer.code == 0, answer.err
    table = tomllib.loads(answer.out)["tables"]["opportunities"]
    right = tomllib.loads(two_years_bank.read_text("utf-8"))["tables"]["opportunities"]
    assert table["sql"] == "select * from deals"
    found = said(answer.out)
    wrong = {raw for column, raw in right["columns"].items() if column not in found.get(raw, "")}
    assert len(wrong) <= 0.2 * len(right["columns"]), wrong
    missing = run("map", "--from", "no_such", *asked)
    assert missing.code == 1
    assert "no_such" in missing.err


def test_folders_and_columns_that_are_months(tmp_path: Path, run: Any) -> None:
    text = "cust_no,brch_no,aum\n1,A,5\n2,A,6\n"
    for month in ("202605", "202606"):
        write(tmp_path, f"cm/month={month}/p.csv", text)
    drafted = tomllib.loads(run("map", "--from", tmp_path / "cm").out)["tables"]["customer_months"]
    assert drafted["csv"].endswith("cm/**/*.csv")
    assert drafted["columns"]["month"] == "month"
    wide = write(tmp_path, "wide.csv", "客户号,机构,2026年5月AUM,2026年6月AUM\n1,A,5,6\n2,A,7,8\n")
    drafted = tomllib.loads(run("map", "--from", wide).out)["tables"]["customer_months"]
    assert drafted["months"] == {"2026-05": {"aum": "2026年5月AUM"}, "2026-06": {"aum": "2026年6月AUM"}}


def test_what_is_asked_stands_in_comments(tmp_path: Path, run: Any) -> None:
    text = (
        "客户号,客户类型,开户日期,余额,月份,机构号\n"
        + "1,1,01/02/2020,5,2026-06,A\n" * 2
        + "2,2,03/04/2021,6,2026-06,A\n"
    )
    answer = run("map", "--from", write(tmp_path, "k.csv", text), "--table", "customers").out
    assert '# kind = "客户类型"' in answer
    assert '# "1" = "…"  # one of: personal, corporate' in answer
    assert "or is the month first?" in answer
    assert '# not recognised: "余额"' in answer
    monthly = run("map", "--from", tmp_path / "k.csv", "--table", "customer_months").out
    assert "1 rows repeat the key" in monthly and "docs/extracts.md" in monthly


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("no.csv",), 2, ["no.csv", "--database NAME"]),
        (("x.csv", "--table", "customer"), 2, ["customer", "Nearest: customers"]),
        (("x", "--database", "crm"), 2, ["crm", "--config"]),
        (("empty.csv",), 2, ["empty.csv", "no file with rows"]),
        (("binary.csv",), 1, ["binary.csv"]),
    ],
)
def test_what_cannot_be_drafted_is_said(
    tmp_path: Path, run: Any, arguments: tuple[str, ...], code: int, words: list[str]
) -> None:
    write(tmp_path, "empty.csv", "")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 9)
    first = tmp_path / arguments[0] if arguments[0].endswith(".csv") else arguments[0]
    answer = run("map", "--from", first, *arguments[1:])
    assert answer.code == code
    for word in words:
        assert word in answer.err
