"""Files on their way to the reader: nobody else gets one, and none stays."""

import re
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Scope

from ui.base import files
from ui.base.files import FETCHES, OF_A_SESSION, SECONDS, Shelf, routes, user_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def by_header(scope: Scope) -> str | None:
    """As a sign-in in front would say; nobody where it says nothing."""
    return next((value.decode() for key, value in scope["headers"] if key == b"x-user"), None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(clock: Clock) -> Shelf:
    return Shelf(clock)


@pytest.fixture
def client(shelf: Shelf) -> TestClient:
    return TestClient(Starlette(routes=list(routes(by_header, shelf))))


def test_the_owner_gets_it_as_an_attachment(shelf: Shelf, client: TestClient) -> None:
    token = shelf.put(b"PK", '总行 "a"\r\nX: 1.xlsx', "li", "s")
    assert re.fullmatch("[0-9a-f]{32}", token)
    for path in (f"/files/{token}", f"/crm/cockpit/files/{token}"):
        answer = client.get(path, headers={"x-user": "li"})
        assert (answer.status_code, answer.content) == (200, b"PK")
        assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        said = answer.headers["content-disposition"]
        assert said.startswith("attachment; ") and "\r" not in said and "\n" not in said
        assert unquote(said.partition("filename*=UTF-8''")[2]) == '总行 "a"\r\nX: 1.xlsx'
        assert re.search(r'filename="[A-Za-z0-9._-]+"', said)


@pytest.mark.parametrize("headers", [{}, {"x-user": "wang"}, {"x-user": ""}, {"x-user": "LI"}])
def test_nobody_else_does(shelf: Shelf, client: TestClient, headers: dict[str, str]) -> None:
    token = shelf.put(b"secret", "a.xlsx", "li", "s")
    answer = client.get(f"/files/{token}", headers=headers)
    none = client.get("/files/" + "0" * 32, headers={"x-user": "li"})
    assert answer.status_code == none.status_code == 404
    assert answer.content == none.content and b"secret" not in answer.content
    assert client.get(f"/files/{token}", headers={"x-user": "li"}).status_code == 200


def test_it_goes_after_some_fetches_and_minutes(shelf: Shelf, clock: Clock) -> None:
    token = shelf.put(b"x", "a.xlsx", "li", "s")
    assert [shelf.take(token, "li") is not None for _ in range(FETCHES + 1)] == [True] * FETCHES + [False]
    token = shelf.put(b"x", "a.xlsx", "li", "s")
    clock.now = SECONDS - 0.1
    assert shelf.take(token, "li")
    clock.now = SECONDS
    assert shelf.take(token, "li") is None
    tokens = [shelf.put(b"x", "a.xlsx", "li", "s") for _ in range(OF_A_SESSION + 2)]
    assert [shelf.take(one, "li") is not None for one in tokens] == [False] * 2 + [True] * OF_A_SESSION


def test_it_goes_with_its_session(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    token, other = (shelf.put(b"x", "a.xlsx", "li", session) for session in ("gone", "here"))
    monkeypatch.setattr(files, "_lives", lambda session: session != "gone")
    assert shelf.take(token, "li") is None and shelf.take(other, "li") is not None


def test_without_a_sign_in_there_is_one_user() -> None:
    assert user_of({}) == "local" and user_of({"state": {}}) == "local"
    assert user_of({"state": {"user": "li"}}) == "li" and user_of({"state": {"user": None}}) is None
