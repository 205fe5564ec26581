"""The sign-in against a real provider on this machine, request by request, and through a proxy's header."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from oidc_provider_mock import User, run_server_in_thread
from oidc_provider_mock._app import OpenIDCode

from bench.servers import free_port, served
from tests.conftest import Shared, build_sample

HTML = {"accept": "text/html"}
GROUPS = [f"group-{number:04}-of-a-large-bank" for number in range(500)]


@dataclass(frozen=True)
class Cockpit:
    """A served cockpit and its configuration's folder."""

    url: str
    folder: Path

    def grants(self, *rows: str) -> None:
        """Replaces the table of grants."""
        (self.folder / "grants.csv").write_text("\n".join(["user,institution_id,permissions", *rows]))

    def record(self) -> list[dict[str, Any]]:
        files = sorted((self.folder / ".cockpit" / "audit").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@contextmanager
def cockpit(bank: Path, folder: Path, auth: str, provider: str = "") -> Iterator[Cockpit]:
    """The bank with this sign-in, served on a port of its own."""
    port = free_port()
    folder.mkdir(parents=True)
    for name in ("extracts", ".cockpit"):
        (folder / name).symlink_to(bank / name) if name == "extracts" else None
    text = (bank / "cockpit.toml").read_text()
    head, sign, tables = text.partition("[tables.")
    text = f"{head}\n[auth]\n{auth}\n\n{sign}{tables}".replace("extracts/grants.csv", "grants.csv")
    (folder / "cockpit.toml").write_text(text)
    link = folder / ".cockpit"
    link.mkdir()
    (link / "snapshots").symlink_to(bank / ".cockpit" / "snapshots")
    (link / "CURRENT").write_text((bank / ".cockpit" / "CURRENT").read_text())
    (folder / "grants.csv").write_text("user,institution_id,permissions\n")
    if provider:
        secrets = folder / "secrets.toml"
        secrets.write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            f'cookie_secret = "{os.urandom(32).hex()}"\nclient_id = "cockpit"\nclient_secret = "s3cr3t"\n'
            f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
        )
        secrets.chmod(0o600)
    with served(folder / "cockpit.toml", port) as url:
        yield Cockpit(url, folder)


@pytest.fixture(scope="module")
def bank(shared: Shared) -> Path:
    return shared("signed", lambda folder: build_sample(folder, customers=300, months=3, outlets=12))


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    users = [
        User(sub="u1", claims={"email": "u1@bank.example", "name": "张三", "groups": GROUPS}),
        User(sub="nobody"),
        User(sub="\u202e" + "x" * 300),
    ]
    with run_server_in_thread(user_claims=users) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(scope="module")
