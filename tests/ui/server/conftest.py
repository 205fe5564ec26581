import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Scope

from bench.servers import served

Ask = Callable[..., tuple[int, dict[str, str]]]


@pytest.fixture(scope="session")
def address(two_years_bank: Path) -> Iterator[str]:
    """A server of a bank that delivers every table, on the machine itself."""
    with served(two_years_bank) as url:
        yield url


@pytest.fixture
def ask() -> Ask:
    """What an ASGI application answers to a request: status (101: a socket was accepted) and headers."""

    def asked(
        app: ASGIApp,
        path: str = "/",
        headers: dict[str, str] | None = None,
        *,
        kind: str = "http",
        client: str = "127.0.0.1",
        **more: Any,
    ) -> tuple[int, dict[str, str]]:
        told = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
        scope: Scope = {"type": kind, "method": "GET", "path": path, "query_string": b"", "headers": told}
        scope |= {"client": (client, 1), "scheme": "http", "server": ("127.0.0.1", 8501), **more}
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": f"{kind}.request" if kind == "http" else "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        # in a thread of its own: a browser of other tests keeps a loop running in this one
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, app(scope, receive, send)).result()  # type: ignore[arg-type]
        first = sent[0]
        if first["type"] == "http.response.start":
            return first["status"], {k.decode(): v.decode() for k, v in first["headers"]}
        return (101 if first["type"] == "websocket.accept" else 403), {}

    return asked
