"""Two readers on one server at once, and links that mean harm: the same numbers as without a cache, and no
harm done."""

import re
import shutil
import time
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.servers import free_port, served
from bench.wire import Wire
from data_access.intake.config import read_config
from data_access.view.store import open_store
from metrics import CONTRACT
from tests.conftest import Shared
from tests.pages import test_wire as canaries
from tests.pages.test_wire import Served, foreign, grant, sign_in
from ui.base.link import TAG
from ui.menu import PAGES

NOISE = re.compile(r"\$\$ID-[0-9a-f]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{32}")


@pytest.fixture(scope="module")
def bank(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("canaries") / "own"  # its grants and record are of these tests alone
    config = shutil.copytree(shared("canaries", canaries._marked), folder) / "cockpit.toml"
    with served(config, free_port()) as url:
        yield Served(url, config, open_store(read_config(config, CONTRACT)))


def said(wire: Wire, page: str, **query: str) -> list[str]:
    """What a page shows, without what is new in every run."""
    wire.open(page, **query)
    found = []
    for message in wire.received:
        told: Any = ForwardMsg.FromString(message)
        if told.WhichOneof("type") == "delta":
            element: Any = told.delta.new_element
            kind = element.WhichOneof("type")
            if kind in ("markdown", "bidi_component", "plotly_chart", "alert", "html"):
                found.append(NOISE.sub("", str(getattr(element, kind))))
    return found


def check_interleaved(bank: Served, clicks: int, pages: list[str]) -> None:
    """Two readers click in turn; each look is the one that a fresh server process gives that reader."""
    tree, rng = bank.store.tree, Random(5)
    first, second = tree.children(0)[0], tree.children(0)[-1]
    rights = {"a": [tree.ids[first]], "b": [tree.ids[second]]}
    grant(bank, rights, "customers export")
    looks = [(user, page, own) for user, [own] in rights.items() for page in pages]
    alone = {}
    for user, page, own in looks:
        with served(bank.config, free_port()) as url:
            fresh = sign_in(Served(url, bank.config, bank.store), user)
            alone[user, page] = said(fresh, page, at=own, lang="en")
            fresh.socket.close()
    tabs = {user: sign_in(bank, user) for user in rights}
    for _ in range(clicks):
        user, page, own = rng.choice(looks)
        assert said(tabs[user], page, at=own, lang="en") == alone[user, page], (user, page)


@pytest.mark.slow
def test_two_readers_in_turn_see_their_own_numbers(bank: Served) -> None:
    check_interleaved(bank, 12, ["overview"])


@pytest.mark.soak
def test_two_readers_a_thousand_clicks_on_every_page(bank: Served) -> None:
    check_interleaved(bank, 1_000, [entry.url for entry in PAGES])


HARM = (
    *("", " ", "0", "-1", "null", "None", "undefined", "NaN", "true", "[]", "{}"),
    *("' or '1'='1", '" or 1=1 --', "1; drop table x", "%27", "%00", "\x00", "\x1b[31m", "\r\nX: y"),
    *("../../etc/passwd", "..%2f..%2f", "file:///etc/passwd", "http://evil.example", "//evil.example"),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "{{7*7}}",
        "${7*7}",
    ),
    *("[a](http://evil.example)", "![a](http://evil.example/x.png)", ":red[x]", "$\\frac{1}{0}$", "*", "**"),
    *("own", "between", "rest", "level:", "level:nothing", "children", "all", "none", "live", "untiered"),
    *("2026-13", "0000-00", "9999-12", "2026-W99", "2026-10..2025-01", "1e999", "٢٠٢٦-١٠", "２０２６-１０"),
    *(
        "a" * 10_000,
        "0," * 5_000,
        "\u202e",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ),
    *("=1+1", "@SUM(1)", "+1", "-1+1", "a\tb", "a\nb"),
)
FRAME = ("at", "period", "compare", "also", "rows", "without", "tree", "snapshot", "kind", "tier", "lang")
PARAMETERS = {(choice.name, entry.url) for entry in PAGES for choice in entry.choices}
PARAMETERS |= {(name, "pool") for name in FRAME}
TRIED = [
    one if one == ("at", "pool") else pytest.param(*one, marks=pytest.mark.slow) for one in sorted(PARAMETERS)
]


def test_every_parameter_of_a_link_is_tried_below(bank: Served) -> None:
    """What the pages write into their links; a tag of the bank's own is read as a tier is."""
    grant(bank, {"h": [bank.store.tree.ids[bank.store.tree.children(0)[0]]]}, "customers")
    wire = sign_in(bank, "h")
    for entry in PAGES:
        wire.open(entry.url, lang="en")
        written = {name for name in parse_qs(wire.query, keep_blank_values=True) if not name.startswith(TAG)}
        assert written == {name for name, page in PARAMETERS if name in FRAME or page == entry.url}, entry.url


@pytest.mark.parametrize(("name", "page"), TRIED)
def test_sixty_payloads_in_a_link_do_no_harm(name: str, page: str, bank: Served) -> None:
    assert len(HARM) >= 60
    key = bank.store.tree.ids[bank.store.tree.children(0)[0]]
    grant(bank, {"h": [key]}, "customers export")
    wire = sign_in(bank, "h")
    wire.open(page, lang="en")
    for payload in HARM:
        begun = time.monotonic()
        content = wire.open(page, **{"lang": "en", name: payload})
        assert b"data-page-end" in content, payload
        assert not foreign(bank, [key], content), payload
        assert b"could not be computed" not in content, payload
        assert b"<script>alert" not in content and b"onerror=alert(1)>" not in content, payload
        assert time.monotonic() - begun < 15, payload
