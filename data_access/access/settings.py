"""How readers sign in, where the cockpit is reached, what may leave it and how that is recorded:
`[auth]`, `address`, `[exports]`, `[audit]`; and where readers' notes are kept: `[notes]`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from data_access.errors import CallError


class SignIn(StrEnum):
    """Who says who a reader is."""

    none = "none"  # nobody: on a loopback address only
    oidc = "oidc"  # an OpenID Connect provider
    header = "header"  # a proxy in front, which proves itself by a secret


@dataclass(frozen=True, kw_only=True)
class Auth:
    """The sign-in. Secrets never stand in the file: `proxy_secret` names the environment variable or file
    (`env:NAME`, `file:PATH`) that holds it; the provider's stand in Streamlit's secrets.toml."""

    sign_in: SignIn = SignIn.none
    user_claim: str = "sub"  # the provider's claim that is the user of the grants
    header: str = "X-Forwarded-User"
    proxy_secret: str = ""
    hours: int = 8  # a session ends so long after its sign-in
    idle_minutes: int = 30  # and so long after its last click


@dataclass(frozen=True, kw_only=True)
class Exports:
    """How much one reader may take along."""

    rows_per_file: int = 50_000
    files_per_day: int = 20


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The record of who saw and took along what."""

    file_megabytes: int = 100  # a new file begins with each month, and where one is so large


@dataclass(frozen=True, kw_only=True)
class Notes:
    """Where notes and saved views are kept. The URL may hold a password and is shown nowhere."""

    url: str = ""  # a database of SQLAlchemy; none: notes.sqlite beside the snapshots


@dataclass(frozen=True)
class Address:
    """Where readers reach the cockpit: scheme, host (with its port) and the path in front of every page."""

    scheme: str = "http"
    host: str = ""
    path: str = ""

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"


def read_auth(entry: Any) -> Auth:
    """`auth = "none"`, or the section `[auth]`.

    >>> read_auth({"sign_in": "oidc", "user_claim": "email"}).user_claim
    'email'
    """
    if isinstance(entry, str):
        entry = {"sign_in": entry}
    found = settings_of(Auth, "auth", entry)
    known = [way.value for way in SignIn]
    if found.get("sign_in", "none") not in known:
        raise CallError(
            "[auth] sign_in = {value!r}: expected {known}.", value=found["sign_in"], known=" or ".join(known)
        )
    secret = found.get("proxy_secret", "")
    if secret and not secret.startswith(("env:", "file:")):
        raise CallError(
            "[auth] proxy_secret holds the secret itself (not shown). "
            'Write where it is: proxy_secret = "env:NAME" or "file:PATH".'
        )
    found["sign_in"] = SignIn(found.get("sign_in", "none"))
    if found["sign_in"] is SignIn.header and not secret:
        raise CallError(
            '[auth] sign_in = "header" needs proxy_secret, for anybody who reaches the port could send the '
            'header. Write proxy_secret = "env:NAME".'
        )
    return Auth(**found)


def read_exports(entry: Any) -> Exports:
    """The section `[exports]`."""
    return Exports(**settings_of(Exports, "exports", entry))


def read_audit(entry: Any) -> Audit:
    """The section `[audit]`."""
    return Audit(**settings_of(Audit, "audit", entry))


def read_notes(entry: Any) -> Notes:
    """The section `[notes]`; what stands in it is not repeated, for it may hold a password."""
    url = entry.get("url") if isinstance(entry, Mapping) and set(entry) == {"url"} else None
    if not isinstance(url, str) or not (url.startswith("env:") or "://" in url):
        raise CallError(
            "[notes] holds one setting, where notes are kept (what stands there is not shown, for it may "
            'hold a password): url = "env:NAME", or dialect+driver://user:password@host:port/database. '
            "Without the section they are kept beside the snapshots."
        )
    return Notes(url=url.strip())


def read_address(text: str) -> Address:
    """The public address as a reader's browser shows it.

    >>> read_address("https://crm.bank.example/cockpit/")
    Address(scheme='https', host='crm.bank.example', path='/cockpit')
    """
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or "@" in parts.netloc:
        raise CallError(
            "address = {text!r}: expected the address that readers type, such as "
            "https://crm.bank.example/cockpit.",
            text=text,
        )
    return Address(parts.scheme, parts.netloc, parts.path.rstrip("/"))


def secret_of(text: str, folder: Path) -> str:
    """A secret that the file names: of an environment variable (`env:NAME`) or a file (`file:PATH`)."""
    kind, _, name = text.partition(":")
    try:
        found = os.environ.get(name, "") if kind == "env" else (folder / name).read_text("utf-8")
    except OSError as error:
        raise CallError("The secret {text} cannot be read: {error}.", text=text, error=error) from error
    except UnicodeDecodeError:
        found = ""  # no text is no secret
    return found.strip()


def settings_of(kind: type, name: str, entry: Any) -> dict[str, Any]:
    """A section's settings, each of the type of its default."""
    if not isinstance(entry, Mapping):
        raise CallError("[{name}] is a section of settings.", name=name)
    types = {one.name: type(one.default) for one in fields(kind)}
    for key, value in entry.items():
        if key not in types:
            raise CallError(
                "[{name}] has no setting “{key}”. It may hold: {known}.",
                name=name,
                key=key,
                known=", ".join(types),
            )
        whole = issubclass(types[key], int)
        right = type(value) is int and value > 0 if whole else isinstance(value, str) and value != ""
        if not right:
            raise CallError(
                "[{name}] {key} = {value!r}: expected {form}.",
                name=name,
                key=key,
                value=value,
                form="a whole number above 0" if whole else "a text",
            )
    return dict(entry)
