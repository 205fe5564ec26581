"""The sentence of the alerts: it names the institution below that stands out most, and leads there."""

from datetime import date
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from metrics import SUBJECTS
from tests.metrics.asking import by_hand
from tests.pages.reading import data_of

DAYS = "date,institution_id,business_line,balance"


def page(
    folder: str, language: str, noted: tuple[tuple[str, str, int], ...] = (), filters: bool = False
) -> None:
    """The alerts of a bank, as its page draws them."""
    from datetime import UTC, date, datetime
    from pathlib import Path

    import streamlit as st

    from data_access.intake.config import read_config
    from data_access.notes.notes import Kind, Note, Said, State, Subject
    from data_access.view.store import open_store
    from metrics import CONTRACT, SUBJECTS
    from tests.metrics.asking import look
    from ui.review.alerts import alerts
    from ui.review.notes import Notes

    st.session_state["lang"] = language
    store = open_store(read_config(Path(folder) / "cockpit.toml", CONTRACT))
    view = look(store, SUBJECTS, "H", date(2026, 9, 1), date(2026, 9, 30))
    found = {}
    for metric, institution, first in noted:
        month = date(2026, first, 1), date(2026, first, 30)
        subject = Subject(Kind.alert, metric, institution, *month)
        said = Said(state=State.in_hand, owner=f"{institution}{first}", due_on=date(2026, 10, 2))
        found[subject.id] = Note(subject, said, 1, "li", datetime(2026, 10, 1, tzinfo=UTC))
    alerts(view, key="alerts", notes=Notes(found, date(2026, 10, 3), is_beside=not filters))


def bank(folder: Path, last: dict[str, int]) -> None:
    """Three branches with deposits month by month that swing by one per cent, and end as said."""
    rows = [DAYS]
    for key in "ABC":
        for month in range(1, 10):
            usual = 10_000_000 * (101 if month % 2 else 100) // 100
            rows.append(f"2026-{month:02}-28,{key},deposit,{last.get(key, usual) if month == 9 else usual}")
    tables = {
        "institutions": "institution_id,parent_id,level,name\nH,,head_office,总行"
        + "".join(f"\n{key},H,branch_1,{key}分行" for key in "ABC"),
        "daily_balances": "\n".join(rows),
    }
    settings = '[[alerts]]\nkey = "balance.lines.deposit"\nfloor = 1\n'
    by_hand(folder, SUBJECTS, tables, settings, {"daily_balances": date(2026, 9, 30)})


def drawn(folder: Path, language: str = "en", **more: Any) -> AppTest:
    asked = {"folder": str(folder), "language": language, **more}
    return AppTest.from_function(page, kwargs=asked, default_timeout=60).run()


def test_the_sentence_names_the_branch_and_leads_there(tmp_path: Path) -> None:
    bank(tmp_path, {"B": 20_000_000})
    app = drawn(tmp_path)
    [first] = app.button
    assert first.label.startswith("B分行") and "Deposit balance 20.0 M CNY, usually 9.65 M" in first.label
    assert "more institutions" not in first.label
    assert app.query_params == {}
    first.click().run()
    assert app.query_params["at"] in ("B", ["B"])


def test_the_worst_is_named_first_and_the_others_are_counted(tmp_path: Path) -> None:
    bank(tmp_path, {"A": 20_000_000, "C": 5_000_000})
    [first] = drawn(tmp_path, "zh").button
    assert first.label.startswith("C分行") and "1" in first.label.rpartition("。")[0][-30:]


def test_where_nothing_jumps_nobody_is_named(tmp_path: Path) -> None:
    bank(tmp_path, {})
    assert not drawn(tmp_path).button


def test_a_note_stands_beside_the_alert_that_it_is_of(tmp_path: Path) -> None:
    """Of that figure, institution and month; under a filter the figure is another one."""
    bank(tmp_path, {"A": 20_000_000, "C": 5_000_000})
    figure = "balance.lines.deposit"
    noted = ((figure, "A", 9), (figure, "C", 8), (figure, "B", 9), ("balance.lines.loan", "C", 9))
    rows = {
        row["id"]: row["cells"]["note"] for row in data_of(drawn(tmp_path, noted=noted))["alerts"]["rows"]
    }
    assert (rows["A"]["text"], rows["A"]["mark"], rows["A"]["note"]) == (
        "overdue",
        "bad",
        "A9 · due 2026-10-02",
    )
    assert rows["C"]["text"] == ""
    for more in ({}, {"noted": noted, "filters": True}):
        columns = data_of(drawn(tmp_path, **more))["alerts"]["columns"]
        assert "note" not in [column["key"] for column in columns]
