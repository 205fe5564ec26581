"""The door: one table's landed parts against the contract, split into loaded, quarantined, duplicate.

`rows in = loaded + quarantined + duplicate`, always. A row that repeats another word for word is a
duplicate; rows that share a key but not their content are quarantined, all of them, because
nothing says which of them is true.
"""

from dataclasses import dataclass, replace
from datetime import date

import narwhals as nw
import polars as pl

from data_access.access.masking import masked, masked_name
from data_access.codes.coding import NUMBERED, Codes, with_number
from data_access.contract.rules import READ, Facts, Rule, Table, mask, rules_of
from data_access.errors import DataError, Note
from data_access.intake.casting import as_text
from data_access.intake.config import Config
from data_access.intake.numbers import likely_remedy
from data_access.intake.report import OFFENDERS, Report
from data_access.intake.source import Source

AT, ODD = "cockpit: at", "cockpit: odd"  # a row's place in its batch, whether something is to be said of it
PERSONAL = r"^\p{Han}{2,4}$|^1\d{10}$|^\d{17}[\dXx]$"  # a name, a mobile phone, an identity number
NAMES = ("name", "owner")  # columns that tell who somebody is, whatever stands there
SHARED = 5  # rows that share a value which is shown of customers
MOST = 2**63 - 1  # what a sum of whole numbers can hold


@dataclass(frozen=True)
class Door:
    """What every table is checked with."""

    config: Config
    codes: Codes
    today: date
    single: str | None  # the id of the only institution, where none are delivered


