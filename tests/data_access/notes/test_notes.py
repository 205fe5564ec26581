"""A note is what was written last, with all that was before it; of two who write at once none is lost."""

import threading
from datetime import date

import pytest

from data_access.errors import DataError
from data_access.notes.database import NotesDatabase
from data_access.notes.notes import (
    Kind,
    Note,
    Outdated,
    Said,
    State,
    Subject,
    counts,
    history,
    notes_of,
    write,
)

YEAR = date(2026, 1, 1), date(2026, 12, 31)
PLAN = Subject(Kind.plan, "balance.lines.deposit", "0011", *YEAR)


def put(
    database: NotesDatabase, said: Said, seen: int = 0, author: str = "li", subject: Subject = PLAN
) -> Note:
    return write(database, subject, said, seen=seen, author=author, recorded=lambda: None)


def test_what_is_written_is_read(database: NotesDatabase) -> None:
    assert notes_of(database, None, None) == [] and database.is_new
    said = Said(state=State.in_hand, owner="王敏", note="visit\nthe largest", due_on=date(2026, 11, 15))
    written = put(database, said)
    assert notes_of(database, ["0011"], None) == [written]
    assert (written.said, written.version, written.author) == (said, 1, "li")
    assert notes_of(database, ["00110"], None) == []
    assert database.file is not None and database.file.stat().st_mode & 0o777 == 0o600


def test_a_subject_is_its_figure_institution_and_window(database: NotesDatabase) -> None:
    others = [
        Subject(Kind.alert, PLAN.metric, PLAN.institution, *YEAR),
        Subject(Kind.plan, "balance.lines.loan", PLAN.institution, *YEAR),
        Subject(Kind.plan, PLAN.metric, "001", *YEAR),
        Subject(Kind.plan, PLAN.metric, PLAN.institution, YEAR[0], date(2026, 10, 31)),
    ]
    for subject in (PLAN, *others):
        put(database, Said(), subject=subject)
    assert len(notes_of(database, None, None)) == 5


def test_of_two_who_write_at_once_the_second_is_told_and_nothing_is_lost(database: NotesDatabase) -> None:
    put(database, Said(note="first"))
    put(database, Said(note="hers"), seen=1, author="she")
    with pytest.raises(Outdated, match="she has changed") as told:
        put(database, Said(note="his"), seen=1, author="he")
    assert told.value.now is not None and told.value.now.said.note == "hers"
    put(database, Said(note="his, after hers"), seen=2, author="he")
    assert [(one.said.note, one.author) for one in history(database, PLAN)] == [
        ("his, after hers", "he"),
        ("hers", "she"),
        ("first", "li"),
    ]


def test_of_two_who_write_the_first_note_at_once_one_is_told(database: NotesDatabase) -> None:
    put(database, Said(note="hers"), author="she")
    with pytest.raises(Outdated, match="she has changed"):
        put(database, Said(note="his"), author="he")
    assert [one.said.note for one in history(database, PLAN)] == ["hers"]


def test_many_at_once_on_a_new_database(database: NotesDatabase) -> None:
    """Whoever is not told has written: as many versions as writings that went well."""
    done, told = list[str](), list[str]()
    start = threading.Barrier(6)

    def work(author: str) -> None:
        start.wait()
        for _ in range(5):
            found = notes_of(database, None, None)
            try:
                put(database, Said(note=author), seen=found[0].version if found else 0, author=author)
                done.append(author)
            except Outdated:
                told.append(author)

    threads = [threading.Thread(target=work, args=(f"u{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) + len(told) == 30
    versions = [one.version for one in history(database, PLAN)]
    assert versions == list(range(len(done), 0, -1))


def test_what_is_done_goes_with_its_window(database: NotesDatabase) -> None:
    put(database, Said(state=State.done))
    assert notes_of(database, None, None) == []
    assert len(notes_of(database, None, date(2026, 12, 31))) == 1
    assert notes_of(database, None, date(2027, 1, 1)) == []
    assert counts(database) == {"open": 0, "in_hand": 0, "done": 1}


def test_without_a_record_nothing_is_written(database: NotesDatabase) -> None:
    def refused() -> None:
        raise DataError("no record")

    with pytest.raises(DataError, match="no record"):
        write(database, PLAN, Said(), seen=0, author="li", recorded=refused)
    assert notes_of(database, None, None) == [] and history(database, PLAN) == []


def test_identities_are_masked_before_a_text_is_kept(database: NotesDatabase) -> None:
    put(database, Said(note="call 13800138000\x00\x07 " + "x" * 600, owner="a@bank.example"))
    assert database.file is not None
    content = database.file.read_bytes()
    assert b"13800138000" not in content and b"a@bank" not in content
    [note] = notes_of(database, None, None)
    assert note.said.note.startswith("call 138****8000 x") and len(note.said.note) == 500


@pytest.mark.parametrize(
    ("state", "due", "late"),
    [(State.open, 14, True), (State.open, 15, False), (State.open, None, False), (State.done, 14, False)],
)
def test_overdue_is_what_is_not_done_after_its_day(state: State, due: int | None, late: bool) -> None:
    said = Said(state=state, due_on=date(2026, 11, due) if due else None)
    note = Note(PLAN, said, 1, "li", None)  # type: ignore[arg-type]
    assert note.is_overdue(date(2026, 11, 15)) is late
