"""The terminal's door: sample, check, build, serve, brief; more in `ui/terminal`. A notebook's: `open_bank`.

Exit codes: 0 done, 1 the data is at fault, 2 the call is at fault, 3 a delivery passes the contract and
cannot be right beside the one before it (`--accept` takes it).
"""

import io
import json
import logging
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import polars as pl
import typer

from bench.command import bench
from data_access import periods, snapshot
from data_access.build import build as building
from data_access.build.doubts import DoubtfulError
from data_access.errors import CallError, CockpitError, DataError
from data_access.intake.config import Config, read_config
from data_access.intake.intake import Intake
from data_access.view.output import reports
from data_access.view.store import Store, by_tree
from metrics import CONTRACT, SUBJECTS
from ui.terminal import access, audit, snapshots
from ui.terminal.map import map_extract
from ui.terminal.metric import metric
from ui.terminal.notebook import open_bank, opened
from ui.terminal.notes import notes
from ui.terminal.options import ConfigPath, Engines, Format, Remote, Tree, Version, Where, engine_of
from ui.terminal.progress import shown_progress
from ui.terminal.send import send
from ui.terminal.settings import settings

__all__ = ["open_bank"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
app.add_typer(snapshots.app, name="snapshots")
app.add_typer(access.app, name="access")
app.add_typer(audit.app, name="audit")
app.command()(metric)
app.command()(bench)
app.command("map")(map_extract)
app.command()(send)
app.command()(notes)
app.command()(settings)


Accept = Annotated[
    bool, typer.Option("--accept", help="Take a delivery that cannot be right beside the one before it.")
]
Today = Annotated[str | None, typer.Option(help="The day of the build, YYYY-MM-DD (default: today).")]


@app.callback()
def door(version: Version = False) -> None:
    """The client management cockpit on the terminal."""


def _say(text: str) -> None:
    """An error, with the command as it was called: installed as a wheel it is `crm-cockpit`."""
    if Path(sys.argv[0]).stem == "crm-cockpit":
        text = text.replace("python cockpit.py", "crm-cockpit")
    typer.echo(text, err=True)


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    customers: Annotated[int, typer.Option(min=50)] = 20_000,
    months: Annotated[int, typer.Option(min=2)] = 48,
    outlets: Annotated[int, typer.Option(min=3)] = 300,
    seed: int = 1,
) -> None:
    """Writes a synthetic bank and its cockpit.toml."""
    from sample_data.bank import write

    rows = write(
        out, customers=customers, months=months, outlets=outlets, seed=seed, progress=shown_progress()
    )
    typer.echo(f"{out / 'cockpit.toml'}: " + ", ".join(f"{n:,} {name}" for name, n in rows.items()))


@app.command()
def check(
    config: ConfigPath,
    format: Format = Format.table,
    today: Today = None,
    accept: Accept = False,
    engine: Where = Engines.polars,
    remote: Remote = None,
) -> None:
    """Looks at every delivered table and says what breaks the contract."""
    settings = read_config(config, CONTRACT)
    with engine_of(engine, remote, settings) as chosen:
        intake = building.check(settings, periods.day(today), shown_progress(), chosen)
    typer.echo(reports(intake.rows(), format))
    if not intake.passed:
        raise typer.Exit(1)
    if not accept and any(report.doubts for report in intake.reports.values()):
        raise typer.Exit(DoubtfulError.exit_code)


@app.command()
def build(
    config: ConfigPath,
    format: Format = Format.table,
    today: Today = None,
    accept: Accept = False,
    engine: Where = Engines.polars,
    remote: Remote = None,
) -> None:
    """Checks the extracts, publishes a snapshot and builds the marts."""
    settings = read_config(config, CONTRACT)

    def told(intake: Intake) -> None:
        if format is not Format.json:
            typer.echo(reports(intake.rows(), format))

    with engine_of(engine, remote, settings) as chosen:
        published, seconds = building.build(
            settings, SUBJECTS, periods.day(today), shown_progress(), accept=accept, told=told, engine=chosen
        )
    if format is Format.json:
        row = {"snapshot": published.id, "folder": str(published.folder), "seconds": seconds}
        typer.echo(json.dumps([{**row, "tables": published.manifest["reports"]}], ensure_ascii=False))
        return
    if format is Format.csv:
        return
    for step, spent in seconds.items():
        typer.echo(f"{step:<20} {spent:8.2f} s")
    typer.echo(f"Snapshot {published.id} is live: {published.folder.resolve()}")


