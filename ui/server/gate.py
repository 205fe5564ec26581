"""The first look at a request, before Streamlit: host, origin, entrance; and the headers of answers."""

import ipaddress
import logging
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import streamlit.file_util
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_access.access.settings import Address
from ui.base.failures import traced


def _page_scripts() -> list[str]:
    """The scripts that stand in Streamlit's own page, each by its hash."""
    page = Path(streamlit.file_util.get_static_dir()) / "index.html"
    found = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
    return [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in found]


def policy() -> str:
    """What a page may load: the cockpit's own, styles that Streamlit writes into it, and the scripts of
    components, which it runs from blobs."""
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(["script-src 'self' blob:", *_page_scripts()]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
CORE = "/_stcore/"
USED = ("health", "host-config", "stream", "bidi-components/")  # of Streamlit's own entrances
CLOSED = ("/component/", "/app/static/")
METRICS = f"{CORE}metrics"
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
DEFAULT_PORTS = {"http": 80, "https": 443}


def is_loopback(name: str | None) -> bool:
    """Whether a host name means the machine itself.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("bank.example"), is_loopback(None)
    (True, True, False, False)
    """
    try:
        return name == "localhost" or ipaddress.ip_address(name or "").is_loopback
    except ValueError:
        return False


def _parts(text: str) -> SplitResult | None:
    """An origin or `//host` taken apart; None where it is none."""
    try:
        found = urlsplit(text)
        _ = found.port
    except ValueError:
        return None
    bare = found.hostname and not (found.path or found.query or found.fragment or "@" in found.netloc)
    return found if bare else None


class Gate:
    """Lets through what comes by the cockpit's own address or from the machine itself; the rest is refused
    at once, so that Streamlit never asks an outside host what its address is."""

    def __init__(self, app: ASGIApp, address: Address | None) -> None:
        self.app = app
        self.address = address
        self.base = address.path if address else ""
        self.headers = {**HEADERS, "content-security-policy": policy()}
        if address and address.scheme == "https":
            self.headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status = self.refusal(scope)
        if scope["type"] == "websocket":
            if status:
                await send({"type": "websocket.close", "code": 1008})  # before it is accepted: HTTP 403
            else:
                await self._passed(scope, receive, send)
            return
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        if status:
            await PlainTextResponse(WORDS[status], status)(scope, receive, dressed)
            return
        if not await self._passed(scope, receive, dressed) and not begun:
            await PlainTextResponse(WORDS[500], 500)(scope, receive, dressed)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether the app answered; where it failed, the log gets the kind of failure and no text of it."""
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            logging.getLogger("cockpit").error(
                "request failed", extra={"path": scope["path"], "failure": traced(error)}
            )
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011})
            return False
        return True

    def refusal(self, scope: Scope) -> int:
        """The status a request is refused with; 0: it may pass."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        host = _parts(f"//{hosts[0]}") if len(hosts) == 1 else None
        if host is None:
            return 400
        if not (is_loopback(host.hostname) or self._is_own(host)):
            return 421
        origins = headers.getlist("origin")
        if origins and not all(self._may_call(origin, host) for origin in origins):
            return 403
        return 0 if self._is_entrance(scope, headers) else 403

    def _is_own(self, found: SplitResult) -> bool:
        """Whether it is the host (and port) of the public address."""
        if self.address is None:
            return False
        own, default = urlsplit(self.address.origin), DEFAULT_PORTS[self.address.scheme]
        return found.hostname == own.hostname and (found.port or default) == (own.port or default)

    def _may_call(self, origin: str, host: SplitResult) -> bool:
        """Whether a page of this origin may call: the cockpit's own, under the name it is called by here."""
        found = _parts(origin)
        if found is None or found.scheme not in DEFAULT_PORTS:
            return False
        if self._is_own(found):
            return self.address is not None and found.scheme == self.address.scheme
        if not (is_loopback(found.hostname) and is_loopback(host.hostname)):
            return False
        # of any other name Streamlit would ask outside whether it means this machine
        return found.hostname in ("localhost", "127.0.0.1") or found.netloc == host.netloc

    def _is_entrance(self, scope: Scope, headers: Headers) -> bool:
        """Whether the cockpit uses this path; metrics are for the machine itself, with no proxy between."""
        path: str = scope["path"]
        if self.base and path.startswith(f"{self.base}/"):
            path = path[len(self.base) :]
        if path == METRICS:
            client = scope.get("client")
            near = client is not None and is_loopback(client[0])
            return near and not any(name in headers for name in FORWARDED)
        if path.startswith(CORE):
            name = path[len(CORE) :]
            return any(name == used or (used[-1] == "/" and name.startswith(used)) for used in USED)
        return not path.startswith(CLOSED)


WORDS = {
    400: "Bad request",
    403: "Forbidden",
    421: "This host is not served here",
    500: "The answer failed; the log says where",
}
