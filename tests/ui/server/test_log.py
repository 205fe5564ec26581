"""A line of JSON for each event, and no data in it."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit.logger
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from ui.server import log
from ui.server.log import Line, RequestLog, set_up

CANARY = "622848CANARY0012345678"


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The log as it is set up for a server; everything is put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    kept = {
        name: (logger.handlers, logger.propagate)
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    monkeypatch.setattr(streamlit.logger, "setup_formatter", streamlit.logger.setup_formatter)
    for module, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(logging, "raiseExceptions", True)
    disabled = logging.root.manager.disable
    logging.disable(logging.NOTSET)
    set_up(tmp_path / "log", "server-1")
    file = tmp_path / "log" / "server-1.jsonl"
    yield lambda: [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    logging.disable(disabled)
    logging.captureWarnings(False)
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = before, level
    for name, (handlers, propagate) in kept.items():
        logging.getLogger(name).handlers, logging.getLogger(name).propagate = handlers, propagate


def test_no_text_of_an_exception_or_of_a_library(lines: Any) -> None:
    library = logging.getLogger("uvicorn.error")
    late = streamlit.logger.get_logger("streamlit.made_later")
    for logger in (library, late, logging.getLogger("asyncio"), logging.getLogger("cockpit")):
        try:
            raise ValueError(CANARY)
        except ValueError:
            logger.exception("Uncaught app execution")
    late.warning("port %s of %s", 8501, CANARY)
    late.warning("mended %d times" % 3)  # noqa: UP031
    logging.getLogger("asyncio").error(f"Task failed\nfuture: <exception=ValueError('{CANARY}')>")
    sys.excepthook(ValueError, ValueError(CANARY), None)
    thread = threading.Thread(target=int, args=(CANARY,))
    thread.start()
    thread.join()
    told = lines()
    assert CANARY not in json.dumps(told)
    events = [line["event"] for line in told]
    assert events[:4] == ["Uncaught app execution"] * 4
    assert all(line["failure"].startswith("ValueError at test_log.py:") for line in told[:4])
    assert events[4:] == ["port 8501 of …", "mended 3 times", "Task failed", "uncaught", "uncaught"]


def test_a_request_is_told_without_its_query(lines: Any, ask: Any) -> None:
    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        scope["user_id"] = "u0007"  # as the sign-in writes it
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        else:
            await PlainTextResponse("in", 404)(scope, receive, send)

    ask(RequestLog(inside), "/overview", query_string=f"at={CANARY}".encode())
    ask(RequestLog(inside), "/_stcore/stream", kind="websocket")
    request, session = [line for line in lines() if line["event"] in ("request", "session")]
    assert (request["event"], request["path"], request["status"]) == ("request", "/overview", 404)
    assert request["user"] == "u0007" and request["ms"] >= 0 and request["method"] == "GET"
    assert (session["event"], session["status"]) == ("session", 101)
    assert CANARY not in json.dumps([request, session])


def test_the_file_is_rotated(lines: Any, tmp_path: Path) -> None:
    [handler] = [h for h in logging.getLogger().handlers if hasattr(h, "maxBytes")]
    assert (handler.maxBytes, handler.backupCount) == (log.MOST_BYTES, log.MOST_FILES)
    handler.maxBytes = 1000
    for _ in range(200):
        logging.getLogger("cockpit").info("started")
    assert len(list((tmp_path / "log").iterdir())) == log.MOST_FILES + 1


def test_a_folder_that_cannot_be_written_leaves_stderr(lines: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    set_up(tmp_path / "file", "server-1")
    assert len(logging.getLogger().handlers) == 1


def test_a_line_is_short_and_one_line() -> None:
    record = logging.LogRecord("cockpit", logging.INFO, "", 0, "request", (), None)
    record.path = "/" + "a\n" * 5000
    told = Line().format(record)
    assert len(told) < 800 and "\n" not in told
