"""The nginx of docs/operations.md before two servers, on loopback: pages, sockets, a sign-in of its own."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from getpass import getuser
from pathlib import Path
from typing import NamedTuple

import pytest
from websockets.exceptions import InvalidStatus

from bench.servers import free_port
from tests.browser import ROOT
from tests.test_docs import blocks
from tests.test_operations import GUIDE, running
from tests.ui.server.visitor import page, session

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SECRET = "0123456789abcdefghijklmnopqrstuv-ABCDEF"


class Site(NamedTuple):
    """A cockpit behind nginx: its public address, whom to trust for it, and a server behind it."""

    address: str
    trusted: ssl.SSLContext
    inside: str
    bank: Path

    def answer(self, path: str, **headers: str) -> tuple[str, bytes, Message]:
        asked = urllib.request.Request(self.address + path, headers=headers)
        with urllib.request.urlopen(asked, timeout=20, context=self.trusted) as told:
            return told.url, told.read(), told.headers


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate of our own for localhost, and a context that trusts it."""
    key, made = folder / "cockpit.key", folder / "cockpit.crt"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(made)], check=True, capture_output=True)
    return ssl.create_default_context(cafile=str(made))


def wait_for(port: int) -> None:
    """Until somebody listens there, at most ten seconds."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


@contextmanager
def behind_nginx(
    sample_bank: Path, folder: Path, auth: str = "", changes: dict[str, str] | None = None
) -> Iterator[Site]:
    """Two servers of the bank with this sign-in behind the nginx of the page, some of its words changed."""
    if NGINX is None:
        pytest.skip("no nginx; `make test` installs Debian's")
    bank = Path(shutil.copytree(sample_bank, folder / "bank"))
    public, inside = free_port(), free_port()
    address = f"https://localhost:{public}/cockpit"
    config = bank / "cockpit.toml"
    head, table, tables = config.read_text("utf-8").partition("[tables.")
    config.write_text(f'address = "{address}"\n{head}\n{auth}\n{table}{tables}', encoding="utf-8")
    trusted = certificate(folder)
    [text] = blocks("nginx", GUIDE)
    places = {
        "listen 443": f"listen 127.0.0.1:{public}",
        "crm.bank.example": "localhost",
        "/etc/nginx/tls": str(folder),
        "127.0.0.1:8501": f"127.0.0.1:{inside}",
        "127.0.0.1:8502": f"127.0.0.1:{inside + 1}",
    }
    for old, new in (places | (changes or {})).items():
        assert old in text
        text = text.replace(old, new)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user {getuser()}; daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{text}\n}}\n"
    )
    serve = [sys.executable, "cockpit.py", "serve", "--config", str(config), "--port", str(inside)]
    serve += ["--workers", "2"]
    nginx = [NGINX, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    ready = f"http://127.0.0.1:{inside}/readyz", f"http://127.0.0.1:{inside + 1}/readyz"
    with running(serve, ROOT, ready[0]), running(nginx, folder, ready[1]):
        wait_for(public)
        yield Site(address, trusted, f"http://127.0.0.1:{inside}/cockpit", bank)


@pytest.mark.slow
def test_pages_assets_and_sessions_pass_nginx(sample_bank: Path, tmp_path: Path) -> None:
    with behind_nginx(sample_bank, tmp_path) as site:
        url, body, headers = site.answer("/?lang=en", Accept="text/html")
        assert url == f"{site.address}/overview?lang=en"  # the first page, below the path
        assert headers["Strict-Transport-Security"] and headers["X-Frame-Options"] == "DENY"
        [script] = re.findall(rb'src="\./(static/js/index[^"]+)"', body)
        assert site.answer(f"/{script.decode()}")[2].get_content_subtype() == "javascript"
        assert json.loads(site.answer("/readyz")[1])["status"] == "ok"
        assert json.loads(site.answer("/version")[1])["contract"]
        assert "secure" in site.answer("/_stcore/health")[2]["Set-Cookie"].lower()
        origin = site.address.removesuffix("/cockpit")
        with session(site.address, origin=origin, ssl=site.trusted) as reader:
            assert b"data-page-end" in page(reader, "lang=en", "overview")
        foreign = {"origin": "https://evil.example", "ssl": site.trusted}
        with pytest.raises(InvalidStatus), session(site.address, **foreign):
            pass
        with pytest.raises(urllib.error.HTTPError, match="403"):
            site.answer("/_stcore/metrics")


def test_a_reader_whom_nginx_signed_in(sample_bank: Path, tmp_path: Path) -> None:
    """nginx asks for a password and vouches for its reader with the secret; nobody else can."""
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", "door"], check=True, capture_output=True, text=True
    )
    passwords = tmp_path / "passwords"
    passwords.write_text(f"u1:{hashed.stdout}")
    secret = tmp_path / "proxy-secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    auth = f'[auth]\nsign_in = "header"\nproxy_secret = "file:{secret}"\n'
    [vouched] = blocks("conf", GUIDE)
    basic = f'auth_basic "bank"; auth_basic_user_file {passwords};'
    changes = {'proxy_set_header   X-Forwarded-User "";': basic + vouched.replace("THE-SECRET", SECRET)}
    with behind_nginx(sample_bank, tmp_path, auth, changes) as site:
        (site.bank / "extracts" / "grants.csv").write_text("user,institution_id,permissions\nu1,00,view\n")
        known = "Basic " + b64encode(b"u1:door").decode()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            site.answer("/overview?lang=en", Accept="text/html")
        spoofed = {"X-Forwarded-User": "admin", "X-Proxy-Secret": SECRET, "Accept": "text/html"}
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(
                urllib.request.Request(
                    f"{site.inside}/overview", headers={"X-Forwarded-User": "u1", "Accept": "text/html"}
                )
            )
        _, _, headers = site.answer("/overview?lang=en", Authorization=known, **spoofed)
        cookie = headers["Set-Cookie"]
        assert cookie.startswith("cockpit_session=") and "; secure" in cookie.lower()
        asked = {"Authorization": known, "Cookie": cookie.partition(";")[0]}
        origin = site.address.removesuffix("/cockpit")
        with session(site.address, origin=origin, ssl=site.trusted, additional_headers=asked) as reader:
            assert b"data-page-end" in page(reader, "lang=en", "overview")
        files = sorted((site.bank / ".cockpit" / "audit").glob("*.jsonl"))
        record = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        assert {line["user"] for line in record if line["act"] in ("sign_in", "page")} == {"u1"}
