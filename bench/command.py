"""`cockpit.py bench`: the bank, the build, the looks, the questions, and what was to be held."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from data_access.errors import CallError


def bench(
    customers: Annotated[int, typer.Option(min=50, help="Customers of the first month.")] = 100_000,
    outlets: Annotated[int, typer.Option(min=3)] = 300,
    months: Annotated[int, typer.Option(min=3)] = 24,
    out: Annotated[Path, typer.Option(help="The folder that keeps the banks.")] = Path(".bench"),
    doc: Annotated[Path, typer.Option(help="The document that gets the section of this size.")] = Path(
        "docs/benchmarks.md"
    ),
    parts: Annotated[
        str, typer.Option(help="What is measured now, of: build,looks,questions,sessions,clicks,incremental")
    ] = "",
    pages: Annotated[str, typer.Option(help="Pages that are looked at (default: all).")] = "",
    samples: Annotated[int, typer.Option(min=1, help="First looks a page and level.")] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="How long sessions look.")] = 20.0,
    seed: int = 1,
) -> None:
    """Measures a synthetic bank of a size and says which aims are held; exit code 1 when one is missed."""
    from bench import bank as banks
    from bench.aims import judged
    from bench.document import put, section
    from bench.parts import PARTS, Asked, run, told
    from bench.resources import commit, machine
    from ui.menu import PAGES

    wanted, looked = _named(parts, list(PARTS), "part"), _named(pages, [page.url for page in PAGES], "page")
    size = banks.Size(customers=customers, outlets=outlets, months=months, seed=seed)
    out, at = out.resolve(), commit()
    banks.refuse_full(size, out, wanted or list(PARTS))
    asked = Asked(out=str(out), size=vars(size), pages=looked, commit=at, samples=samples, seconds=seconds)
    if banks.made(size, out) is None:
        run("bank", asked)
    made = banks.made(size, out) or {}
    for name in wanted or PARTS:
        typer.echo(f"{size.title}: {name}", err=True)
        run(name, asked)
    found = told(asked)
    verdicts = judged(found)
    text = section(size, made, found, verdicts, f"{date.today()}, commit {at}, {machine()}.")
    typer.echo(text)
    put(doc, text)
    if any(verdict.held is False for verdict in verdicts):
        raise typer.Exit(1)


def _named(text: str, known: list[str], what: str) -> list[str]:
    """The names of a list with commas, in their own order; one that is not known is refused."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise CallError(
                "There is no {what} “{name}”. Known: {known}.", what=what, name=name, known=", ".join(known)
            )
    return [name for name in known if name in names]
