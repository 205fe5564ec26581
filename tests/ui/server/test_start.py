"""A start that would show data to the wrong people is refused, in one sentence and with exit code 2."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit.config

from bench.servers import free_port
from data_access.errors import CallError
from data_access.intake.config import read_config
from metrics import CONTRACT
from tests.browser import ROOT
from ui.server.start import SETTINGS, options, refuse

STRONG = "k9Qz7Lw2Vb4Nx8Rt6Hy3Jm5Pd1Sf0Gc7TqWe"
PUBLIC = 'address = "https://crm.bank.example/cockpit"\n'
OIDC = '[auth]\nsign_in = "oidc"\n'
HEADER = '[auth]\nsign_in = "header"\nproxy_secret = "env:COCKPIT_PROXY_SECRET"\n'
PROVIDER = {
    "redirect_uri": "https://crm.bank.example/cockpit/oauth2callback",
    "cookie_secret": STRONG,
    "client_id": "cockpit",
    "client_secret": "of-the-provider",
    "server_metadata_url": "https://login.bank.example/.well-known/openid-configuration",
}

Start = Callable[..., set[str]]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """A start with this configuration, these secrets and these settings of Streamlit; those it looked at."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)

    def started(
        text: str,
        provider: dict[str, Any] | None = None,
        *,
        mode: int = 0o600,
        secret: str | None = None,
        **changed: Any,
    ) -> set[str]:
        (tmp_path / "cockpit.toml").write_text(text, encoding="utf-8")
        if provider is not None:
            lines = [f'{key} = "{value}"' for key, value in provider.items()]
            (tmp_path / "secrets.toml").write_text("\n".join(["[auth]", *lines]), encoding="utf-8")
            (tmp_path / "secrets.toml").chmod(mode)
        if secret is not None:
            monkeypatch.setenv("COCKPIT_PROXY_SECRET", secret)
        found = {name: expected for name, expected, _ in SETTINGS} | {"server.address": "127.0.0.1"}
        found |= {key.replace("__", "."): value for key, value in changed.items()}
        asked = set[str]()

        def setting(name: str) -> Any:
            asked.add(name)
            return found[name]

        refuse(read_config(tmp_path / "cockpit.toml", CONTRACT), setting)
        return asked

    return started