def signed(bank: Path, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    folder = tmp_path_factory.mktemp("oidc") / "bank"
    with cockpit(bank, folder, 'sign_in = "oidc"', provider) as found:
        yield found


def sign_in(at: Cockpit, user: str = "u1", path: str = "/overview?lang=en") -> tuple[httpx2.Client, Any]:
    """A browser that goes to a page, to the provider, and back; with its last answer."""
    browser = httpx2.Client(headers=HTML, timeout=20)
    asked = browser.get(at.url + path)
    assert asked.status_code == 302 and asked.headers["location"].startswith("/auth/login?next=")
    there = browser.get(at.url + asked.headers["location"])
    back = browser.post(there.headers["location"], data={"sub": user})
    return browser, browser.get(back.headers["location"])


def test_a_reader_comes_back_to_the_page_he_asked_for(signed: Cockpit) -> None:
    browser, answer = sign_in(signed, path="/funnel?lang=en&period=2026-10")
    assert (answer.status_code, answer.headers["location"]) == (302, "/funnel?lang=en&period=2026-10")
    [cookie] = [text for text in answer.headers.get_list("set-cookie") if text.startswith("cockpit_session=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and len(cookie) < 200  # no claim, no group
    assert browser.get(signed.url + "/funnel").status_code == 200
    assert {"act": "sign_in", "user": "u1"}.items() <= signed.record()[-1].items()


def test_without_a_session_there_is_only_the_way_to_the_sign_in(signed: Cockpit) -> None:
    with httpx2.Client(timeout=20) as nobody:
        for path in ("/overview", "/", "/nothing"):
            assert nobody.get(signed.url + path, headers=HTML).headers["location"].startswith("/auth/login")
        for path in ("/media/x.csv", "/files/x", "/_stcore/metrics", "/_stcore/host-config"):
            assert nobody.get(signed.url + path).status_code == 403, path
        assert nobody.get(signed.url + "/_stcore/health").status_code == 200


def test_a_copied_cookie_is_dead_after_the_way_out(signed: Cockpit) -> None:
    browser, _ = sign_in(signed)
    copy = httpx2.Client(headers=HTML, cookies=dict(browser.cookies), timeout=20)
    assert copy.get(signed.url + "/overview").status_code == 200
    assert browser.get(signed.url + "/auth/logout").headers["location"] == "/auth/signed-out"
    assert "signed out" in browser.get(signed.url + "/auth/signed-out").text
    assert copy.get(signed.url + "/overview").headers["location"].startswith("/auth/login")
    assert signed.record()[-1]["act"] == "sign_out"


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y", "x"],
)
def test_nobody_is_led_elsewhere_after_the_sign_in(wanted: str, signed: Cockpit) -> None:
    browser = httpx2.Client(headers=HTML, timeout=20)
    there = browser.get(f"{signed.url}/auth/login", params={"next": wanted})
    back = browser.post(there.headers["location"], data={"sub": "u1"})
    assert browser.get(back.headers["location"]).headers["location"] == "/"


def test_an_answer_that_does_not_hold_is_no_sign_in(signed: Cockpit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Expired, for somebody else, from somebody else, played again, or with another browser's state."""
    whole = OpenIDCode.get_jwt_config

    def with_config(**more: Any) -> None:
        monkeypatch.setattr(
            OpenIDCode, "get_jwt_config", lambda self, grant, _=None: {**whole(self, grant), **more}
        )

    expired = int(timedelta(days=-1).total_seconds())
    for more in ({"exp": expired}, {"iss": "http://evil.example"}, {"aud": ["another"]}):
        with_config(**more)
        browser, answer = sign_in(signed)
        assert answer.status_code == 401 and "cockpit_session" not in browser.cookies
        assert signed.record()[-1]["act"] == "refused"
    monkeypatch.undo()
    browser, _ = sign_in(signed)
    replayed = browser.get(f"{signed.url}/oauth2callback?code=x&state=y")
    assert replayed.status_code == 401
    assert httpx2.get(f"{signed.url}/oauth2callback", headers=HTML).status_code == 401
    assert httpx2.get(f"{signed.url}/oauth2callback?error=access_denied", headers=HTML).status_code == 401


def test_a_user_id_that_is_none_is_refused(signed: Cockpit) -> None:
    assert sign_in(signed, user="\u202e" + "x" * 300)[1].status_code == 401


def test_a_provider_that_is_down_is_a_sentence(bank: Path, tmp_path: Path) -> None:
    with cockpit(bank, tmp_path / "bank", 'sign_in = "oidc"', f"http://127.0.0.1:{free_port()}") as down:
        answer = httpx2.get(f"{down.url}/auth/login", headers=HTML, timeout=20)
        assert (
            answer.status_code == 503 and "does not answer" in answer.text and "Traceback" not in answer.text
        )
        assert down.record()[-1]["act"] == "refused"


SECRET = "0123456789abcdefghijklmnopqrstuv-ABCDEF"
RIGHT = [("X-Proxy-Secret", SECRET), ("X-Forwarded-User", "u1")]
SPOOFED = {
    "nothing": [],
    "no secret": [("X-Forwarded-User", "u1")],
    "no user": [("X-Proxy-Secret", SECRET)],
    "empty secret": [("X-Proxy-Secret", ""), ("X-Forwarded-User", "u1")],
    "wrong secret": [("X-Proxy-Secret", SECRET[:-1]), ("X-Forwarded-User", "u1")],
    "longer secret": [("X-Proxy-Secret", SECRET + "x"), ("X-Forwarded-User", "u1")],
    "secret in capitals": [("X-Proxy-Secret", SECRET.upper()), ("X-Forwarded-User", "u1")],
    "two secrets": [("X-Proxy-Secret", SECRET), *RIGHT],
    "a right secret after a wrong one": [("X-Proxy-Secret", "x"), *RIGHT],
    "two users": [*RIGHT, ("X-Forwarded-User", "admin")],
    "two users in other letters": [*RIGHT, ("x-forwarded-user", "admin")],
    "empty user": [RIGHT[0], ("X-Forwarded-User", "")],
    "two users in one header": [RIGHT[0], ("X-Forwarded-User", "u1, admin")],
    "a control character": [RIGHT[0], ("X-Forwarded-User", "u1\x7f")],
    "an endless user": [RIGHT[0], ("X-Forwarded-User", "u" * 1_000)],
    "letters beyond ascii": [RIGHT[0], ("X-Forwarded-User", "ü1")],
    "underscores": [("X_Proxy_Secret", SECRET), ("X_Forwarded_User", "u1")],
    "other names": [("X-Proxy-Secret", SECRET), ("X-Remote-User", "u1")],
    "our own header": [("X-Cockpit-User", "u1"), ("X-Cockpit-Session", "x")],
    "our own cookie": [("Cookie", "cockpit_session=x"), ("X-Cockpit-User", "u1")],
}


@pytest.fixture(scope="module")
def proxied(bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    folder = tmp_path_factory.mktemp("header") / "bank"
    auth = 'sign_in = "header"\nproxy_secret = "file:proxy-secret"'
    folder.parent.joinpath("proxy-secret").write_text(SECRET)
    folder.parent.joinpath("proxy-secret").chmod(0o600)
    with cockpit(bank, folder, auth.replace("file:proxy-secret", "file:../proxy-secret")) as found:
        yield found


@pytest.mark.parametrize("name", SPOOFED)
def test_a_header_counts_only_with_the_proxys_secret(name: str, proxied: Cockpit) -> None:
    headers = [(key.encode(), value.encode("utf-8")) for key, value in SPOOFED[name]]
    for path in ("/overview", "/media/x", "/_stcore/host-config"):
        answer = httpx2.get(proxied.url + path, headers=[*headers, (b"accept", b"text/html")], timeout=20)
        assert answer.status_code in (400, 403), (name, path)
        assert "cockpit_session" not in answer.cookies


def test_the_proxys_reader_gets_a_session_of_ours(proxied: Cockpit) -> None:
    answer = httpx2.get(proxied.url + "/overview", headers=[*RIGHT, ("accept", "text/html")], timeout=20)
    assert answer.status_code == 200
    assert re.match("cockpit_session=[^;]{40,}; HttpOnly", answer.headers["set-cookie"])
