"""`cockpit.py metric`: any metric without a browser."""

from pathlib import Path
from typing import Annotated

import typer

from data_access.errors import CallError
from data_access.intake.config import read_config
from data_access.subject import FILTERS
from data_access.view.dates import asked_period
from data_access.view.output import catalogue, in_currency, printed
from data_access.view.store import Store, by_tree
from metrics import CONTRACT, METRICS
from ui.base.words import LANGUAGES
from ui.terminal.notebook import asked, metric_named, opened, view_of
from ui.terminal.options import Format, Tree


def metric(
    name: Annotated[str | None, typer.Argument(help="A metric's name; see --list.")] = None,
    config: Annotated[Path | None, typer.Option("--config", envvar="COCKPIT_CONFIG")] = None,
    institution: Annotated[str | None, typer.Option(help="Id or unambiguous name.")] = None,
    month: Annotated[str | None, typer.Option(help="YYYY-MM")] = None,
    first: Annotated[str | None, typer.Option("--from", help="YYYY-MM-DD")] = None,
    last: Annotated[str | None, typer.Option("--to", help="YYYY-MM-DD")] = None,
    by: Annotated[
        str | None, typer.Option(help="children, level:KEY or a dimension; two at once: children,tier")
    ] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="PARAMETER=VALUE")] = None,
    format: Format = Format.table,
    lang: Annotated[str, typer.Option(help="Names of institutions: zh or en.")] = "en",
    snapshot: Annotated[str | None, typer.Option(help="An earlier snapshot that is kept.")] = None,
    tree: Tree = "now",
    list_all: Annotated[bool, typer.Option("--list", help="Every metric with its columns.")] = False,
) -> None:
    """Any metric without a browser."""
    if list_all:
        typer.echo(catalogue(METRICS.values(), format))
        return
    if name is None or config is None:
        raise CallError("Name a metric and a configuration: python cockpit.py metric NAME --config FILE")
    if lang not in LANGUAGES:
        raise CallError("--lang {lang}: known are {known}.", lang=lang, known=", ".join(LANGUAGES))
    store, damaged = opened(read_config(config, CONTRACT), snapshot)
    store = by_tree(store, tree)
    parameters, filters = _settings(store, settings or [])
    found = metric_named(name)
    period, note = asked_period(store, found, month, first, last)
    view = view_of(store, institution, period, lang, filters)
    frame = asked(view, found, by, parameters)
    why = found.why_missing
    for said in (damaged, note, why and why(view.ask(found, period, frame, parameters, (), by))):
        if said:
            typer.echo(str(said), err=True)
    typer.echo(printed(in_currency(frame, found, store.minor_units), format))


def _settings(store: Store, texts: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Parameters of the metric, and filters of whose customers it counts."""
    parameters = dict(_assignment(text) for text in texts)
    tags = {tag for names in store.manifest["dimensions"].values() for tag in names}
    filters = {key: parameters.pop(key) for key in (*FILTERS, *tags) if key in parameters}
    return parameters, filters


def _assignment(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise CallError("--set {text}: write PARAMETER=VALUE.", text=text)
    return key, value