def check_rows(
    frame: pl.LazyFrame, table: Table, columns: list[str], door: Door, source: Source, report: Report
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Checks one batch: the rows that pass and the quarantine rows; adds to the report.

    Nearly every row is as it must be: only those of which something is to be said are looked at rule by rule.
    """
    numbered = frame.with_row_index(AT)
    for column in table.columns:
        if column.refers in door.codes.delivered and column.name in columns:
            numbered = with_number(numbered, column.name, column.refers or "", door.codes)
        elif column.refers and column.name in columns:
            numbered = numbered.with_columns(pl.lit(False).alias(f"{column.name}_unknown"))
    rules, facts = rules_at_door(table, columns, door, source)
    delivered = frame.collect_schema().names()
    added = [name for name in numbered.collect_schema().names() if name not in delivered]
    broken = [rule.broken(facts).fill_null(False) for rule in rules] or [nw.lit(False, dtype=nw.Boolean)]
    flagged = nw.from_native(numbered).with_columns(nw.any_horizontal(*broken, ignore_nulls=True).alias(ODD))
    nothing = [f"nothing_{c.name}" for c in table.columns if c.kind in READ and c.name in columns]
    is_odd = pl.any_horizontal(ODD, *nothing).alias(ODD)
    rows = flagged.to_native().select("_row", "_source", *columns, *added, is_odd).collect()
    odd, fine, told = rows.filter(ODD).select(added), rows, None
    if odd.height:
        fine, whole = rows.filter(~pl.col(ODD)), frame.with_row_index(AT)
        whole = whole.join(odd.lazy(), on=AT, how="inner", maintain_order="left")
        told = nw.from_native(whole).with_columns(broken=mask(rules, facts)).to_native().collect()
    return split(fine.drop(ODD), told, table, columns, door, source, report)


def rules_at_door(table: Table, columns: list[str], door: Door, source: Source) -> tuple[list[Rule], Facts]:
    """What the rows of a table are held against, and the day and policy that rules compare with."""
    facts = Facts(source.as_of or door.today, door.config.policy)
    return rules_of(table, columns, facts), facts


def split(
    fine: pl.DataFrame,
    told: pl.DataFrame | None,
    table: Table,
    columns: list[str],
    door: Door,
    source: Source,
    report: Report,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that are as they must be, and others with the mask of the rules that they break (`told`), split
    into those that pass, in the order of their delivery, and the quarantine."""
    rules, _ = rules_at_door(table, columns, door, source)
    good, quarantine = fine, [pl.DataFrame(schema=_QUARANTINE)]
    report.rows_in += fine.height
    if told is not None:
        report.rows_in += told.height
        _say_nothing(told, table, columns, report)
        bad = told.filter(pl.col("broken") != 0)
        quarantine += [
            _quarantined(bad.filter((pl.col("broken") & (1 << bit)) != 0), rule, table, report)
            for bit, rule in enumerate(rules)
            if bad.height
        ]
        report.quarantined += bad.height
        passed = told.filter(pl.col("broken") == 0)
        good = pl.concat([fine, passed.select(fine.columns)]).sort(AT) if passed.height else fine
    if not source.accounts:  # a customer may have any number of them, also of one amount
        good, conflicts = _keys(good, table, columns, report)
        quarantine.append(conflicts)
        report.quarantined += conflicts.height
    good = _empty_soft(good, table, columns, report)
    report.loaded += good.height
    _refuse_endless(good, table, columns, door.config)
    keep = [*columns, *[number for _, number in NUMBERED.values() if number in good.columns]]
    return good.select("_row", *dict.fromkeys(keep)), pl.concat(quarantine)


def _say_nothing(rows: pl.DataFrame, table: Table, columns: list[str], report: Report) -> None:
    """Values that stand for none, counted."""
    for column in table.columns:
        if column.kind in READ and column.name in columns:
            told = rows.filter(f"nothing_{column.name}").select(as_text(f"raw_{column.name}")).to_series()
            if told.len():
                report.understands(
                    column.name,
                    Note("{column}: “{first}” is read as no value ({rows:,} rows)"),
                    told.len(),
                    told[0],
                )


def _refuse_endless(good: pl.DataFrame, table: Table, columns: list[str], config: Config) -> None:
    """Amounts whose sum no whole number holds: it would turn into another, even a negative one."""
    for column in table.columns:
        if column.kind == "money" and column.name in columns:
            total = float(good[column.name].cast(pl.Float64).abs().sum())
            if total > MOST:
                raise too_large(table.name, column.name, total, config.minor_units)


def too_large(table: str, column: str, total: float, minor_units: int) -> DataError:
    return DataError(
        "{table}: {column} adds up to {total:.3g} currency units, more than can be counted "
        "({most:.3g}, with {digits} digits behind the point). "
        "Set currency_digits = 0, or deliver amounts in thousands and name the currency so.",
        table=table,
        column=column,
        total=total / minor_units,
        most=MOST / minor_units,
        digits=len(str(minor_units)) - 1,
    )


_QUARANTINE = {
    "source": pl.String,
    "row": pl.Int64,
    "key": pl.String,
    "column": pl.String,
    "rule": pl.String,
    "value": pl.String,
}


def _quarantined(rows: pl.DataFrame, rule: Rule, table: Table, report: Report) -> pl.DataFrame:
    raw = f"raw_{rule.column}"
    value = as_text(raw) if raw in rows.columns else pl.col(rule.column).cast(pl.String)
    is_unread = rule.name.startswith("not ")
    told = rows.select(value.alias("v").head(OFFENDERS))["v"].to_list() if is_unread else []
    if is_unread:
        # a row that has slipped by a column may show a name or a phone: its shape is enough
        shape = value.str.replace_all(r"\d", "9").str.replace_all(r"[^\d\s.,:/\-9]", "x")
        if rule.name in ("not an id", "not an allowed value"):
            rare = pl.lit(rule.name == "not an id") | (pl.len().over(value) < SHARED)  # a code is no name
            personal = rare & (report.table == "customers")
        else:
            personal = value.str.contains(PERSONAL) | (report.table == "customers")
        value = pl.when(personal).then(shape).otherwise(value)
    else:
        hide = masked_name if rule.column in NAMES else masked
        value = value.map_elements(hide, return_dtype=pl.String)
    listed = rows.select(
        source=pl.col("_source"),
        row=pl.col("_row"),
        key=_key_of(rows, table),
        column=pl.lit(rule.column),
        rule=pl.lit(rule.name),
        value=value,
    )
    if rows.height:
        likely = (likely_remedy(table.column(rule.column), one) for one in told)
        said = list(dict.fromkeys(remedy for remedy in likely if remedy))
        rule = replace(rule, remedy="; ".join(said)) if said else rule
        report.broke(rule, rows.height, listed.head(OFFENDERS).select("source", "row", "value").to_dicts())
    return listed


def _key_of(rows: pl.DataFrame, table: Table) -> pl.Expr:
    """What the source finds the row by: its key as it was delivered, `customer_id=007; month=202606`."""
    parts = []
    for name in table.key:
        if name in rows.columns:
            held = f"raw_{name}" if f"raw_{name}" in rows.columns else name
            parts.append(pl.format(f"{name}={{}}", pl.col(held).cast(pl.String)))
    return pl.concat_str(parts, separator="; ", ignore_nulls=True)


def _repeats(rows: pl.DataFrame, key: list[str]) -> bool:
    """Whether rows share a key; by the numbers of ids, which are found out sooner than texts."""
    numbers = {name: number for name, number in NUMBERED.values() if number in rows.columns}
    ids = (numbers.get(name, name) for name in key)
    told = rows.select(
        name if rows[number].has_nulls() else number for name, number in zip(key, ids, strict=True)
    )
    return max(told[name].n_unique() for name in told.columns) < rows.height > told.n_unique()


def _keys(
    good: pl.DataFrame, table: Table, columns: list[str], report: Report
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Takes out repeated rows (duplicates) and rows that share a key but not their content."""
    key = [name for name in table.key if name in columns]
    none = pl.DataFrame(schema=_QUARANTINE)
    if not _repeats(good, key):
        return good, none
    repeated = good.select(pl.struct(key).is_duplicated()).to_series()
    suspects = good.filter(repeated)
    distinct = suspects.unique(columns, keep="first", maintain_order=True)
    report.duplicate += suspects.height - distinct.height
    clash = distinct.select(pl.struct(key).is_duplicated()).to_series()
    rule = Rule(
        "key delivered again with other content",
        key[0],
        "one key with two contents",
        f"deliver one row per {table.grain}; the key is {', '.join(key)}",
        lambda _: nw.lit(False),
    )
    conflicts = _quarantined(distinct.filter(clash), rule, table, report)
    return pl.concat([good.filter(~repeated), distinct.filter(~clash)]).sort("_row"), conflicts


def _empty_soft(good: pl.DataFrame, table: Table, columns: list[str], report: Report) -> pl.DataFrame:
    """Unknown ids of soft references are emptied: the deal counts, its customer is unknown."""
    for column in table.columns:
        if column.soft and column.name in columns and f"{column.name}_unknown" in good.columns:
            unknown = good[f"{column.name}_unknown"]
            if n := int(unknown.sum()):
                first = good.filter(unknown)
                if n == good[column.name].count():
                    wrong = DataError(
                        "{table}: not one of the {n} values of {column} is in {refers} (first: row {row}, "
                        "“{value}”). Deliver the same ids in both, or take {column} out of the extract.",
                        table=table.name,
                        n=n,
                        column=column.name,
                        refers=column.refers,
                        row=first["_row"][0],
                        value=first[column.name][0],
                    )
                    report.failure = str(wrong)
                note = Note(
                    "{n} rows name a {column} that is not in {refers} (first: row {row}, “{first}”); loaded "
                    "without it",
                    n=n,
                    column=column.name,
                    refers=column.refers,
                    row=first["_row"][0],
                    first=first[column.name][0],
                )
                report.notes.append(note)
                good = good.with_columns(pl.when(~unknown).then(pl.col(column.name)).alias(column.name))
    return good


def reach(frame: pl.DataFrame, table: Table, source: Source, so_far: date | None) -> date | None:
    """The day up to which the table's facts reach."""
    if source.as_of:
        return source.as_of
    days = [frame[name].max() for name in table.events if name in frame.columns]
    dates = [day for day in [*days, so_far] if isinstance(day, date)]
    return max(dates, default=None)
