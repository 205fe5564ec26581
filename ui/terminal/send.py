"""`cockpit.py send`: the main points of his institution to everybody whose right has an address."""

import logging
from contextlib import nullcontext
from typing import Annotated

import typer

from data_access import periods
from data_access.errors import CallError, DataError
from data_access.intake.config import read_config
from metrics import CONTRACT
from ui.brief.files import ask
from ui.sending.memory import Memory, alone, sent_file
from ui.sending.recipients import recipients
from ui.sending.run import Run, send_all
from ui.terminal.access import with_register
from ui.terminal.options import ConfigPath


def send(
    config: ConfigPath,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Writes what would be sent; sends nothing.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Also what may have arrived already.")] = False,
) -> None:
    """Sends each recipient the main points of his institution, by mail or a robot of a group chat."""
    settings = read_config(config, CONTRACT)
    if settings.send is None:
        raise CallError(
            "Nothing is sent: {path} has no section [send] (docs/sending.md).", path=settings.path.name
        )
    if settings.address is None:
        raise CallError(
            "What is sent has a link to the cockpit, and {path} does not say where readers reach it. Write "
            'address = "https://…" above the first table.',
            path=settings.path.name,
        )
    logging.disable(logging.WARNING)  # Streamlit's remarks, and what libraries say of addresses
    _, store, register = with_register(config)
    if store.instead_of:
        raise DataError(
            "The newest snapshot {id} is damaged, so nothing is sent. Build again.", id=store.instead_of
        )
    found = recipients(store.tree, register)
    if not found:
        raise DataError(
            "No right that counts today has an address, so there is nobody to send to (docs/sending.md)."
        )
    compared = (periods.YEAR_START, periods.LAST_YEAR)
    asked = ask(settings, store, None, None, compared, settings.language, "text")
    notes = nullcontext(Memory(sent_file(settings.snapshots))) if dry_run else alone(settings.snapshots)
    with notes as memory:
        run = Run(
            config=settings,
            send=settings.send,
            address=settings.address,
            store=store,
            register=register,
            asked=asked,
            memory=memory,
            again=again,
            dry=dry_run,
        )
        failed = send_all(run, found, typer.echo, lambda text: typer.echo(text, err=True))
    if failed:
        raise DataError("{n} of {all} were not sent; why is said above.", n=failed, all=len(found))
