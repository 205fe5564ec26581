"""Files as banks deliver them: delimiters, encodings, quotes; what does not fit is named with its remedy."""

from pathlib import Path
from typing import Any

import pytest

from data_access.intake.csv_files import csv_frames
from data_access.intake.source import Source

ROWS = [
    ["客户号", "机构号", "月份", "余额"],
    ["001", "A", "2026-05", "10.50"],
    ["002", "A", "2026-05", "20"],
    ["王五", "A", "2026-06", "30"],
]
SETTINGS = """
[tables.customer_months]
csv = "book.csv"
as_of = 2026-06-30
{more}
[tables.customer_months.columns]
customer_id = "客户号"
institution_id = "机构号"
month = "月份"
aum = "余额"
[tables.institutions]
csv = "tree.csv"
"""
TREE = "institution_id\nA\n"


@pytest.fixture
def asked(tmp_path: Path, run: Any) -> Any:
    """The exit code and words of `check` on a book written as these bytes, with more settings."""

    def answer(book: bytes, more: str = "", form: str = "table") -> Any:
        (tmp_path / "book.csv").write_bytes(book)
        (tmp_path / "tree.csv").write_text(TREE)
        (tmp_path / "cockpit.toml").write_text(SETTINGS.format(more=more), encoding="utf-8")
        return run("check", "--config", tmp_path / "cockpit.toml", "--today", "2026-06-30", "--format", form)

    return answer


def book(delimiter: str = ",", end: str = "\n") -> str:
    return "".join(delimiter.join(row) + end for row in ROWS)


def loaded(answer: Any) -> int:
    [report] = [row for row in answer.rows if row["table"] == "customer_months"]
    assert report["notes"] == [] and report["failure"] is None, report
    found: int = report["loaded"]
    return found


@pytest.mark.parametrize(
    ("sign", "toml"),
    [
        (";", '";"'),
        ("|", '"|"'),
        ("\t", '"\\t"'),
        ("|+|", '"|+|"'),
        ("\x01", '"\\u0001"'),
        ("\x01", "'\\x01'"),
        ("^", '"^"'),
        ("，", '"，"'),
        ("||", '"||"'),
    ],
)
def test_any_delimiter_once_it_is_named(asked: Any, sign: str, toml: str) -> None:
    text = book(sign).encode()
    unsaid = asked(text)
    assert unsaid.code == 1
    assert "customer_months: book.csv has 1 column" in unsaid.out
    if not toml.startswith("'"):
        assert f"delimiter = {toml} under [tables.customer_months]" in unsaid.out
    assert loaded(asked(text, f"delimiter = {toml}", "json")) == 3


def test_a_part_of_a_long_delimiter_is_not_taken_for_it(asked: Any) -> None:
    answer = asked(book("|+|").encode(), 'delimiter = "|"')
    assert answer.code == 1
    assert 'delimiter = "|+|"' in answer.out


def test_a_long_delimiter_inside_quotes_stays_text(tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_text(book("|+|").replace("王五", '"王|+|五"'), encoding="utf-8")
    source = Source("customer_months", csv="book.csv", delimiter="|+|")
    [frame] = csv_frames(source, file, tmp_path / "copy", lambda _: None)
    assert frame["客户号"].to_list() == ["001", "002", "王|+|五"]


ENCODINGS = ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("said", ENCODINGS)
@pytest.mark.parametrize("written", ENCODINGS)
def test_an_encoding_is_read_or_refused_with_the_right_one(asked: Any, written: str, said: str) -> None:
    """Never read as other words: what is not as it was said is refused, and the remedy works."""
    text = book().encode(written)
    answer = asked(text, f'encoding = "{said}"')
    fits = {said, written} <= {"gbk", "gb18030"} or {said, written} <= {"utf-8", "utf-8-sig"}
    wide = {("utf-16", "utf-16-le"), ("utf-16", "utf-16-be"), ("utf-16-le", "utf-16")}
    fits = fits or said == written or (said, written) in wide
    assert answer.code == (0 if fits else 1), answer.out
    if not fits:
        assert "book.csv is not" in answer.out
        remedy = answer.out.partition('Say encoding = "')[2].partition('"')[0]
        assert loaded(asked(text, f'encoding = "{remedy}"', "json")) == 3


def test_what_is_no_text_is_refused(asked: Any) -> None:
    answer = asked(book().replace("002", "00\0002").encode())
    assert answer.code == 1
    assert "book.csv: there is a NUL byte in line 3" in answer.out


def test_a_file_that_is_cut_in_a_sign_of_two_bytes(asked: Any) -> None:
    answer = asked(book().encode("utf-16")[:-3], 'encoding = "utf-16"')
    assert answer.code == 1
    assert "book.csv is not UTF-16" in answer.out


@pytest.mark.parametrize(
    ("cell", "line"),
    [('"002', 3), ('"002",A,2026-05,20\n"003', 4)],
)
def test_quotes_that_swallow_lines_are_named(asked: Any, cell: str, line: int) -> None:
    answer = asked(book().replace("002", cell).encode())
    assert answer.code == 1
    assert f"begins in line {line}" in answer.out
    assert 'quote = ""' in answer.out


def test_a_quote_inside_a_field_is_text_and_quotes_may_be_off(asked: Any) -> None:
    assert loaded(asked(book().replace("002", '0"2').encode(), 'quote = ""', "json")) == 3
    assert loaded(asked(book().replace("002", '"002').encode(), 'quote = ""', "json")) == 3
    assert loaded(asked(book().replace("002", "'0,2'").encode(), 'quote = "\'"', "json")) == 3


def test_a_last_line_without_an_end_is_said(asked: Any) -> None:
    answer = asked(book().encode()[:-1])
    assert answer.code == 0
    assert "book.csv: its last line does not end" in answer.out


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('delimiter = ""', ["delimiter", '"|+|"']),
        ('delimiter = "tab"', ["delimiter", '"\\t"']),
        ("quote = \"''\"", ["quote", "one sign"]),
        ('numbers = "german"', ["numbers", "plain accounting"]),
        ('decimal = ";"', ["decimal", ". ,"]),
        ('mode = "strict"', ["mode", "evolve discard freeze"]),
        ("quarantine_share = 2", ["quarantine_share", "0 to 1"]),
        ('fold_width = "yes"', ["fold_width", "true or false"]),
        ('scale = { aum = "万" }', ["aum", "万元"]),
        ("scale = { aum = -1 }", ["aum", "above 0"]),
        ("scale = { aum = true }", ["aum", "above 0"]),
    ],
)
def test_a_setting_that_cannot_be_is_refused(asked: Any, setting: str, words: list[str]) -> None:
    answer = asked(book().encode(), setting)
    assert answer.code == 2
    for word in ["[tables.customer_months", *words]:
        assert word in answer.err
