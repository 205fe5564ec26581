"""Sessions end when they should, and a copied token ends with them."""

import stat
from pathlib import Path

import pytest

from data_access.access.sessions import Sessions
from data_access.access.settings import Auth

HOUR, MINUTE = 3600, 60


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    found = Sessions(tmp_path / "bank", Auth(hours=8, idle_minutes=30))
    found.now = lambda: 1_000_000.0
    return found


def at(sessions: Sessions, seconds: float) -> None:
    sessions.now = lambda: 1_000_000.0 + seconds


def test_a_session_holds_while_it_is_used_and_no_longer_than_eight_hours(sessions: Sessions) -> None:
    token = sessions.begin("u1")
    for minutes in range(25, 8 * 60, 25):
        at(sessions, minutes * MINUTE)
        found = sessions.find(token)
        assert found is not None and found.user == "u1"
    at(sessions, 8 * HOUR)
    assert sessions.find(token) is None
    at(sessions, 1)
    assert sessions.find(token) is None  # what has ended does not begin again


def test_half_an_hour_without_a_click_ends_it(sessions: Sessions) -> None:
    token = sessions.begin("u1")
    at(sessions, 29 * MINUTE)
    assert sessions.find(token, click=False)  # a reconnect is no click
    at(sessions, 30 * MINUTE)
    assert sessions.find(token) is None


def test_out_is_out_for_every_copy(sessions: Sessions) -> None:
    first, second, other = sessions.begin("u1"), sessions.begin("u1"), sessions.begin("u2")
    sessions.end(first)
    assert sessions.find(first) is None
    assert sessions.find(second)
    assert sessions.end_all("u1") == 1
    assert sessions.find(second) is None
    assert sessions.find(other)


def test_what_is_no_token_is_nobody(sessions: Sessions, tmp_path: Path) -> None:
    assert sessions.find("x") is None  # before the first sign-in
    token = sessions.begin("u1")
    for wrong in (None, "", "x", token[:-1], token + " ", "' or 1=1 --"):
        assert sessions.find(wrong) is None
    assert token.encode() not in sessions.file.read_bytes()  # the file holds hashes
    assert stat.S_IMODE(sessions.file.stat().st_mode) == 0o600


def test_a_clock_set_back_and_a_damaged_file_are_nobody(sessions: Sessions) -> None:
    token = sessions.begin("u1")
    at(sessions, -HOUR)
    assert sessions.find(token) is None
    token = sessions.begin("u1")
    sessions.file.write_bytes(b"not a database" * 100)
    assert sessions.find(token) is None
