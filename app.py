"""The server's door. `streamlit run app.py` or `python cockpit.py serve`.

Pages run from `ui/main.py`; this file warms up before the first visitor and compresses what goes
over the line.
"""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

ROOT = Path(__file__).parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from data_access.errors import CockpitError  # noqa: E402
from ui.base.files import routes  # noqa: E402
from ui.base.snapshot import live, warm_up  # noqa: E402
from ui.menu import PAGES, shown  # noqa: E402
from ui.parts.contents import Page  # noqa: E402
from ui.server.doors import doors  # noqa: E402


class FirstPage:
    """Leads from “/” and from names that are no page to the first page.

    Streamlit serves its default page at “/” only, and going on from there inside the page would leave an
    entry in the browser's history from which Back leads nowhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.pages = {entry.url for entry in PAGES} | {"oauth2callback"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            name = scope["path"].strip("/")
            wants_page = "text/html" in Headers(scope=scope).get("accept", "")
            if wants_page and name not in self.pages and not {"/", "."} & set(name):
                query = scope["query_string"].decode("latin-1")
                await RedirectResponse(f"/{_first().url}?{query}".rstrip("?"), 302)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _first() -> Page:
    """The first page that the bank delivers data for."""
    try:
        return shown(live().store())[0]
    except CockpitError:  # the page says why
        return PAGES[0]


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Everything heavy once, in one thread; then it is taken out of the garbage collector's sight,
    for Streamlit collects all generations after every run."""
    warm_up()
    gc.collect()
    gc.freeze()
    yield {}


identity, sign_in_routes = doors()
app = st.App(
    ROOT / "ui" / "main.py",
    lifespan=lifespan,
    routes=[*sign_in_routes, *routes()],
    middleware=[
        *identity,
        Middleware(FirstPage),
        Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),
    ],
)
