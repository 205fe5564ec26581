"""A delivery beside the one before it: what `build` says, what stops it, what tiny banks may do."""

from typing import Any

import pytest

HEAD = "month,customer_id,institution_id,aum\n"
BOOK = {"customer_months": "cm/*.csv"}


def month(day: str, customers: int, times: float = 1, first: int = 0) -> str:
    """Customers who hold 1,000 and more each."""
    return HEAD + "".join(f"{day},{n},A,{(1000 + n + first) * times}\n" for n in range(customers))


@pytest.fixture
def book(bank: Any) -> Any:
    """Two months of 150 customers, built."""
    found = bank(BOOK, {"cm/5.csv": month("2026-05", 150), "cm/6.csv": month("2026-06", 150, first=7)})
    answer = found.build()
    assert answer.code == 0, answer.err
    return found


def test_build_says_what_check_says_and_what_changed(book: Any) -> None:
    book.write({"cm/7.csv": month("2026-07", 160) + "2026-07,x,Nowhere,5\n2026-07,1,A,1001.0\n"})
    checked = book.run("check", "--config", book.config, "--today", "2026-11-20")
    built = book.build()
    assert (checked.code, built.code) == (0, 0)
    assert built.out.startswith(checked.out)
    line = next(line for line in built.out.splitlines() if line.startswith("customer_months"))
    assert line.split()[1:] == ["ok", "462", "in", "460", "loaded", "1", "quarantined", "1", "duplicate"]
    assert "before 300 rows (+160), to 2026-06-30 → 2026-07-31" in built.out
    assert "“Nowhere”" in built.out
    [row] = book.build("--format", "json").rows
    assert {table["table"]: table["loaded"] for table in row["tables"]}["customer_months"] == 460


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"cm/7.csv": month("2026-07", 60)}, "60 rows in the newest month, 150 before (-60%"),
        ({"cm/7.csv": month("2026-07", 230)}, "230 rows in the newest month, 150 before (+53%"),
        ({"cm/5.csv": HEAD, "cm/6.csv": month("2026-06", 149)}, "149 rows, 300 before (-50%"),
        ({"cm/6.csv": HEAD}, "the data reach to 2026-05-31, before they reached to 2026-06-30"),
        ({"cm/7.csv": month("2026-07", 150, first=7)}, "2026-07 holds the same 150 rows as 2026-06"),
        ({"cm/7.csv": month("2026-07", 150, 100)}, "the median of aum is 107,450.00, 1,081.50 before"),
        ({"cm/7.csv": month("2026-07", 150, 0.001)}, "the median of aum is 1.07, 1,081.50 before"),
    ],
)
def test_what_cannot_be_right_stops(files: dict[str, str], words: str, book: Any) -> None:
    before = (book.config.parent / ".cockpit" / "CURRENT").read_text()
    book.write(files)
    answer = book.build()
    assert answer.code == 3
    assert f"customer_months: {words}" in answer.err
    assert "--accept" in answer.err
    assert (book.config.parent / ".cockpit" / "CURRENT").read_text() == before
    checked = book.run("check", "--config", book.config, "--today", "2026-11-20")
    assert (checked.code, words in checked.out) == (3, True)
    assert book.build("--accept").code == 0
    assert book.build().code == 0  # what was taken is what the next is compared with


def test_policy_says_what_may_change(book: Any) -> None:
    book.write({"cm/7.csv": month("2026-07", 60)})
    text = book.config.read_text("utf-8")
    for setting in ("change_share = 0.7", "change_floor = 1000"):
        book.write({"cockpit.toml": f"{text}[policy]\n{setting}\n"})
        assert book.run("check", "--config", book.config, "--today", "2026-11-20").code == 0


def test_a_bank_of_five_rows_is_not_stopped(bank: Any) -> None:
    found = bank(BOOK, {"cm/5.csv": month("2026-05", 2), "cm/6.csv": month("2026-06", 2)})
    assert found.build().code == 0
    found.write({"cm/7.csv": month("2026-07", 5, 1000)})
    assert found.build().code == 0


def test_columns_that_nothing_maps_are_named_with_the_nearest(bank: Any) -> None:
    text = "month,customer_id,institution_id,aum ,Depo sit,ZZZ\n2026-06,1,A,5,6,7\n"
    code, reports = bank({"customer_months": "cm.csv"}, {"cm.csv": text}).check()
    assert code == 0
    [note] = reports["customer_months"]["notes"]
    assert "“aum ” (≈ aum?)" in note and "(≈ deposit?)" in note and "“ZZZ”" in note


def test_plans_for_no_metric_are_named_with_those_there_are(bank: Any) -> None:
    plans = "institution_id,metric,basis,period_start,period_end,value\n"
    for name in ("balance.lines.deposits", "deposit", "balance.lines.deposit"):
        plans += f"H,{name},level,2025-01-01,2025-12-31,500\n"
    days = "date,institution_id,business_line,product,balance\n2025-12-31,A,deposit,giro,100\n"
    found = bank({"targets": "t.csv", "daily_balances": "db.csv"}, {"t.csv": plans, "db.csv": days})
    code, reports = found.check()
    notes = reports["targets"]["notes"]
    assert code == 0
    assert "“balance.lines.deposits”" in notes[0] and "row 1" in notes[0]
    assert "Meant: balance.lines.deposit, " in notes[0]
    assert "“deposit”" in notes[1] and "row 2" in notes[1]
    assert "balance.lines," in notes[2] and len(notes) == 3


def test_a_soft_reference_that_fits_nowhere_fails_the_table(bank: Any) -> None:
    deals = "opportunity_id,institution_id,outcome,created_on,customer_id\n"
    deals += "a,A,open,2026-05-01,C-1\nb,A,open,2026-05-01,C-2\nc,A,open,2026-05-01,\n"
    files = {"cm.csv": HEAD + "2026-06,1,A,5\n", "o.csv": deals}
    code, reports = bank({"customer_months": "cm.csv", "opportunities": "o.csv"}, files).check()
    assert code == 1
    said = reports["opportunities"]["failure"]
    assert "not one of the 2 values of customer_id is in customers" in said and "“C-1”" in said
    files["o.csv"] = deals + "d,A,open,2026-05-01,1\n"
    code, reports = bank({"customer_months": "cm.csv", "opportunities": "o.csv"}, files).check()
    assert (code, reports["opportunities"]["loaded"]) == (0, 4)
    assert "2 rows name a customer_id that is not in customers" in reports["opportunities"]["notes"][0]
