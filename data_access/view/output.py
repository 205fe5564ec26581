"""Frames and the catalogue of metrics as the terminal prints them: a table, JSON or CSV."""

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import polars as pl

from data_access.intake.report import place
from data_access.subject import Metric, Parameter


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


def in_currency(frame: pl.DataFrame, found: Metric, minor_units: int) -> pl.DataFrame:
    """A metric's rows with money in currency units."""
    money = [m.name for m in found.columns if m.unit == "money" and m.name in frame.columns]
    digits = len(str(minor_units)) - 1
    return frame.with_columns((pl.col(name) / minor_units).round(digits) for name in money)


def printed(frame: pl.DataFrame, form: str) -> str:
    """Rows as a table, JSON or CSV; never NaN."""
    if form == "json":
        return json.dumps(frame.to_dicts(), ensure_ascii=False, allow_nan=False, default=str)
    if form == "csv":
        return frame.write_csv().removesuffix("\n")
    if frame.height == 1:
        return "\n".join(f"{name:<20} {_text(value)}" for name, value in frame.row(0, named=True).items())
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=10_000,
        float_precision=4,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        thousands_separator=",",
    ):
        return str(frame)


def _text(value: Any) -> str:
    text = f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
    return "" if value is None else str(text)


def reports(rows: list[dict[str, Any]], form: str) -> str:
    """What became of each table at the door."""
    if form == "json":
        return json.dumps(rows, ensure_ascii=False)
    if form == "csv":
        return _flat([{**row, "rules": [_broken(rule) for rule in row["rules"]]} for row in rows])
    return "\n".join(_report(row) for row in rows)


def _report(row: dict[str, Any]) -> str:
    state = "ok" if row["passed"] else "FAILED"
    lines = [
        f"{row['table']:<16} {state:<7} {row['rows_in']:>12,} in {row['loaded']:>12,} loaded "
        f"{row['quarantined']:>9,} quarantined {row['duplicate']:>9,} duplicate"
    ]
    then = row["before"]
    if then and (then["rows"], then["as_of"]) != (row["loaded"], row["as_of"]):
        reach = f", to {then['as_of']} → {row['as_of']}" if then["as_of"] != row["as_of"] else ""
        lines.append(f"    before {then['rows']:,} rows ({row['loaded'] - then['rows']:+,}){reach}")
    lines += [f"    {row['failure']}"] if row["failure"] else []
    lines += [f"    DOUBTFUL: {doubt}" for doubt in row["doubts"]]
    for rule in row["rules"]:
        remedy = rule["remedy"]
        lines += [f"    {_broken(rule)}", f"        {remedy[:1].upper()}{remedy[1:]}."]
    lines += [f"    {note}" for note in row["notes"]]
    return "\n".join(lines)


def _broken(rule: dict[str, Any]) -> str:
    first = [f"{place(o)} “{o['value'] or ''}”" for o in rule["first"]]
    rows = "1 row" if rule["rows"] == 1 else f"{rule['rows']:,} rows"
    return f"{rule['column']}: {rule['found']}, {rows}. First: {'; '.join(first)}."


def records(rows: list[dict[str, Any]], form: str) -> str:
    """Rows of unlike words: a line each, or JSON, or CSV with a column for every word that occurs."""
    if form == "json":
        return json.dumps(rows, ensure_ascii=False)
    if form == "csv":
        names = list(dict.fromkeys(key for row in rows for key in row))
        return _flat([{name: row.get(name) for name in names} for row in rows]) if rows else ""
    lines = ["  ".join([str(row["time"]), *_words(row)]) for row in rows]
    return "\n".join(lines)


def _words(row: dict[str, Any]) -> list[str]:
    return [f"{key}={value}" for key, value in row.items() if key != "time"]


def _flat(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV; what is a list stands in one cell, an entry a line."""
    flat = [
        {
            key: "\n".join(map(str, value))
            if isinstance(value, list)
            else json.dumps(value, ensure_ascii=False)
            if isinstance(value, dict)
            else value
            for key, value in row.items()
        }
        for row in rows
    ]
    return pl.DataFrame(flat, infer_schema_length=None).write_csv().removesuffix("\n")


def _as_told(parameter: Parameter) -> dict[str, Any]:
    return {key: getattr(parameter, key) for key in ("name", "default", "definition", "values")}


def catalogue(metrics: Iterable[Metric], form: str) -> str:
    """Every metric with its definition, breakdowns, columns and parameters."""
    rows: list[dict[str, Any]] = [
        {
            "name": found.name,
            "label": found.label,
            "definition": found.definition,
            "grain": found.grain,
            "by": ["children", "level:KEY", *found.dimensions],
            "columns": [
                {key: getattr(m, key) for key in ("name", "label", "unit", "definition")}
                for m in found.columns
            ],
            "parameters": [_as_told(parameter) for parameter in found.parameters],
        }
        for found in metrics
    ]
    if form == "json":
        return json.dumps(rows, ensure_ascii=False)
    if form == "csv":  # a line per column of a metric
        return _flat(
            [
                {
                    **{key: row[key] for key in ("name", "label", "definition", "grain")},
                    "by": " ".join(row["by"]),
                    **{f"column_{key}" if key != "unit" else key: value for key, value in column.items()},
                    "parameters": [f"{p['name']}={p['default']}" for p in row["parameters"]],
                }
                for row in rows
                for column in row["columns"]
            ]
        )
    lines = []
    for row in rows:
        lines.append(f"{row['name']}: {row['label']}. {row['definition']}")
        lines.append(f"    by: {', '.join(row['by'])}")
        for column in row["columns"]:
            lines.append(
                f"    {column['name']:<18} {column['unit']:<10} {column['label']}. {column['definition']}"
            )
        for parameter in row["parameters"]:
            values = f" ({', '.join(parameter['values'])})" if parameter["values"] else ""
            lines.append(
                f"    --set {parameter['name']}={parameter['default']}  {parameter['definition']}{values}"
            )
    return "\n".join(lines)