def without(key: str) -> dict[str, str]:
    return {name: value for name, value in PROVIDER.items() if name != key}


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("sample = true\n", {}),
        ('auth = "none"\n', {}),
        ('auth = "none"\n', {"server__address": "::1"}),
        ('auth = "none"\naddress = "http://localhost:8501"\n', {}),
        (PUBLIC + OIDC, {"provider": PROVIDER}),
        (PUBLIC + OIDC, {"provider": PROVIDER, "server__address": "0.0.0.0"}),
        (OIDC, {"provider": PROVIDER | {"redirect_uri": "http://localhost:8502/oauth2callback"}}),
        (PUBLIC + HEADER, {"secret": STRONG}),
        ('auth = "none"\n', {"server__enableAgentApi": None, "server__unsafeMetricsUserAttributes": None}),
    ],
)
def test_what_is_safe_starts(text: str, more: dict[str, Any], start: Start) -> None:
    assert start(text, **more) >= {"server.address", *(name for name, *_ in SETTINGS)}


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("", {}, ('auth = "none"', "[auth]", "cockpit.toml")),
        ("sample = false\n", {}, ('auth = "none"',)),
        ('auth = "none"\n', {"server__address": "0.0.0.0"}, ("0.0.0.0", "127.0.0.1", "--host")),
        ("sample = true\n", {"server__address": None}, ("all addresses",)),
        ("sample = true\n", {"server__address": "192.168.1.5"}, ("192.168.1.5",)),
        ('auth = "none"\n' + PUBLIC, {}, ("crm.bank.example", "sign_in")),
        (HEADER, {"secret": STRONG, "server__address": "0.0.0.0"}, ('address = "https://…"',)),
        (PUBLIC + OIDC, {}, ("cookie_secret", "secrets.toml")),
        (PUBLIC + OIDC, {"provider": without("cookie_secret")}, ("cookie_secret",)),
        (PUBLIC + OIDC, {"provider": PROVIDER | {"cookie_secret": STRONG[:31]}}, ("32",)),
        (PUBLIC + OIDC, {"provider": PROVIDER | {"cookie_secret": "change-me-" + STRONG}}, ("placeholder",)),
        (PUBLIC + OIDC, {"provider": PROVIDER | {"cookie_secret": "ab" * 32}}, ("placeholder",)),
        *(
            (PUBLIC + OIDC, {"provider": without(key)}, (f"lacks {key}",))
            for key in PROVIDER
            if key != "cookie_secret"
        ),
        (
            PUBLIC + OIDC,
            {"provider": PROVIDER | {"redirect_uri": "https://crm.bank.example/oauth2callback"}},
            ("expected “https://crm.bank.example/cockpit/oauth2callback”",),
        ),
        (OIDC, {"provider": PROVIDER}, ("redirect_uri", "127.0.0.1")),
        (PUBLIC + OIDC, {"provider": PROVIDER, "mode": 0o640}, ("640", "chmod 600")),
        ('auth = "none"\n', {"provider": PROVIDER, "mode": 0o604}, ("604", "chmod 600")),
        (PUBLIC + HEADER, {}, ("env:COCKPIT_PROXY_SECRET",)),
        (PUBLIC + HEADER, {"secret": STRONG[:20]}, ("env:COCKPIT_PROXY_SECRET", "32")),
        (PUBLIC + HEADER.replace("env:COCKPIT_PROXY_SECRET", "file:nowhere"), {}, ("file:nowhere",)),
        *(
            ("sample = true\n", {name.replace(".", "__"): wrong}, (name, why, "STREAMLIT_"))
            for (name, expected, why) in SETTINGS
            for wrong in [["email"] if expected == [] else "full" if expected == "none" else not expected]
        ),
    ],
)
def test_what_is_unsafe_does_not(text: str, more: Any, words: tuple[str, ...], start: Start) -> None:
    with pytest.raises(CallError) as refused:
        start(text, **more)
    told = str(refused.value)
    assert refused.value.exit_code == 2 and "\n" not in told
    assert all(word in told for word in words), told
    assert STRONG[:20] not in told and "of-the-provider" not in told


def test_every_setting_is_one_of_streamlits_and_shipped_as_expected() -> None:
    for name, expected, _ in SETTINGS:
        assert streamlit.config.get_option(name) in (expected, None), name


def test_streamlit_is_told_the_address(tmp_path: Path) -> None:
    (tmp_path / "cockpit.toml").write_text(PUBLIC, encoding="utf-8")
    told = options(read_config(tmp_path / "cockpit.toml", CONTRACT))
    assert told["server.baseUrlPath"] == "cockpit"
    assert told["browser.serverAddress"] == "crm.bank.example" and told["browser.serverPort"] == 443
    assert told["secrets.files"][-1] == str(tmp_path / "secrets.toml")


@pytest.mark.parametrize("door", ["serve", "streamlit run"])
def test_both_doors_end_with_the_sentence(door: str, own_bank: Path) -> None:
    config = own_bank / "cockpit.toml"
    shutil.rmtree(own_bank / ".cockpit" / "log", ignore_errors=True)  # of another test's server
    text = config.read_text("utf-8")
    config.write_text(text.replace("sample = true", "sample = false"), encoding="utf-8")
    port = str(free_port())
    if door == "serve":
        command = ["cockpit.py", "serve", "--config", str(config), "--port", port]
    else:
        command = ["-m", "streamlit", "run", "app.py", "--server.port", port]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"COCKPIT_CONFIG": str(config)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2, done.stderr[-2000:]
    assert done.stderr.count("\n") == 1 and 'auth = "none"' in done.stderr
    assert not (own_bank / ".cockpit" / "log").exists()
