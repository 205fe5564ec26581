"""The sentence of the alerts: it names the institution below that stands out most, and leads there."""

from datetime import date
from pathlib import Path

from streamlit.testing.v1 import AppTest

from metrics import SUBJECTS
from tests.metrics.asking import by_hand

DAYS = "date,institution_id,business_line,balance"


def page(folder: str, language: str) -> None:
    """The alerts of a bank, as its page draws them."""
    from datetime import date
    from pathlib import Path

    import streamlit as st

    from data_access.intake.config import read_config
    from data_access.view.store import open_store
    from metrics import CONTRACT, SUBJECTS
    from tests.metrics.asking import look
    from ui.review.alerts import alerts

    st.session_state["lang"] = language
    store = open_store(read_config(Path(folder) / "cockpit.toml", CONTRACT))
    alerts(look(store, SUBJECTS, "H", date(2026, 9, 1), date(2026, 9, 30)), key="alerts")


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


def drawn(folder: Path, language: str = "en") -> AppTest:
    return AppTest.from_function(page, args=(str(folder), language), default_timeout=60).run()


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
