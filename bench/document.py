"""The tables of a run, and docs/benchmarks.md, which keeps one section for each size of a bank."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.aims import Verdict, mart_ratios, number
from bench.bank import Size
from bench.building import DOOR
from bench.questions import QUESTIONS
from data_access.snapshot import write_atomic

HEAD = "## "


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table as Markdown; figures to three digits."""
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(number(cell) if isinstance(cell, float) else str(cell) for cell in row) + " |"
    yield ""


def _made(said: Mapping[str, Any]) -> Iterator[str]:
    seconds = said["seconds"]
    yield "### The bank"
    yield ""
    rows = [(name, f"{count:,}") for name, count in said["rows"].items()]
    yield from table(("table", "rows"), rows)
    yield f"Made in {number(seconds['wall'])} s, {number(seconds['cpu'])} s of CPU."
    yield ""


def _build(build: Mapping[str, Any]) -> Iterator[str]:
    whole, sizes = build["whole"], build["sizes"]
    yield "### Build"
    yield ""
    yield (
        f"{number(whole['wall'])} s, {number(whole['cpu'])} s of CPU, "
        f"peak memory {build['peak'] / 1e9:.2f} GB. "
        f"A plain group-by of AUM by institution over all months: {number(build['plain']['cpu'])} s of CPU."
    )
    yield ""
    ratios = mart_ratios(build)
    rows = []
    for step, spent in build["steps"].items():
        name = step.removeprefix("mart ")
        count = build["marts"].get(name, "") if step.startswith("mart ") else ""
        table_rows = build["rows"].get(step.partition(" ")[2], "") if step.startswith(DOOR) else count
        told = f"{table_rows:,}" if table_rows != "" else ""
        rows.append((step, told, spent["wall"], spent["cpu"], ratios.get(name, "")))
    yield from table(("step", "rows", "s", "s of CPU", "× plain group-by"), rows)
    yield from table(
        ("on disk", "MB"), [(name, size / 1e6) for name, size in sizes.items() if size >= 10_000]
    )


def _looks(looks: Mapping[str, Any]) -> Iterator[str]:
    yield "### Looks"
    yield ""
    head = ("page", "level", "look", "CPU ms p50", "p95", "wall ms p50", "p95", "reads", "frames", "metrics")
    names = ("cpu_50", "cpu_95", "wall_50", "wall_95", "reads", "frames", "computed")
    rows = ((row["page"], row["level"], row["kind"], *(row[name] for name in names)) for row in looks["rows"])
    yield from table(head, rows)


def _questions(questions: Mapping[str, Any]) -> Iterator[str]:
    yield "### Five questions"
    yield ""
    filled, size = questions["filling"]["wall"], questions["bytes"] / 1e6
    yield f"The DuckDB file was filled in {number(filled)} s and has {number(size)} MB."
    yield ""
    head = ("question", "at", "view ms", "CPU ms", "Polars ms", "×", "DuckDB ms", "×", "same")
    rows = []
    for row in questions["rows"]:
        view = row["view"]["wall"]
        others = [(row[way]["wall"] * 1000, row[way]["wall"] / view) for way in ("polars", "duckdb")]
        spent = (view * 1000, row["view"]["cpu"] * 1000)
        is_same = "yes" if row["same"] else "NO"
        rows.append((QUESTIONS[row["question"]], row["place"], *spent, *others[0], *others[1], is_same))
    yield from table(head, rows)


def _sessions(sessions: Mapping[str, Any]) -> Iterator[str]:
    yield f"### Sessions, {sessions['workers']} server processes"
    yield ""
    head = ("sessions", "s of thinking", "looks a second", "s p50", "s p95", "MB of the largest process")
    rows = (
        (
            *(row["sessions"], row["think"], row["looks"] / row["seconds"]),
            *(row["p50"], row["p95"], row["memory"] / 1e6),
        )
        for row in sessions["rows"]
    )
    yield from table(head, rows)
    sizes = ((name, told["median"] / 1000, told["most"] / 1000) for name, told in sessions["bytes"].items())
    yield from table(("page", "KB over the socket, median", "most"), sizes)


def _clicks(clicks: Mapping[str, Any]) -> Iterator[str]:
    yield "### Click to drawn, Chromium"
    yield ""
    if seconds := clicks.get("seconds"):
        yield (
            f"{len(seconds)} clicks on an institution below, overview: "
            f"{number(seconds[len(seconds) // 2])} s in the middle, {number(seconds[-1])} s at most."
        )
    else:
        yield f"Not measured: {clicks['lacking']}."
    yield ""


def _incremental(incremental: Mapping[str, Any]) -> Iterator[str]:
    whole = incremental["whole"]
    yield "### A new month"
    yield ""
    differ = incremental["differ"]
    same = f"not that of a full build in {', '.join(differ)}" if differ else "a full build's"
    yield f"{number(whole['wall'])} s, {number(whole['cpu'])} s of CPU; the content is {same}."
    yield ""


TOLD = {
    "build": _build,
    "looks": _looks,
    "questions": _questions,
    "sessions": _sessions,
    "clicks": _clicks,
    "incremental": _incremental,
}


def section(
    size: Size, made: Mapping[str, Any], found: Mapping[str, Any], verdicts: Sequence[Verdict], head: str
) -> str:
    """Everything of one run; `head`: day, commit and machine."""
    lines = [f"{HEAD}{size.title}", "", head, "", *(f"- {verdict}" for verdict in verdicts), ""]
    lines += _made(made)
    for part, tell in TOLD.items():
        if part in found:
            lines += tell(found[part])
    return "\n".join(lines).rstrip() + "\n"


def put(file: Path, text: str) -> None:
    """Writes a section into the document, in the place of the one of the same title; small banks first."""
    before, kept = divided(file.read_text("utf-8") if file.exists() else "# Benchmarks\n")
    kept[text.splitlines()[0]] = text
    ordered = sorted(kept.items(), key=lambda entry: [int(word) for word in _figures(entry[0])])
    write_atomic(file, "\n".join([before, *(body for _, body in ordered)]))


def divided(text: str) -> tuple[str, dict[str, str]]:
    """What stands before the first section, and the sections by title."""
    before, *parts = f"\n{text}".split(f"\n{HEAD}")
    bodies = {f"{HEAD}{part.splitlines()[0]}": f"{HEAD}{part.rstrip()}\n" for part in parts}
    return f"{before.strip()}\n", bodies


def _figures(title: str) -> list[str]:
    return [word.replace(",", "") for word in title.split() if word.replace(",", "").isdigit()]
