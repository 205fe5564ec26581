"""What the cockpit is to hold, and whether it did: one line an aim."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.building import DOOR

Measured = Mapping[str, Mapping[str, Any]]
GB = 1e9


@dataclass(frozen=True)
class Aim:
    """A figure and its limit; `part`: what must have been measured."""

    words: str
    part: str
    figure: Callable[[Measured], float | None]
    limit: float
    unit: str
    is_least: bool = False  # at least the limit; else at most


@dataclass(frozen=True)
class Verdict:
    """What became of an aim; None: it was not measured."""

    aim: Aim
    figure: float | None
    held: bool | None

    def __str__(self) -> str:
        word = "not measured" if self.held is None else "held" if self.held else "MISSED"
        found = "–" if self.figure is None else f"{number(self.figure)}{self.aim.unit}"
        sign = "≥" if self.aim.is_least else "≤"
        return f"{word}: {self.aim.words}: {found} ({sign} {number(self.aim.limit)}{self.aim.unit})"


def number(value: float) -> str:
    """Three digits, as one reads them.

    >>> number(1234.5), number(12.34), number(0.0123)
    ('1,234', '12.3', '0.0123')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def looked(kind: str, how: Callable[[list[float]], float]) -> Callable[[Measured], float | None]:
    def figure(found: Measured) -> float | None:
        costs = [row["cpu_50"] for row in found["looks"]["rows"] if row["kind"] == kind]
        return how(costs) if costs else None

    return figure


def _looks_a_second(found: Measured) -> float:
    [row] = [row for row in found["sessions"]["rows"] if row["sessions"] == 10]
    return float(row["looks"] / row["seconds"])


def _thinking(found: Measured) -> float:
    return float(next(row["p95"] for row in found["sessions"]["rows"] if row["think"]))


def _held_in_memory(found: Measured) -> float:
    return float(max(row["memory"] for row in found["sessions"]["rows"])) / 1e6


def _drawn(found: Measured) -> float | None:
    seconds = found["clicks"].get("seconds")
    return median(seconds) if seconds else None


def _page(found: Measured) -> float | None:
    sizes = found["sessions"]["bytes"].values()
    return max(size["median"] for size in sizes) / 1000 if sizes else None


def mart_ratios(build: Mapping[str, Any]) -> dict[str, float]:
    """CPU of each mart of the plain group-by over the same months and columns."""
    return {
        name: build["steps"][f"mart {name}"]["cpu"] / max(plain["cpu"], 1e-9)
        for name, plain in build["plain_marts"].items()
    }


def _dearest_mart(found: Measured) -> float | None:
    return max(mart_ratios(found["build"]).values(), default=None)


def _alone(found: Measured) -> float:
    build = found["build"]
    spent = sum(build["steps"][f"mart {name}"]["cpu"] for name in build["alone"])
    return float(spent / max(build["plain"]["cpu"], 1e-9))


def spent_on(build: Mapping[str, Any], *heads: str) -> float:
    """CPU seconds of the steps whose names begin so."""
    return sum(float(step["cpu"]) for name, step in build["steps"].items() if name.startswith(heads))


def _check(found: Measured) -> float:
    return spent_on(found["build"], *DOOR) / max(spent_on(found["build"], "mart "), 1e-9)


def quicker(way: str) -> Callable[[Measured], float | None]:
    """How many times longer another way takes at the head office, in the worst of the questions."""

    def figure(found: Measured) -> float | None:
        rows = [row for row in found["questions"]["rows"] if row["place"] == "head office"]
        return min((row[way]["wall"] / row["view"]["wall"] for row in rows), default=None)

    return figure


AIMS = (
    Aim("first look, CPU, median over pages and levels", "looks", looked("first", median), 60, " ms"),
    Aim("first look, CPU, the dearest page and level", "looks", looked("first", max), 120, " ms"),
    Aim("look again, CPU, median over pages and levels", "looks", looked("again", median), 40, " ms"),
    Aim("looks a second, 10 sessions without think time", "sessions", _looks_a_second, 20, "", is_least=True),
    Aim("a look, p95, 30 sessions that think 15 seconds", "sessions", _thinking, 1, " s"),
    Aim("memory of the largest server process", "sessions", _held_in_memory, 400, " MB"),
    Aim("click to drawn, median", "clicks", _drawn, 0.5, " s"),
    Aim("bytes over the socket of the largest page", "sessions", _page, 100, " KB"),
    Aim("dearest mart, CPU of a plain group-by alike", "build", _dearest_mart, 20, " ×"),
    Aim("all marts of customer months alone, CPU of a plain group-by", "build", _alone, 120, " ×"),
    Aim("the check, CPU of the marts", "build", _check, 1, " ×"),
    Aim("peak memory of the build", "build", lambda found: found["build"]["peak"] / GB, 6, " GB"),
    Aim("marts on disk", "build", lambda found: found["build"]["sizes"]["marts"] / GB, 3, " GB"),
    Aim("head office, the slowest question, by Polars", "questions", quicker("polars"), 100, " ×", True),
    Aim("head office, the slowest question, by DuckDB", "questions", quicker("duckdb"), 20, " ×", True),
    Aim(
        "answers that are the same three ways",
        "questions",
        lambda found: (
            sum(row["same"] for row in found["questions"]["rows"]) / len(found["questions"]["rows"])
        ),
        1,
        "",
        is_least=True,
    ),
    Aim(
        "a new month's build, of a full build's time",
        "incremental",
        lambda found: (
            found["incremental"]["whole"]["wall"] / found["build"]["whole"]["wall"]
            if "build" in found
            else None
        ),
        0.25,
        " ×",
    ),
    Aim(
        "files of a new month's build that are not a full build's",
        "incremental",
        lambda found: float(len(found["incremental"]["differ"])),
        0,
        "",
    ),
)


def judged(found: Measured) -> list[Verdict]:
    """Every aim held against what was measured."""
    verdicts = []
    for aim in AIMS:
        figure = aim.figure(found) if aim.part in found else None
        held = None if figure is None else figure >= aim.limit if aim.is_least else figure <= aim.limit
        verdicts.append(Verdict(aim, figure, held))
    return verdicts
