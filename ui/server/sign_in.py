"""The sign-in with an OpenID Connect provider: to it, back from it, and out.

The settings are Streamlit's own, `[auth]` of secrets.toml, and so is the library. The session is not:
Streamlit keeps every claim of the provider in a cookie that holds for 30 days whatever happens; here the
claims are cut to one user id, the session is a row of ours, and the browser holds its token.
"""

from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from data_access.access.audit import Act
from data_access.access.sessions import Sessions
from data_access.access.settings import Address, Auth, SignIn

COOKIE = "cockpit_session"
NEXT = "next"
WAIT = 10  # seconds for an answer of the provider
LONGEST = 200  # characters of a user's id
SIGNED_OUT = ("您已退出登录。", "You are signed out.")
FAILED = {
    401: ("登录未成功：身份提供方的答复无效。", "The sign-in failed: the provider's answer does not hold."),
    503: (
        "登录未成功：身份提供方没有应答，请稍后再试。",
        "The sign-in failed: the provider does not answer. Try again.",
    ),
}
Told = Callable[[Act, str | None, str], None]


def cookie_of(token: str, auth: Auth, address: Address) -> str:
    """The cookie that holds a session's token; without one it is deleted."""
    cookie = SimpleCookie({COOKIE: token})
    cookie[COOKIE] |= {"path": address.path or "/", "httponly": True, "samesite": "Lax"}
    cookie[COOKIE]["max-age"] = auth.hours * 3600 if token else 0
    if address.scheme == "https":
        cookie[COOKIE]["secure"] = True
    return cookie[COOKIE].OutputString()


class SignInRoutes:
    """The four addresses of a sign-in; `secrets` gives `[auth]` of secrets.toml, `tell` writes the record."""

    def __init__(
        self, sessions: Sessions, address: Address, secrets: Callable[[], Mapping[str, Any]], tell: Told
    ) -> None:
        self.sessions, self.address, self.tell = sessions, address, tell
        self.auth, self.secrets = sessions.auth, secrets

    @property
    def routes(self) -> list[Route]:
        base = self.address.path
        return [
            Route(f"{base}/auth/login", self.login),
            Route(f"{base}/oauth2callback", self.back),
            Route(f"{base}/auth/logout", self.out),
            Route(f"{base}/auth/signed-out", self.signed_out),
        ]

    def _provider(self) -> Any:
        """The provider as Authlib's client, which asks it for its addresses and keys."""
        oauth, secrets = OAuth(), self.secrets()
        return oauth.register(
            "bank",
            client_id=secrets["client_id"],
            client_secret=secrets["client_secret"],
            server_metadata_url=secrets["server_metadata_url"],
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "timeout": WAIT,
                **secrets.get("client_kwargs", {}),
            },
        )

    async def login(self, request: Request) -> Response:
        """To the provider; where the reader wanted to go is remembered in his browser, signed."""
        if self.auth.sign_in is not SignIn.oidc:
            return RedirectResponse(self._home(), 302)
        request.session[NEXT] = self._within(request.query_params.get(NEXT, ""))
        try:
            there: Response = await self._provider().authorize_redirect(
                request, self.secrets()["redirect_uri"]
            )
        except (httpx2.HTTPError, AuthlibBaseError, ValueError, KeyError) as error:
            return self._failed(request, 503, "the provider does not answer", error)
        return there

    async def back(self, request: Request) -> Response:
        """From the provider: what it says is checked (signature, audience, time, state, nonce), and one claim
        of it kept."""
        try:
            token = await self._provider().authorize_access_token(request)
        except httpx2.HTTPError as error:
            return self._failed(request, 503, "the provider does not answer", error)
        except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
            return self._failed(request, 401, "the provider's answer does not hold", error)
        user = (token.get("userinfo") or {}).get(self.auth.user_claim)
        if not isinstance(user, str) or not 0 < len(user) <= LONGEST or not user.isprintable():
            return self._failed(request, 401, f"the provider names no user ({self.auth.user_claim})", None)
        wanted = request.session.pop(NEXT, "") or self._home()
        request.session.clear()
        self.sessions.end(request.cookies.get(COOKIE))
        response = RedirectResponse(wanted, 302)
        response.headers.append("set-cookie", cookie_of(self.sessions.begin(user), self.auth, self.address))
        self.tell(Act.sign_in, user, "")
        return response

    async def out(self, request: Request) -> Response:
        """Ends the session, in every tab and for every copy of the cookie."""
        token = request.cookies.get(COOKIE)
        session = self.sessions.find(token, click=False)
        self.sessions.end(token)
        if session:
            self.tell(Act.sign_out, session.user, "")
        response = RedirectResponse(f"{self.address.path}/auth/signed-out", 302)
        response.headers.append("set-cookie", cookie_of("", self.auth, self.address))
        return response

    async def signed_out(self, request: Request) -> Response:
        del request
        return self._page(200, SIGNED_OUT)

    def _failed(self, request: Request, status: int, why: str, error: Exception | None) -> Response:
        """One page for every way in which a sign-in fails; the record says which."""
        request.session.clear()
        self.tell(Act.refused, None, f"{why} ({type(error).__name__})" if error else why)
        return self._page(status, FAILED[status])

    def _page(self, status: int, sentences: tuple[str, str]) -> Response:
        zh, en = sentences
        link = f"{self.address.path}/auth/login"
        return HTMLResponse(
            f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>CRM Cockpit</title>'
            f'<p lang="zh">{zh} <a href="{link}">登录</a></p>'
            f'<p lang="en">{en} <a href="{link}">Sign in</a></p>',
            status,
            headers={"cache-control": "no-store"},
        )

    def _home(self) -> str:
        return f"{self.address.path}/"

    def _within(self, wanted: str) -> str:
        """An address of the cockpit itself, else its first page: nobody is led elsewhere after a sign-in."""
        parts = urlsplit(wanted)
        inside = parts.path.startswith(self._home()) and not parts.path.startswith(("//", "/\\"))
        if parts.scheme or parts.netloc or not inside or any(ord(sign) < 33 for sign in wanted):
            return self._home()
        return quote(wanted, safe="/?&=%:,;+~!*'()@$-._")
