"""Who a request is from, settled before Streamlit sees it; without a session only the way to the sign-in is
open.

What Streamlit is told stands in two headers that only this file sets: the user, so that nobody takes over
another's page on a reconnect, and the session's token, so that a page asks at every click whether it holds.
"""

import hmac
import re
from collections.abc import Callable
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_access.access.audit import Act
from data_access.access.sessions import Session, Sessions
from data_access.access.settings import Address, SignIn
from ui.base.reader import LOCAL, SESSION_HEADER, USER_HEADER
from ui.server.sign_in import COOKIE, cookie_of

SECRET_HEADER = "X-Proxy-Secret"
LOGIN, SIGNED_OUT, CALLBACK = "/auth/login", "/auth/signed-out", "/oauth2callback"
OPEN = (LOGIN, "/auth/logout", SIGNED_OUT, CALLBACK, "/readyz", "/version", "/healthz", "/_stcore/health")
ASSETS = ("/static/", "/scripts/", "/favicon.png", "/robots.txt", "/manifest.json")
LONGEST = 200
ONE_USER = re.compile(r"[!#-+\-.0-:<-~]+")  # printable, and no sign that would part two
Told = Callable[[Act, str | None, str], None]


class Identity:
    """Lets a request through with its user, or sends it to the sign-in."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        sessions: Sessions,
        address: Address,
        secret: str = "",
        tell: Told,
    ) -> None:
        self.app, self.sessions, self.address, self.tell = app, sessions, address, tell
        self.auth, self.secret = sessions.auth, secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = MutableHeaders(scope=scope)
        for name in (SESSION_HEADER, USER_HEADER):
            del headers[name]
        path = self._path(scope)
        if self.auth.sign_in is SignIn.none:
            await self._through(scope, receive, send, Session("", LOCAL, 0))
            return
        if path in OPEN or path.startswith(ASSETS):
            await self.app(scope, receive, send)
            return
        token = cookie_parser(headers.get("cookie", "")).get(COOKIE)
        session = self.sessions.find(token, click=False)
        if self.auth.sign_in is SignIn.header:
            user = self._vouched(headers)
            if user is None:
                self.tell(Act.refused, None, "no proxy vouches for this request")
                await _refuse(scope, receive, send)
                return
            if session is None or session.user != user:
                session = Session(self.sessions.begin(user), user, self.sessions.now())
                self.tell(Act.sign_in, user, "")
                send = self._with_cookie(send, session.token)
        if session is not None and not path.startswith("/media"):
            await self._through(scope, receive, send, session)
        elif scope["type"] == "http" and "text/html" in headers.get("accept", "") and session is None:
            asked = quote(f"{scope['path']}?{scope['query_string'].decode('latin-1')}".rstrip("?"))
            to = f"{self.address.path}{LOGIN}?next={asked}"
            await RedirectResponse(to, 302)(scope, receive, send)
        else:
            await _refuse(scope, receive, send)

    def _path(self, scope: Scope) -> str:
        path: str = scope["path"]
        return path.removeprefix(self.address.path) if path.startswith(f"{self.address.path}/") else path

    def _vouched(self, headers: Headers) -> str | None:
        """The user that the proxy names, if it is the proxy: one secret, the right one, and one user."""
        secrets, users = headers.getlist(SECRET_HEADER), headers.getlist(self.auth.header)
        given = secrets[0].encode("latin-1") if len(secrets) == 1 else b""
        if not self.secret or not hmac.compare_digest(given, self.secret.encode()) or len(users) != 1:
            return None
        user = users[0].strip()
        return user if len(user) <= LONGEST and ONE_USER.fullmatch(user) else None

    async def _through(self, scope: Scope, receive: Receive, send: Send, session: Session) -> None:
        headers = MutableHeaders(scope=scope)
        del headers[SECRET_HEADER]
        headers[SESSION_HEADER], headers[USER_HEADER] = session.token, session.user
        scope.setdefault("state", {})
        scope["state"] |= {"user": session.user, "session": session.token}
        scope["user_id"] = session.user  # for the log
        await self.app(scope, receive, send)

    def _with_cookie(self, send: Send, token: str) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie_of(token, self.auth, self.address))
            await send(message)

        return sending


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """A web socket is closed before it is accepted; anything else learns that it may not."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse("Not signed in.", 403)(scope, receive, send)
