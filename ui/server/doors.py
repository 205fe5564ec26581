"""What stands between a request and the pages of one bank: its sign-in, its sessions, the record of both."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from data_access.access.audit import Act, record
from data_access.access.settings import Address, SignIn, secret_of
from ui.base.snapshot import Live, live
from ui.server.identity import Identity
from ui.server.sign_in import SignInRoutes


def doors() -> tuple[list[Middleware], list[Route]]:
    """The middleware that knows who a request is from, and the addresses of the sign-in."""
    bank = live()
    config = bank.config
    address = config.address or Address()
    secret = secret_of(bank.auth.proxy_secret, config.folder) if bank.auth.sign_in is SignIn.header else ""
    identity = Middleware(
        Identity,
        sessions=bank.sessions,
        address=address,
        secret=secret,
        tell=lambda act, user, what: _tell(bank, act, user, what),
    )
    routes = SignInRoutes(bank.sessions, address, _secrets, lambda *words: _tell(bank, *words)).routes
    return [identity], routes


def _secrets() -> Mapping[str, Any]:
    """`[auth]` of secrets.toml, as Streamlit reads it."""
    found: Mapping[str, Any] = st.secrets.get("auth", {})
    return found


def _tell(bank: Live, act: Act, user: str | None, what: str) -> None:
    record(bank.config, act, user or "", what=what or None)
