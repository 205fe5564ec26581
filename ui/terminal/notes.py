"""`cockpit.py notes`: where notes and saved views are kept and how many there are; a backup of them."""

from pathlib import Path
from typing import Annotated

import typer

from data_access.intake.config import read_config
from data_access.notes import views
from data_access.notes.database import NotesDatabase
from data_access.notes.notes import State, counts
from data_access.notes.steps import STEPS
from metrics import CONTRACT
from ui.terminal.options import ConfigPath, Format
from ui.terminal.rows import say


def notes(
    config: ConfigPath,
    backup: Annotated[
        Path | None, typer.Option(help="Writes a whole copy to this file, also while readers write.")
    ] = None,
    format: Format = Format.table,
) -> None:
    """Counts notes and saved views, and looks whether their database can be used; with --backup copies it."""
    database = NotesDatabase(read_config(config, CONTRACT))
    if backup is not None:
        database.back_up(backup)
        typer.echo(f"Notes and saved views are copied to {backup.resolve()}.")
        return
    found = {"kept_in": str(database.file or database.url.get_backend_name()), "steps": f"0 of {len(STEPS)}"}
    if not database.is_new:
        found["steps"] = f"{database.step()} of {len(STEPS)}"
    told = dict.fromkeys((state.value for state in State), 0) if database.is_new else counts(database)
    saved = 0 if database.is_new else views.count(database)
    say([found | {"writable": database.may_write} | told | {"saved_views": saved}], format)
