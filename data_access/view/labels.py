"""The groups of a breakdown and their words: institutions with names, or the values of a dimension."""

from collections.abc import Mapping

import polars as pl

from data_access.intake.source import tag_column
from data_access.learning import Models
from data_access.subject import Metric
from data_access.view.rows import is_institutional, without_idle
from data_access.view.store import Store

UNASSIGNED = "unassigned"
NO_GROUPS = pl.DataFrame({"group": [0]}, schema={"group": pl.Int64})
Labels = tuple[pl.DataFrame, pl.DataFrame]


def settled(
    metric: Metric, asked: Mapping[str, str], settings: Mapping[str, str], models: Models
) -> dict[str, str]:
    """Each parameter as it is asked for, else as the reader chose for the metric or its subject."""
    subject = metric.name.partition(".")[0]
    found = {}
    for parameter in metric.parameters:
        name, value = parameter.name, parameter.usual(models)
        for owner in (subject, metric.name):
            chosen = settings.get(f"{owner}.{name}", value)
            value = chosen if chosen in parameter.values or not parameter.values else value
        found[name] = asked.get(name, value)
    return found


def institutions(marks: list[str], names: list[str]) -> Labels:
    """One group per institution (or own, between, rest), with its name."""
    labels = pl.DataFrame(
        {"group": range(len(marks)), "institution": marks, "name": names},
        schema={"group": pl.Int64, "institution": pl.String, "name": pl.String},
    )
    return labels.select("group"), labels


def values(
    store: Store, rows: Mapping[str, pl.DataFrame], by: str, known: list[int] | None, column: str
) -> Labels:
    """One group per value of a dimension: those that occur in the rows, or those `known` of the bank."""
    held = (
        [pl.DataFrame({"group": known}, schema={"group": pl.Int64})]
        if known is not None
        else [frame.select("group") for frame in rows.values()]
    )
    codes = pl.concat(held).unique().sort("group")
    if by == "manager":
        words = [store.managers.get(code, UNASSIGNED) for code in codes["group"]]
    else:
        names = store.codes.get(column, [])
        words = [names[code] if 0 <= code < len(names) else str(code) for code in codes["group"]]
    return codes, codes.with_columns(pl.Series(column, words, dtype=pl.String))


def labelled(labels: pl.DataFrame, frame: pl.DataFrame, by: str | None) -> pl.DataFrame:
    """The rows with their words; own, between and rest are rows only where something is booked there."""
    named = labels.join(frame, on="group", how="inner", maintain_order="left").drop("group")
    if by is not None and (tag := tag_column(by)) in named.columns:
        named = named.rename({tag: by})
    return without_idle(named) if by is not None and is_institutional(by) else named
