"""Files that readers take along, kept for minutes: each is handed to its owner alone, a few times.

A file is named by a random token; who asks for it must be the user it was made for. It is gone when the
session that made it ends, after five minutes, or when it was fetched three times. Streamlit's own way
would hand it to anybody who knows the link.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Scope
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.base.reader import LOCAL

SECONDS, FETCHES, OF_A_SESSION = 300, 3, 5
KINDS = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
Who = Callable[[Scope], str | None]


@dataclass
class File:
    """A file, whose it is, and how long."""

    content: bytes
    name: str
    user: str
    session: str
    until: float
    fetches: int = FETCHES


class Shelf:
    """The files of this process by token."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock, self._files = now, threading.Lock(), dict[str, File]()

    def put(self, content: bytes, name: str, user: str, session: str) -> str:
        """Keeps a file; its token of 128 bits. A session's oldest one goes where it has too many."""
        token = secrets.token_hex(16)
        with self._lock:
            self._sweep()
            own = [key for key, file in self._files.items() if file.session == session]
            for key in own[: max(len(own) - OF_A_SESSION + 1, 0)]:
                del self._files[key]
            self._files[token] = File(content, name, user, session, self._now() + SECONDS)
        return token

    def take(self, token: str, user: str | None) -> File | None:
        """A file for its owner; None for everybody else, and where it is gone."""
        with self._lock:
            self._sweep()
            file = self._files.get(token)
            if file is None or user is None or not secrets.compare_digest(file.user.encode(), user.encode()):
                return None
            file.fetches -= 1
            if not file.fetches:
                del self._files[token]
            return file

    def _sweep(self) -> None:
        now = self._now()
        gone = [key for key, file in self._files.items() if file.until <= now or not _lives(file.session)]
        for key in gone:
            del self._files[key]


def session_id() -> str:
    """The session of this run."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def _lives(session: str) -> bool:
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


SHELF = Shelf()


def user_of(scope: Scope) -> str | None:
    """The user that the server's sign-in has put there; without one the one person at his own machine."""
    found = scope.get("state", {}).get("user", LOCAL)
    return str(found) if found is not None else None


def routes(who: Who = user_of, shelf: Shelf = SHELF) -> list[Route]:
    """Where files are fetched, under any path in front of the pages."""

    async def fetched(request: Request) -> Response:
        file = shelf.take(request.path_params["token"], who(request.scope))
        if file is None:
            return PlainTextResponse("There is no such file.", 404, {"Cache-Control": "no-store"})
        ending = file.name.rpartition(".")[2]
        return Response(
            file.content,
            media_type=KINDS.get(ending, "application/octet-stream"),
            headers={
                "Content-Disposition": disposition(file.name),
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            },
        )

    return [
        Route("/files/{token}", fetched, methods=["GET"]),
        Route("/{base:path}/files/{token}", fetched, methods=["GET"]),
    ]


def disposition(name: str) -> str:
    """An attachment under its name, for old browsers in plain letters (RFC 6266, RFC 5987).

    >>> disposition('总行"\\r\\n.xlsx')
    'attachment; filename="_____.xlsx"; filename*=UTF-8\\'\\'%E6%80%BB%E8%A1%8C%22%0D%0A.xlsx'
    """
    letters = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return f"attachment; filename=\"{letters}\"; filename*=UTF-8''{quote(name, safe='')}"
