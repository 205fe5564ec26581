"""What a page weighs on the wire: its numbers and words, and nothing that the browser has already."""

import json
import re
from collections import Counter
from pathlib import Path

import httpx2
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.wire import tab
from tests.pages.reading import every_page
from ui.base.components import FILES, file_name, script
from ui.menu import PAGES

MOST = 100_000  # bytes of a page


def elements(messages: list[bytes]) -> list[tuple[int, ForwardMsg]]:
    told = [(len(data), ForwardMsg.FromString(data)) for data in messages]
    return [(size, one) for size, one in told if one.delta.WhichOneof("type") == "new_element"]


@pytest.mark.parametrize("entry", every_page(*(page.url for page in PAGES)))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_is_light_and_sends_no_script(address: str, entry: object, lang: str) -> None:
    wire = tab(address)
    wire.open(entry.url, lang=lang)  # type: ignore[attr-defined]
    assert sum(map(len, wire.received)) < MOST
    mounts = Counter[str]()
    for size, message in elements(wire.received):
        if message.delta.new_element.WhichOneof("type") != "bidi_component":
            continue
        mount = message.delta.new_element.bidi_component
        mounts[mount.component_name] += 1
        assert size - len(mount.bytes) < 1000, "a mount is its data and a line"
        assert (
            not mount.css_content
            and file_name(mount.component_name.removeprefix("cockpit_")) in mount.js_content
        )
        assert not re.search(rb"\\u[0-9a-f]{4}|: null|: \"\"", mount.bytes), "written as short as it can be"
        json.loads(mount.bytes)
    assert mounts["cockpit_cards"] or entry.url != "overview"  # type: ignore[attr-defined]


def test_figures_carry_the_theme_of_their_own_kinds_alone(address: str) -> None:
    wire = tab(address)
    wire.open("migration", lang="en")
    specs = [
        json.loads(message.delta.new_element.plotly_chart.spec)
        for _, message in elements(wire.received)
        if message.delta.new_element.WhichOneof("type") == "plotly_chart"
    ]
    assert len(specs) >= 3
    for spec in specs:
        kinds = {trace["type"] for trace in spec["data"]}
        assert set(spec["layout"]["template"]["data"]) <= kinds
        assert set(spec["layout"]["template"]["layout"]) == {"colorway"}
        for number in re.findall(r"(?<![\w.])(\d+\.\d+)", json.dumps(spec["data"])):
            assert len(number.replace(".", "").strip("0")) <= 10, number


@pytest.mark.parametrize("name", FILES)
def test_a_script_is_fetched_once_for_all_times(address: str, name: str) -> None:
    answer = httpx2.get(f"{address}/scripts/{file_name(name)}")
    assert answer.status_code == 200 and answer.text == script(name)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"] and "set-cookie" not in answer.headers
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "function draw(" in answer.text and "replaceSync(" in answer.text


@pytest.mark.parametrize("name", ["table.js", "table-0123456789abcdef.js", "table-0123.css"])
def test_nothing_else_is_a_script(address: str, name: str) -> None:
    answer = httpx2.get(f"{address}/scripts/{name}", headers={"accept": "*/*"})
    assert "def " not in answer.text and "function draw(" not in answer.text
    assert answer.status_code == 404


def test_every_file_of_the_browser_is_part_of_a_script() -> None:
    folder = Path(__file__).parents[2] / "ui" / "browser"
    assert {file.stem for file in folder.iterdir()} == {part for parts in FILES.values() for part in parts}
