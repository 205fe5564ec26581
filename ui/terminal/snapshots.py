"""`cockpit.py snapshots`: what is kept, whether it is whole, which one is live."""

from pathlib import Path
from typing import Annotated

import typer

from data_access import retention
from data_access import snapshot as life
from data_access.errors import DataError
from data_access.intake.config import Config, read_config
from metrics import CONTRACT
from ui.terminal.options import ConfigPath, Format
from ui.terminal.rows import say

app = typer.Typer(help="Lists, verifies, pins and removes snapshots; rolls back.", no_args_is_help=True)


Id = Annotated[str, typer.Argument(help="A snapshot; see `snapshots list`.")]


@app.command("list")
def list_all(config: ConfigPath, format: Format = Format.table) -> None:
    """Every snapshot that is kept, the newest first."""
    say([one.row() for one in retention.kept(_read(config).snapshots)], format)


@app.command()
def verify(
    config: ConfigPath,
    snapshot: Annotated[str | None, typer.Argument(help="A snapshot (default: all).")] = None,
    format: Format = Format.table,
) -> None:
    """Compares every byte of a snapshot, or of all, with what was published."""
    root = _read(config).snapshots
    wanted = [snapshot] if snapshot else [one.id for one in retention.kept(root)]
    found, damaged = [], None
    for name in wanted:
        try:
            retention.verify(root, name)
            found.append({"id": name, "whole": True})
        except DataError as error:
            damaged = damaged or error
            found.append({"id": name, "whole": False})
    say(found, format)
    if damaged:
        raise damaged


@app.command()
def rollback(config: ConfigPath, snapshot: Id) -> None:
    """Makes an earlier snapshot the live one, verified first; servers take it up at the next click."""
    before = retention.roll_back(_read(config).snapshots, snapshot)
    typer.echo(
        f"Snapshot {snapshot} is live"
        + (f", in place of {before}." if before != snapshot else "; it was before.")
        + " Until a build is accepted (--accept), none replaces it."
    )


@app.command()
def pin(config: ConfigPath, snapshot: Id) -> None:
    """Keeps a snapshot for good."""
    retention.pin(_read(config).snapshots, snapshot)
    typer.echo(f"Snapshot {snapshot} is kept until it is unpinned.")


@app.command()
def unpin(config: ConfigPath, snapshot: Id) -> None:
    """Keeps a snapshot no longer than others."""
    retention.pin(_read(config).snapshots, snapshot, pinned=False)
    typer.echo(f"Snapshot {snapshot} is kept as long as others.")


@app.command()
def prune(config: ConfigPath, format: Format = Format.table) -> None:
    """Removes the oldest beyond policy.keep_snapshots: never one that is live, in use or pinned."""
    settings = _read(config)
    with life.build_lock(settings.snapshots):
        removed = retention.prune(settings.snapshots, settings.policy.keep_snapshots)
    say([{"removed": name} for name in removed], format)


def _read(config: Path) -> Config:
    return read_config(config, CONTRACT)
