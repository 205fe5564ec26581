"""`map`: a draft of the configuration of an unknown extract, by the names and values of its columns."""

from pathlib import Path
from typing import Annotated

import typer

from data_access.errors import CallError, nearest
from data_access.intake.config import read_config
from data_access.intake.drafts.matching import matches
from data_access.intake.drafts.names import synonyms
from data_access.intake.drafts.samples import of_file, of_table
from data_access.intake.drafts.text import draft
from data_access.policy import Policy
from metrics import CONTRACT


def map_extract(
    extract: Annotated[str, typer.Option("--from", help="A file, a folder or pattern of files, or a table.")],
    database: Annotated[
        str | None, typer.Option(help="The database of --config that holds the table, or files.")
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="The table of the contract (default: the likeliest).")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="The bank's cockpit.toml.", envvar="COCKPIT_CONFIG")
    ] = None,
) -> None:
    """Drafts the section of cockpit.toml for an unknown extract, for you to correct."""
    if table is not None and table not in CONTRACT.tables:
        raise CallError(
            "--table {table} is no table of the contract. Nearest: {near}.",
            table=table,
            near=nearest(table, CONTRACT.tables),
        )
    if database is not None and config is None:
        raise CallError("--database {name} stands in a configuration: name it with --config.", name=database)
    settings = read_config(config, CONTRACT) if config else None
    folder = settings.folder if settings else Path().resolve()
    if database is not None and settings is not None:
        sample = of_table(settings, database, extract)
    else:
        sample = of_file(folder / extract, folder)
    tables = CONTRACT.tables if table is None else {table: CONTRACT.tables[table]}
    known = synonyms()
    text = draft(
        sample, matches(sample.rows, tables, known), known, settings.policy if settings else Policy()
    )
    typer.echo(text, nl=False)