@app.command()
def serve(
    config: ConfigPath,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="The address to listen on; others need a sign-in.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Servers, on consecutive ports.")] = 1,
    ahead: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="COCKPIT_AHEAD",
            help="Seconds a server may work on pages nobody opened yet; 0: none.",
        ),
    ] = 600,
) -> None:
    """Serves the cockpit, on this machine alone unless told otherwise."""
    from ui.server.serve import serve as serving

    settings = read_config(config, CONTRACT)
    if snapshot.current_id(settings.snapshots) is None and snapshot.building(settings.snapshots) is None:
        raise DataError(
            "There is no snapshot of {config} yet. Build one with: python cockpit.py build --config {config}",
            config=config,
        )
    raise typer.Exit(serving(settings.path, host, port, workers, ahead))


def _opened(config: Config, snapshot_id: str | None) -> Store:
    """The snapshot asked for; that it is not the live one because that is damaged is said."""
    store, damaged = opened(config, snapshot_id)
    if damaged:
        _say(damaged)
    return store


class Report(StrEnum):
    text = "text"
    pptx = "pptx"
    xlsx = "xlsx"


@app.command()
def brief(
    config: ConfigPath,
    institution: Annotated[str | None, typer.Option(help="Id or unambiguous name.")] = None,
    format: Report = Report.text,
    period: Annotated[
        str | None, typer.Option(help="2026-10, 2026-W43, 2026-Q3, … (default: the last month)")
    ] = None,
    compare: Annotated[str, typer.Option(help="The first comparison.")] = periods.YEAR_START,
    also: Annotated[str, typer.Option(help="The second comparison, or none.")] = periods.LAST_YEAR,
    children: Annotated[bool, typer.Option("--children", help="One file per institution below.")] = False,
    level: Annotated[str | None, typer.Option(help="One file per institution of this level below.")] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path(),
    lang: Annotated[str, typer.Option(help="zh or en")] = "zh",
    snapshot: Annotated[str | None, typer.Option(help="An earlier snapshot that is kept.")] = None,
    tree: Tree = "now",
) -> None:
    """The report of an institution as text, slides or a workbook; or one file per institution below."""
    from ui.brief import files as brief_files

    settings = read_config(config, CONTRACT)
    store = by_tree(_opened(settings, snapshot), tree)
    snapshot = store.id if store.instead_of else snapshot
    node = 0 if institution is None else store.find(institution)
    asked = brief_files.ask(settings, store, snapshot, period, (compare, also), lang, format.value, tree)
    nodes = brief_files.wanted_nodes(store, node, children=children, level=level, day=asked.period.last)
    if format is Report.text and nodes == [node] and not (children or level):
        logging.disable(logging.WARNING)
        typer.echo(brief_files.content(store, settings, asked, node).decode())
        return
    written = brief_files.write_all(store, asked, nodes, out, periods.name(asked.period), shown_progress())
    typer.echo(f"{len(written)} files in {out.resolve()}")


def _refuse_twice(arguments: list[str]) -> None:
    """An option given twice would be answered for the last alone."""
    options = [text.partition("=")[0] for text in arguments if text.startswith("--") and text != "--"]
    twice = [option for option in options if options.count(option) > 1 and option != "--set"]
    if twice:
        raise CallError("{option} is given twice. Give it once, and ask once for each.", option=twice[0])


def main() -> NoReturn:
    """Runs the command; an error is one paragraph and its exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a sign that the terminal's code page lacks becomes “?”
            stream.reconfigure(errors="replace")
    try:
        _refuse_twice(sys.argv[1:])
        code = app(standalone_mode=False)  # Typer hands a command's Exit back as a number
    except CockpitError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        _say(f"Reading or writing failed: {str(error).strip().splitlines()[0]}. Try again, or build again.")
        sys.exit(1)
    except Exception as error:
        if hasattr(error, "format_message"):  # Typer's own usage errors
            _say(error.format_message())
            sys.exit(2)
        raise
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
