"""What a server must be told before it listens, and what it refuses to start with."""

import os
import stat
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit.config

from data_access.access.settings import Auth, SignIn, secret_of
from data_access.errors import CallError, CockpitError
from data_access.intake.config import Config
from ui.base.reader import USER_HEADER
from ui.base.snapshot import live
from ui.server.gate import is_loopback
from ui.server.log import set_up

ROOT = Path(__file__).parents[2]
LEAST_SECRET = 32  # bytes
PLACEHOLDERS = ("change", "placeholder", "example", "secret", "your-", "your_", "xxxx", "<")
NEEDED = ("redirect_uri", "client_id", "client_secret", "server_metadata_url")
CALLBACK = "/oauth2callback"

# Streamlit's settings that would open what the gate, the sign-in or the log keep shut.
SETTINGS: tuple[tuple[str, Any, str], ...] = (
    ("server.enableAgentApi", False, "it answers programs without a sign-in"),
    ("server.unsafeMetricsUserAttributes", [], "it would print who reads on an open page"),
    ("client.showErrorDetails", "none", "the text of an error may hold customer data"),
    ("server.enableCORS", True, "without it every web page may call this server"),
    ("server.enableXsrfProtection", True, "without it every web page may call this server"),
    ("server.enableStaticServing", False, "files would be read without a sign-in"),
    ("global.developmentMode", False, "every web page could call this server"),
    ("logger.enableRich", False, "the text of an error may hold customer data"),
)

Option = Callable[[str], Any]


def start() -> Config:
    """The configuration of this server, once nothing speaks against serving it; else one sentence and
    exit code 2."""
    try:
        config = live().config
        refuse(config, streamlit.config.get_option)
    except CockpitError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(CallError.exit_code)
    for name, value in options(config).items():
        streamlit.config.set_option(name, value, "cockpit.toml")
    set_up(config.snapshots / "log", f"server-{streamlit.config.get_option('server.port')}")
    return config


def reached_at(config: Config) -> str:
    """Where readers find this server."""
    if config.address:
        return f"{config.address.origin}{config.address.path}"
    return f"http://127.0.0.1:{streamlit.config.get_option('server.port')}"


def secret_files(config: Config) -> list[Path]:
    """Where secrets may stand: Streamlit's usual places, then beside `cockpit.toml`."""
    usual = [folder / ".streamlit" / "secrets.toml" for folder in (Path.home(), ROOT)]
    return [*usual, config.folder / "secrets.toml"]


def options(config: Config) -> dict[str, Any]:
    """What Streamlit is told of the public address, so that it never looks for it outside."""
    told: dict[str, Any] = {
        "secrets.files": [str(file) for file in secret_files(config)],
        "server.allowedHosts": ["localhost", "127.0.0.1", "::1"],
        "browser.serverAddress": "localhost",
        "server.trustedUserHeaders": {USER_HEADER: "user"},  # set by the server alone: ui/server/identity.py
    }
    if config.address:
        own = urlsplit(config.address.origin)
        told["server.baseUrlPath"] = config.address.path.strip("/")
        told["server.allowedHosts"].append(own.hostname)
        told["server.corsAllowedOrigins"] = [config.address.origin]
        told["browser.serverAddress"] = config.address.host
        told["browser.serverPort"] = own.port or (443 if own.scheme == "https" else 80)
    return told


def refuse(config: Config, option: Option) -> None:
    """Stops a start that would show data to the wrong people; `option` tells Streamlit's settings.

    Errors: `CallError`, one sentence, of the first thing that is wrong.
    """
    if config.auth is None and not config.sample:
        raise CallError(
            "{path} does not say who may read: found no sign-in, expected one. Write [auth] with sign_in, or "
            'auth = "none" above the first table for a machine of your own (docs/access.md).',
            path=config.path,
        )
    auth = config.auth or Auth()
    _refuse_open_doors(config, auth, option("server.address"))
    for name, expected, why in SETTINGS:
        found = option(name)
        if (found or expected) != expected or bool(found) != bool(expected):
            raise CallError(
                "Streamlit's setting {name} is {found}, expected {expected}, for {why}. Take it out of "
                ".streamlit/config.toml, the environment ({variable}) and the command line.",
                name=name,
                found=_told(found),
                expected=_told(expected),
                why=why,
                variable=f"STREAMLIT_{_snake(name)}",
            )
    _refuse_readable(secret_files(config) if auth.sign_in is SignIn.oidc else secret_files(config)[-1:])
    if auth.sign_in is SignIn.oidc:
        _refuse_provider(config)
    if auth.sign_in is SignIn.header:
        _refuse_proxy(config, auth)


