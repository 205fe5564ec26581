"""`cockpit.py audit`: who saw and took along what, and whether the record is whole."""

from typing import Annotated

import typer

from data_access.access import audit
from data_access.errors import DataError
from data_access.intake.config import read_config
from data_access.periods import day
from data_access.view.output import Format, records
from metrics import CONTRACT
from ui.terminal.options import ConfigPath

app = typer.Typer(no_args_is_help=True, help="Who saw and took along what, and whether the record is whole.")


@app.command()
def search(
    config: ConfigPath,
    user: Annotated[str | None, typer.Option(help="The acts of one user.")] = None,
    act: Annotated[audit.Act | None, typer.Option(help="One kind of acts.")] = None,
    institution: Annotated[str | None, typer.Option(help="Id of the institution looked at.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="YYYY-MM-DD")] = None,
    last: Annotated[str | None, typer.Option("--to", help="YYYY-MM-DD")] = None,
    format: Format = Format.table,
) -> None:
    """Acts by user, kind, institution and day, oldest first."""
    found = audit.search(
        read_config(config, CONTRACT),
        user=user,
        act=act,
        institution=institution,
        first=day(first) if first else None,
        last=day(last) if last else None,
    )
    shown = [{key: value for key, value in row.items() if key != "before"} for row in found]
    typer.echo(records(shown, format))


@app.command()
def verify(
    config: ConfigPath,
    seen: Annotated[str | None, typer.Option(help="The last seal as it was noted before.")] = None,
) -> None:
    """Whether a line was changed or removed; exit code 1 where one was."""
    found = audit.verify(read_config(config, CONTRACT), seen)
    for where in found.torn:
        typer.echo(f"torn: {where} (a process was ended while it wrote)")
    for fault in found.faults:
        typer.echo(f"FAULT: {fault}")
    typer.echo(f"{found.records:,} records. Last seal: {found.last or 'none'}")
    if found.faults:
        raise DataError(
            "The audit record was changed in {n} places. Compare it with its copy.", n=len(found.faults)
        )
