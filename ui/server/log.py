"""The server's log: a line of JSON for each event, to stderr and to a file that is rotated.

What is told is chosen word by word: time, level, event, path, status, page, milliseconds, user. The texts
of exceptions never are, nor what a library puts into its messages, for either may hold customer data.
"""

import json
import logging
import sys
import threading
import time
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import streamlit.logger
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.base.failures import traced

OURS = ("cockpit", "data_access", "metrics", "ui")  # loggers whose messages hold no data
WORDS = ("path", "method", "status", "page", "pages", "ms", "bytes", "user", "failure")
MOST_BYTES, MOST_FILES = 10_000_000, 5
LONGEST = 300


class Line(logging.Formatter):
    """One event as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        own = record.name.partition(".")[0] in OURS
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if own else _template(record),
        }
        if not own:
            line["logger"] = record.name
        line |= {word: getattr(record, word) for word in WORDS if getattr(record, word, None) is not None}
        if record.exc_info and record.exc_info[1]:
            line["failure"] = traced(record.exc_info[1])
        return json.dumps(
            {key: value[:LONGEST] if isinstance(value, str) else value for key, value in line.items()},
            ensure_ascii=False,
        )


def _template(record: logging.LogRecord) -> str:
    """What a library says, without what it puts in: numbers stay, of the rest only that it was there."""
    lines = str(record.msg).splitlines() or [""]
    if not isinstance(record.args, tuple) or not record.args:
        return lines[0]
    try:
        told = [each if isinstance(each, int | float) else "…" for each in record.args]
        return str(record.msg % tuple(told)).splitlines()[0]
    except (TypeError, ValueError):
        return lines[0]


def set_up(folder: Path, name: str) -> None:
    """All loggers write here from now on, Streamlit's and the server's too; so do failures that nobody
    caught. Where the folder cannot be written, stderr is all there is, and the log says so."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if sys.stderr.isatty():  # somebody's own machine: the file has the rest
        handlers[0].setLevel(logging.WARNING)
    refused = False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handlers.append(
            RotatingFileHandler(
                folder / f"{name}.jsonl", maxBytes=MOST_BYTES, backupCount=MOST_FILES, encoding="utf-8"
            )
        )
    except OSError:
        refused = True
    root = logging.getLogger()
    root.handlers = handlers
    root.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(Line())
    streamlit.logger.setup_formatter = _hand_on
    streamlit.logger.update_formatter()
    for other in ("uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi", "websockets"):
        _hand_on(logging.getLogger(other))
    logging.getLogger("uvicorn.access").propagate = False  # RequestLog says it, without the query
    logging.raiseExceptions = False  # a line that cannot be written would print what it was given
    logging.captureWarnings(True)
    threading.excepthook = lambda failed: _uncaught(failed.exc_value)
    sys.excepthook = lambda _kind, failed, _way: _uncaught(failed)
    sys.unraisablehook = lambda failed: _uncaught(failed.exc_value)
    if refused:
        logging.getLogger("cockpit").warning("log folder cannot be written; stderr only")


def _hand_on(logger: logging.Logger) -> None:
    """This logger's records go to ours."""
    logger.handlers = []
    logger.propagate = True


def _uncaught(failed: BaseException | None) -> None:
    if failed is not None:
        logging.getLogger("cockpit").error("uncaught", extra={"failure": traced(failed)})


class RequestLog:
    """A line for each request and each session, when it ends; none for Streamlit's own scripts and styles.

    `user` is the id that the sign-in has written into the request as `user_id`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
            elif message["type"] == "websocket.close" and not status:
                status = 403
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            if not (kind == "http" and "/static/" in scope["path"] and status in (200, 304)):
                words = {
                    "path": scope["path"],
                    "method": scope.get("method"),
                    "status": status,
                    "ms": round((time.perf_counter() - start) * 1000, 1),
                    "user": scope.get("user_id"),
                }
                event = "request" if kind == "http" else "session"
                logging.getLogger("cockpit").info(event, extra=words)
