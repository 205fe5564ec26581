"""A hundred thousand customers cost a look what a small bank costs it, and a build what its rows do.

Two banks with one tree: what is counted is the same on every machine, and costs are compared on this one.
"""

from pathlib import Path
from typing import Any

import pytest

from bench.bank import Size
from bench.parts import Asked, run, told

SMALL, LARGE = 20_000, 100_000
PAGE = "value"
NOISE = 1.5  # of single steps, on a machine that does other work


def measure(out: Path, customers: int, *parts: str) -> dict[str, Any]:
    size = Size(customers=customers, outlets=30, months=4)
    asked = Asked(out=str(out), size=vars(size), pages=[PAGE], commit="this one", samples=2)
    for part in parts:
        run(part, asked)
    return told(asked)


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("growth")
    for customers in (SMALL, LARGE):
        measure(out, customers, "bank", "build")
    return out


@pytest.mark.slow
def test_a_build_grows_no_faster_than_customers(banks: Path) -> None:
    small, large = (measure(banks, customers)["build"] for customers in (SMALL, LARGE))
    most = LARGE / SMALL
    assert large["whole"]["cpu"] <= small["whole"]["cpu"] * most
    grown = {
        step: (small["steps"][step]["cpu"], spent["cpu"])
        for step, spent in large["steps"].items()
        if spent["cpu"] > max(small["steps"][step]["cpu"] * most * NOISE, 1.0)
    }
    assert grown == {}
    assert large["sizes"]["marts"] <= small["sizes"]["marts"] * most


@pytest.mark.slow
def test_a_look_does_not_know_how_many_customers_there_are(banks: Path) -> None:
    for attempt in range(3):  # the best of three: others work here too
        small, large = (measure(banks, customers, "looks")["looks"]["rows"] for customers in (SMALL, LARGE))
        for name in ("reads", "frames", "computed"):
            assert [row[name] for row in large] == [row[name] for row in small], name
        costs = [sum(row["cpu_50"] for row in rows) for rows in (small, large)]
        if costs[1] <= costs[0] * 1.3:
            break
        assert attempt < 2, costs
