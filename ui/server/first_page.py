"""From “/” to the first page that the bank delivers data for."""

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data_access.errors import CockpitError
from ui.base.snapshot import live
from ui.menu import PAGES, shown
from ui.parts.contents import Page

ANSWERED = {"readyz", "version", "oauth2callback"}  # by others than pages


class FirstPage:
    """Leads from “/” and from names that are no page to the first page.

    Streamlit serves its default page at “/” only, and going on from there inside the page would leave an
    entry in the browser's history from which Back leads nowhere. `base` is the path of the public address.
    """

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app = app
        self.base = base
        self.names = {entry.url for entry in PAGES} | ANSWERED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            path = scope["path"]
            below = not self.base or path == self.base or path.startswith(f"{self.base}/")
            name = path[len(self.base) :].strip("/") if below else path.strip("/")
            wants_page = "text/html" in Headers(scope=scope).get("accept", "")
            is_known = name in self.names and (below or name in ANSWERED)
            if wants_page and not is_known and not {"/", "."} & set(name):
                query = scope["query_string"].decode("latin-1")
                to = f"{self.base}/{_first().url}?{query}".rstrip("?")
                await RedirectResponse(to, 302)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _first() -> Page:
    try:
        return shown(live().store())[0]
    except CockpitError:  # the page says why
        return PAGES[0]
