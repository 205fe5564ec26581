"""Reading what a drawn page says: its cards and tables as they were given, its finding, its headings."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ui.menu import PAGES

Open = Callable[..., AppTest]
OVERVIEW, BALANCES, FUNNEL, POOL, COMPLAINTS, SATISFACTION, VALUE, MIGRATION, CHURN = (
    f"pages/{name}.py"
    for name in (
        "review/overview",
        "review/balances",
        "sales/funnel",
        "sales/pool",
        "service/complaints",
        "service/satisfaction",
        "customers/value",
        "customers/migration",
        "customers/churn",
    )
)


def every_page(*quick: str) -> list[Any]:
    """Every page as a parameter; those not named are left to `make test-long`."""
    return [
        pytest.param(entry, id=entry.url, marks=[] if entry.url in quick else [pytest.mark.slow])
        for entry in PAGES
    ]


def pages(*quick: str) -> list[Any]:
    """The pages of numbers, without those about the data themselves."""
    return [entry for entry in every_page(*quick) if entry.values[0].metrics]


class Told(dict[str, Any]):
    """What the browser was told; what it was not is None there too."""

    def __missing__(self, key: str) -> None:
        return None


def cell(told: list[Any]) -> Told:
    """A cell as the browser takes it apart."""
    text, value, more = [*told, *["", None, None][len(told) :]]
    return Told({"text": text, "value": value} | (more or {}))


def data_of(at: AppTest) -> dict[str, Any]:
    """What cards and tables were given, by key."""
    found = {}
    for element in at.get("bidi_component"):
        proto = element.proto
        key = proto.id.rpartition("-")[2]
        if key == "history" or key.startswith("focus_"):
            continue  # carry nothing; they lead the keyboard into a menu, and Back to what was before
        found[key] = told = json.loads(proto.bytes, object_hook=Told)
        for row in told.get("rows", ()):
            row["cells"] = Told(
                zip([one["key"] for one in told["columns"]], map(cell, row["cells"]), strict=True)
            )
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text in cards and tables."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def finding_of(at: AppTest) -> str:
    [block] = [b for b in blocks(at.main) if getattr(b.proto, "id", "").endswith("-finding")]
    return " ".join(element.value for element in block.get("markdown"))


def blocks(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if hasattr(child, "children"):
            yield child
            yield from blocks(child)


def headings(at: AppTest) -> str:
    return "\n".join(element.value for element in at.markdown if element.value.startswith("#### "))
