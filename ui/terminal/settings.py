"""`cockpit.py settings`: every key of `cockpit.toml` with its default and meaning."""

from dataclasses import asdict
from enum import StrEnum

import typer

from data_access.intake.reference import as_markdown, as_text, reference
from data_access.view.output import Format
from metrics import CONTRACT
from ui.terminal.rows import say


class Form(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


def settings(format: Form = Form.table) -> None:
    """Every key of cockpit.toml, its default and its meaning."""
    keys = reference(CONTRACT)
    if format is Form.markdown:
        typer.echo(as_markdown(keys), nl=False)
    elif format is Form.table:
        typer.echo(as_text(keys))
    else:
        say([asdict(key) for key in keys], Format(format))
