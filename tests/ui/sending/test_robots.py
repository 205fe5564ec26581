"""What a robot answers, and what is made of it; its address and its words are never told."""

from pathlib import Path

import pytest

from data_access.access.send import Robot
from data_access.errors import CockpitError
from tests.ui.sending.conftest import KEY
from tests.ui.sending.servers import RobotServer
from ui.sending.failures import Refused, Unreachable, Unsure
from ui.sending.robots import A_MINUTE, Pace, post

LATER = (429, {"retry-after": "7"}, "")
FAR = (503, {"retry-after": "86400"}, "")


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def say(chat: RobotServer, slept: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Has a robot say a text; its address is that of the server, or another one."""
    monkeypatch.setenv("NO_PROXY", "*")

    def saying(url: str | None = None, kind: str = "wecom") -> None:
        (tmp_path / "robot").write_text(f"http://127.0.0.1:{chat.port}/?key={KEY}" if url is None else url)
        robot = Robot(kind=kind, url="file:robot")
        post("group", robot, tmp_path, "title", "text", 1, Pace(sleep=slept.append))

    return saying


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ([(200, {}, {"errcode": 0})], []),
        ([(200, {}, {"StatusCode": 0, "StatusMessage": "success"})], []),
        ([LATER, FAR], [7, 60]),
        ([(200, {}, {"errcode": 45009}), (200, {}, {"code": 11232})], [60, 60]),
        ([(429, {"retry-after": "Mon, 30 Nov 2026 08:00:00 GMT"}, "")], [60]),
    ],
)
def test_it_is_taken_at_last(answers, waits, say, chat: RobotServer, slept: list[float]) -> None:  # type: ignore[no-untyped-def]
    chat.answers = list(answers)
    say()
    assert slept == waits and len(chat.told) == max(len(answers), len(waits) + 1)


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ([LATER] * 3, Refused, "was asked 3 times"),
        ([(200, {}, {"errcode": 93000, "errmsg": KEY})], Refused, "(status 200, code 93000)"),
        ([(200, {}, {"errcode": KEY})], Refused, "(status 200, code none)"),
        ([(200, {}, [0])], Refused, "(status 200, code none)"),
        ([(200, {}, f"<html>{KEY}</html>")], Refused, "(status 200, code none)"),
        ([(500, {}, {"errcode": 0})], Refused, "(status 500, code 0)"),
        ([(302, {"location": "http://127.0.0.1:9/"}, "")], Refused, "(status 302, code none)"),
        ([(504, {}, KEY)], Unsure, "answered 504"),
        ([1.5], Unsure, "(ReadTimeout)"),
        ([0.0], Unsure, "(RemoteProtocolError)"),
    ],
)
def test_what_is_not_taken(answers, kind: type[CockpitError], said: str, say, chat: RobotServer) -> None:  # type: ignore[no-untyped-def]
    chat.answers = list(answers)
    with pytest.raises(kind) as told:
        say()
    assert type(told.value) is kind and said in str(told.value) and KEY not in str(told.value)
    assert len(chat.told) == len(answers)


@pytest.mark.parametrize(
    "url",
    [f"http://qyapi.example/send?key={KEY}", f"ftp://127.0.0.1/{KEY}", KEY, "", f"http://[{KEY}"],
)
def test_an_address_that_is_not_https_is_not_asked(url: str, say, chat: RobotServer) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unreachable, match="is empty or no https address") as told:
        say(url)
    assert KEY not in str(told.value) and not chat.told


def test_nobody_there(say) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unreachable, match="ConnectError") as told:
        say(f"http://127.0.0.1:9/?key={KEY}")
    assert KEY not in str(told.value)


def test_a_robot_speaks_twenty_times_a_minute() -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(clock=lambda: now[0], sleep=sleep)
    spoken = []
    for _ in range(3 * A_MINUTE):
        pace.keep("group")
        spoken.append(now[0])
        now[0] += 0.5
    pace.keep("other")  # each has its own
    assert len(slept) == 2 and now[0] == pytest.approx(130)
    for start in spoken:
        assert sum(start <= at < start + 60 for at in spoken) <= A_MINUTE
