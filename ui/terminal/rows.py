"""Rows of a command on the terminal: a table, JSON, or CSV that no spreadsheet computes."""

import json
from typing import Any

import polars as pl
import typer

from data_access.view.output import Format
from ui.paper.csv_files import KEEPS_TEXT, safe


def say(rows: list[dict[str, Any]], format: Format) -> None:
    """Prints rows of one shape; in a table “none” where there are none."""
    if format is Format.json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    elif format is Format.csv:
        frame = pl.DataFrame([{key: _plain(value) for key, value in row.items()} for row in rows])
        typer.echo(frame.write_csv().removesuffix("\n"))
    elif rows:
        with pl.Config(
            tbl_rows=-1,
            tbl_cols=-1,
            tbl_width_chars=10_000,
            tbl_hide_dataframe_shape=True,
            tbl_hide_column_data_types=True,
        ):
            typer.echo(str(pl.DataFrame(rows)))
    else:
        typer.echo("none")


def _plain(value: Any) -> Any:
    return safe(value).removesuffix(KEEPS_TEXT) if isinstance(value, str) else value
