"""What a delivery of another form meets, by the table's mode, and how much may be in quarantine."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.data_access.intake.test_spoiled import TODAY, put, rewrite

TABLE = "surveys"


def set_mode(bank: Path, *lines: str) -> Path:
    """The bank's surveys under these settings; their form is that of the snapshot."""
    file = bank / "cockpit.toml"
    old = f'parquet = "extracts/{TABLE}.parquet"'
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, "\n".join([old, *lines])), encoding="utf-8")
    return file


@pytest.fixture
def checked(own_bank: Path, run: Any) -> Any:
    def answer(*lines: str, change: Any) -> tuple[int, dict[str, Any]]:
        config = set_mode(own_bank, *lines)
        rewrite(own_bank, TABLE, change)
        found = run("check", "--config", config, "--today", TODAY, "--format", "json")
        return found.code, next(row for row in found.rows if row["table"] == TABLE)

    return answer


def added(frame: Any) -> Any:
    return frame.with_columns(x=1)


def dropped(frame: Any) -> Any:
    return frame.drop("reason")


def retyped(frame: Any) -> Any:
    return frame.with_columns(frame["nps"].cast(str))


CHANGES = [
    (added, "“x” is new"),
    (dropped, "“reason” is no longer"),
    (retyped, "“nps” is text, it was number"),
]


@pytest.mark.parametrize(("change", "words"), CHANGES, ids=lambda one: getattr(one, "__name__", ""))
def test_freeze_lets_no_column_change(checked: Any, change: Any, words: str) -> None:
    code, row = checked('mode = "freeze"', change=change)
    assert code == 3
    assert any(words in doubt for doubt in row["doubts"])
    assert len(row["doubts"]) == 1


def test_freeze_stops_at_one_broken_row_and_at_nothing_else(checked: Any) -> None:
    code, row = checked('mode = "freeze"', change=lambda frame: frame)
    assert (code, row["doubts"]) == (0, [])


@pytest.mark.parametrize(("mode", "code"), [("freeze", 1), ("evolve", 0), ("discard", 0)])
def test_one_broken_row(checked: Any, mode: str, code: int) -> None:
    found, row = checked(f'mode = "{mode}"', change=put("survey_kind", 3, "x"))
    assert (found, row["quarantined"]) == (code, 1)


@pytest.mark.parametrize(("mode", "code"), [("evolve", 1), ("discard", 3)])
def test_a_table_mostly_broken(checked: Any, mode: str, code: int) -> None:
    """Rows that are left out stop nothing by themselves; that most of the table is gone is doubted."""
    keep = 5
    found, row = checked(
        f'mode = "{mode}"',
        change=lambda frame: frame[:keep].vstack(frame[keep:].with_columns(survey_kind=pl.lit("?"))),
    )
    assert (found, row["loaded"], row["failure"]) == (code, keep, None)


def test_a_table_of_which_nothing_is_left_is_refused_in_every_mode(checked: Any) -> None:
    code, row = checked('mode = "discard"', change=lambda frame: frame.with_columns(survey_kind=pl.lit("?")))
    assert code == 1
    assert "not one of" in row["failure"]


@pytest.mark.parametrize(("change", "noted"), [(added, "x"), (dropped, "reason")])
def test_evolve_takes_another_form_and_says_so(checked: Any, change: Any, noted: str) -> None:
    code, row = checked(change=change)
    assert code == 0
    assert any(noted in note for note in row["notes"])


def test_discard_leaves_a_new_column_out_without_a_word(checked: Any) -> None:
    code, row = checked('mode = "discard"', change=added)
    assert (code, row["notes"]) == (0, [])


@pytest.mark.parametrize(("share", "code"), [("0.0", 1), ("0.9", 0)])
def test_a_table_has_its_own_share(checked: Any, share: str, code: int) -> None:
    found, row = checked(f"quarantine_share = {share}", change=put("survey_kind", 3, "x"))
    assert (found, row["quarantined"], row["passed"]) == (code, 1, code == 0)


def test_what_was_accepted_is_the_form_from_then_on(own_bank: Path, run: Any) -> None:
    config = set_mode(own_bank, 'mode = "freeze"')
    rewrite(own_bank, TABLE, added)
    build = ("build", "--config", config, "--today", TODAY)
    refused = run(*build)
    assert refused.code == 3
    assert f'{TABLE}: the column “x” is new; mode = "freeze" lets no column change.' in refused.err
    assert run(*build, "--accept").code == 0
    assert run(*build).code == 0


def test_a_small_table_that_has_no_row_left_is_doubted_whatever_may_change(own_bank: Path, run: Any) -> None:
    config = set_mode(own_bank)
    text = config.read_text("utf-8")
    assert "\n[policy]\n" in text
    policy = "\n[policy]\nchange_share = 1.0\nchange_floor = 10000\n"
    config.write_text(text.replace("\n[policy]\n", policy), encoding="utf-8")
    rewrite(own_bank, TABLE, lambda frame: frame.clear())
    answer = run("check", "--config", config, "--today", TODAY)
    assert answer.code == 3
    assert "DOUBTFUL: 0 rows, " in answer.out
