"""Who is let in: by host, origin and entrance; and what stands on every answer."""

from typing import Any

import pytest
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import Receive, Scope, Send

from data_access.access.settings import Address, read_address
from ui.server.first_page import FirstPage
from ui.server.gate import HEADERS, Gate
from ui.server.health import routes

BANK = read_address("https://crm.bank.example/cockpit")
HOST = {"host": "127.0.0.1:8501"}


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await PlainTextResponse("in")(scope, receive, send)


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("6222020200012345678")


@pytest.mark.parametrize(
    ("host", "public", "status"),
    [
        ("127.0.0.1:8501", None, 200),
        ("localhost", None, 200),
        ("[::1]:8501", None, 200),
        ("LOCALHOST:9", None, 200),
        ("evil.example", None, 421),
        ("crm.bank.example", None, 421),
        ("crm.bank.example", BANK, 200),
        ("crm.bank.example:443", BANK, 200),
        ("crm.bank.example:80", BANK, 421),
        ("crm.bank.example.evil.example", BANK, 421),
        ("127.0.0.1.evil.example", BANK, 421),
        ("localhost", BANK, 200),
        ("crm.bank.example/x", BANK, 400),
        ("user@crm.bank.example", BANK, 400),
        ("crm.bank.example:port", BANK, 400),
        ("", BANK, 400),
        (None, BANK, 400),
    ],
)
def test_hosts(host: str | None, public: Address | None, status: int, ask: Any) -> None:
    headers = {} if host is None else {"host": host}
    assert ask(Gate(inside, public), "/overview", headers)[0] == status
    met = ask(Gate(inside, public), "/_stcore/stream", headers, kind="websocket")[0]
    assert met == (101 if status == 200 else 403)


def test_two_hosts_are_none() -> None:
    twice = [(b"host", b"127.0.0.1"), (b"host", b"evil.example")]
    assert Gate(inside, None).refusal({"type": "http", "path": "/", "headers": twice}) == 400


@pytest.mark.parametrize(
    ("origin", "host", "public", "may"),
    [
        (None, "127.0.0.1:8501", None, True),
        ("http://127.0.0.1:8501", "127.0.0.1:8501", None, True),
        ("http://localhost:3000", "127.0.0.1:8501", None, True),
        ("http://[::1]:8501", "[::1]:8501", None, True),
        ("http://[::1]:8501", "127.0.0.1:8501", None, False),  # Streamlit would ask outside what ::1 is
        ("https://evil.example", "127.0.0.1:8501", None, False),
        ("null", "127.0.0.1:8501", None, False),
        ("file://localhost", "127.0.0.1:8501", None, False),
        ("https://crm.bank.example", "crm.bank.example", BANK, True),
        ("https://crm.bank.example:443", "127.0.0.1:8501", BANK, True),
        ("http://crm.bank.example", "crm.bank.example", BANK, False),
        ("https://crm.bank.example:8443", "crm.bank.example", BANK, False),
        ("https://other.bank.example", "crm.bank.example", BANK, False),
        ("http://localhost:3000", "crm.bank.example", BANK, False),  # a page on the reader's own machine
    ],
)
def test_origins(origin: str | None, host: str, public: Address | None, may: bool, ask: Any) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    assert ask(Gate(inside, public), "/x", headers)[0] == (200 if may else 403)
    met = ask(Gate(inside, public), "/_stcore/stream", headers, kind="websocket")[0]
    assert met == (101 if may else 403)


@pytest.mark.parametrize("base", ["", "/cockpit"])
def test_entrances_that_nobody_uses_are_shut(base: str, ask: Any) -> None:
    gate = Gate(inside, BANK if base else None)
    shut = ("agent", "agent/mcp", "agent/openapi.json", "upload_file/a/b", "script-health-check", "metrics/")
    for path in (*(f"/_stcore/{name}" for name in shut), "/component/x/index.html", "/app/static/x"):
        assert ask(gate, base + path, HOST)[0] == 403, path
    for path in ("/_stcore/health", "/_stcore/host-config", "/_stcore/bidi-components/a/b.js"):
        assert ask(gate, base + path, HOST)[0] == 200, path
    for path in ("/overview", "/media/a.csv", "/static/js/a.js", "/auth/login", "/oauth2callback"):
        assert ask(gate, base + path, HOST)[0] == 200, path


def test_metrics_are_for_the_machine_itself(ask: Any) -> None:
    gate = Gate(inside, BANK)
    for path in ("/_stcore/metrics", "/cockpit/_stcore/metrics"):
        assert ask(gate, path, HOST)[0] == 200
        assert ask(gate, path, HOST, client="10.0.0.7")[0] == 403
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            assert ask(gate, path, HOST | {name: "127.0.0.1"})[0] == 403


def test_every_answer_carries_the_headers(ask: Any) -> None:
    async def leading(scope: Scope, receive: Receive, send: Send) -> None:
        await RedirectResponse("/x")(scope, receive, send)

    answers = {
        200: ask(Gate(inside, BANK), "/media/a.csv", HOST),
        307: ask(Gate(leading, BANK), "/", HOST),
        403: ask(Gate(inside, BANK), "/_stcore/agent", HOST),
        421: ask(Gate(inside, BANK), "/", {"host": "evil.example"}),
        400: ask(Gate(inside, BANK), "/"),
        500: ask(Gate(failing, BANK), "/", HOST),
    }
    for status, (found, headers) in answers.items():
        assert found == status
        assert headers.items() >= HEADERS.items()
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["strict-transport-security"].startswith("max-age=")
    assert "strict-transport-security" not in ask(Gate(inside, None), "/", HOST)[1]


def test_a_failure_is_told_without_its_text(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    ask(Gate(failing, None), "/", HOST)
    ask(Gate(failing, None), "/", HOST, kind="websocket")
    told = [record.__dict__ for record in caplog.records]
    assert [each["failure"].partition(" ")[0] for each in told] == ["ValueError", "ValueError"]
    assert "6222020200012345678" not in caplog.text + str(told)


@pytest.mark.parametrize(
    ("path", "base", "to"),
    [
        ("/", "", "/overview"),
        ("/nowhere", "", "/overview"),
        ("/", "/cockpit", "/cockpit/overview"),
        ("/cockpit", "/cockpit", "/cockpit/overview"),
        ("/cockpit/", "/cockpit", "/cockpit/overview"),
        ("/cockpit/nowhere", "/cockpit", "/cockpit/overview"),
        ("/overview", "/cockpit", "/cockpit/overview"),
        ("/cockpit/overview", "/cockpit", None),
        ("/overview", "", None),
        ("/readyz", "", None),
        ("/cockpit/readyz", "/cockpit", None),
        ("/readyz", "/cockpit", None),
        ("/cockpit/oauth2callback", "/cockpit", None),
        ("/static/js/a.js", "", None),
    ],
)
def test_the_first_page_is_found_below_the_path_of_the_address(
    path: str, base: str, to: str | None, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COCKPIT_CONFIG", raising=False)
    asked = ask(FirstPage(inside, base), path, {"accept": "text/html"}, query_string=b"lang=en")
    assert asked[0] == (200 if to is None else 302)
    assert to is None or asked[1]["location"] == f"{to}?lang=en"


def test_routes_answer_with_and_without_the_path() -> None:
    assert {route.path for route in routes("/cockpit")} == {
        *("/readyz", "/version", "/cockpit/readyz", "/cockpit/version")
    }
    assert len(routes("")) == 2