def _refuse_open_doors(config: Config, auth: Auth, listens: str | None) -> None:
    """Beyond the machine itself there is a sign-in, and an address that requests are held against."""
    near = is_loopback(listens)
    host = urlsplit(config.address.origin).hostname if config.address else None
    if auth.sign_in is SignIn.none and not near:
        raise CallError(
            "The server would listen on {address} without a sign-in: expected 127.0.0.1, or [auth] with "
            "sign_in in {path}. Leave out --host, or set up the sign-in (docs/access.md).",
            address=listens or "all addresses",
            path=config.path,
        )
    if auth.sign_in is SignIn.none and host and not is_loopback(host):
        raise CallError(
            "{path}: address names {host}, but there is no sign-in: expected [auth] with sign_in. Set it up "
            "(docs/access.md), or take the address out.",
            path=config.path,
            host=host,
        )
    if config.address is None and not near:
        raise CallError(
            "The server would listen on {address}, but {path} has no address: expected the one that readers "
            'type, for no other is let in. Write address = "https://…" above the first table.',
            address=listens or "all addresses",
            path=config.path,
        )


def _refuse_readable(files: Sequence[Path]) -> None:
    for file in files:
        if os.name == "posix" and file.is_file() and (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
            raise CallError(
                "Others may read {file}: found mode {mode}, expected 600. Run: chmod 600 {file}",
                file=file,
                mode=f"{mode:o}",
            )


def _refuse_provider(config: Config) -> None:
    """The provider's keys stand in a secrets.toml, whole, and lead back to the public address."""
    files = [file for file in secret_files(config) if file.is_file()]
    found: dict[str, Any] = {}
    for file in files:
        try:
            document = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise CallError(
                "{file} is not readable as TOML (what stands there is not shown). Write [auth] with its keys "
                "(docs/access.md).",
                file=file,
            ) from error
        found = document.get("auth", found)  # the last file counts, as for Streamlit
    where = files[-1] if files else config.folder / "secrets.toml"
    secret = found.get("cookie_secret")
    if not isinstance(secret, str) or not _is_strong(secret):
        raise CallError(
            "{file}: [auth] cookie_secret is missing, a placeholder or too short: expected at least {least} "
            'random bytes. Write what this prints: python -c "import secrets; print(secrets.token_hex(32))"',
            file=where,
            least=LEAST_SECRET,
        )
    lacking = [key for key in NEEDED if not isinstance(found.get(key), str) or not found[key].strip()]
    if lacking:
        raise CallError(
            "{file}: [auth] lacks {keys}: expected the texts that the bank's sign-in gave out. Add them "
            "(docs/access.md).",
            file=where,
            keys=", ".join(lacking),
        )
    found_uri, address = found["redirect_uri"], config.address
    if address:
        wanted, right = f"{address.origin}{address.path}{CALLBACK}", None
    else:
        wanted = f"http://127.0.0.1:8501{CALLBACK}"
        right = is_loopback(urlsplit(found_uri).hostname) and found_uri.endswith(CALLBACK)
    if not (found_uri == wanted if right is None else right):
        raise CallError(
            "{file}: [auth] redirect_uri = “{found}”, expected “{wanted}”: the address of {config} and "
            "{callback}. Correct the one that is wrong.",
            file=where,
            found=found_uri,
            wanted=wanted,
            config=config.path.name,
            callback=CALLBACK,
        )


def _refuse_proxy(config: Config, auth: Auth) -> None:
    """The proxy proves itself by a secret that nobody guesses."""
    kind, _, name = auth.proxy_secret.partition(":")
    if kind == "file":
        _refuse_readable([config.folder / name])
    try:
        secret = secret_of(auth.proxy_secret, config.folder)
    except CallError:
        secret = ""
    if not _is_strong(secret):
        raise CallError(
            "[auth] proxy_secret = “{place}”: what stands there is missing, a placeholder or too short: "
            "expected at least {least} random bytes, the same as the proxy sends. Write what this prints: "
            'python -c "import secrets; print(secrets.token_hex(32))"',
            place=auth.proxy_secret,
            least=LEAST_SECRET,
        )


def _is_strong(secret: str) -> bool:
    """Long enough, of many signs, and no word that stands in an example."""
    plain = secret.casefold()
    return (
        len(secret.encode()) >= LEAST_SECRET
        and len(set(secret)) >= 10
        and not any(word in plain for word in PLACEHOLDERS)
    )


def _told(value: Any) -> str:
    """A setting's value as config.toml writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _snake(name: str) -> str:
    """`server.enableCORS` as in the environment: SERVER_ENABLE_CORS."""
    signs = name.replace(".", "_")
    return "".join(
        f"_{sign}" if sign.isupper() and at and signs[at - 1].islower() else sign
        for at, sign in enumerate(signs)
    ).upper()
