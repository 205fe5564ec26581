"""Months that were delivered before and are now told otherwise: which, and by how much.

A restated month replaces only itself: months whose rows are the same keep their files and what was summed of
them. What is remembered of each month, so that the next delivery can be held against it, are its rows and the
sums of its amounts and counts.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from data_access import snapshot as life
from data_access.contract.rules import Table
from data_access.intake.intake import Intake

MONTHLY = "customer_months"
SUMMED = ("money", "count")
KEPT = 200  # restatements that are remembered
Facts = dict[str, dict[str, Any]]  # by month end: rows and sums by column


def month_file(month: date) -> str:
    """The file of a month of customers in a snapshot."""
    return f"tables/{MONTHLY}/{month:%Y-%m}.parquet"


def unchanged_months(intake: Intake, former: life.Snapshot | None) -> frozenset[date]:
    """The months of customers whose file is word for word the former snapshot's."""
    if former is None:
        return frozenset()
    files = former.manifest["files"]
    return frozenset(
        month
        for month, path in intake.months.items()
        if life.sha256(path) == files.get(month_file(month), {}).get("sha256")
    )


def month_facts(intake: Intake, unchanged: frozenset[date], before: dict[str, Facts]) -> dict[str, Facts]:
    """Rows and sums by month of each table that has a row per month or day; of unchanged months as before."""
    found: dict[str, Facts] = {}
    if intake.months:
        known = before.get(MONTHLY, {})
        same = {day.isoformat() for day in unchanged} & known.keys()
        columns = _summed(intake, intake.config.contract.tables[MONTHLY])
        found[MONTHLY] = {}
        for month, path in sorted(intake.months.items()):
            key = month.isoformat()
            sums = known[key] if key in same and set(columns) <= known[key].keys() else None
            found[MONTHLY][key] = sums or _facts(pl.scan_parquet(path), columns).row(0, named=True)
    for table in _by_day(intake):
        columns = _summed(intake, table)
        rows = intake.tables[table.name].lazy()
        frame = _facts(rows.group_by(month=pl.col(table.events[0]).dt.month_end()), columns).sort("month")
        found[table.name] = {str(row.pop("month")): row for row in frame.to_dicts()}
    return found


def _by_day(intake: Intake) -> Iterator[Table]:
    """The delivered tables that hold a state by day: their days stand in the key."""
    for name in intake.tables:
        table = intake.config.contract.tables.get(name)
        if table is not None and table.by_day is not None:
            yield table


def _summed(intake: Intake, table: Table) -> list[str]:
    delivered = intake.reports[table.name].columns
    return [c.name for c in table.columns if c.kind in SUMMED and c.name in delivered]


def _facts(rows: Any, columns: list[str]) -> pl.DataFrame:
    """Rows and sums, of a frame or of its groups."""
    sums = [pl.len().alias("rows"), *[pl.col(name).sum().cast(pl.Int64) for name in columns]]
    frame: pl.LazyFrame = rows.select(sums) if isinstance(rows, pl.LazyFrame) else rows.agg(sums)
    return frame.collect()


def restated(
    intake: Intake, unchanged: frozenset[date], now: dict[str, Facts], former: life.Snapshot | None
) -> list[dict[str, Any]]:
    """What this delivery tells otherwise of months that were whole in the former snapshot."""
    if former is None:
        return []
    then: dict[str, Facts] = former.manifest.get("months_of", {})
    found = []
    for name, facts in now.items():
        reached = former.manifest["as_of"].get(name, "")
        for key, fact in facts.items():
            old = then.get(name, {}).get(key)
            if old is None or key > reached:  # new, or not over yet when it was told
                continue
            sums = {each: [old[each], fact[each]] for each in fact if each in old}
            moved = {each: pair for each, pair in sums.items() if pair[0] != pair[1]}
            if moved or (name == MONTHLY and _moved(intake, unchanged, former, date.fromisoformat(key))):
                entry = {"table": name, "month": key, "snapshot": former.id, "sums": sums}
                found.append({**entry, "told_on": intake.today.isoformat()})
    return found


def _moved(intake: Intake, unchanged: frozenset[date], former: life.Snapshot, month: date) -> bool:
    """Whether rows differ under equal sums, in what is delivered: tiers and tags are ours."""
    file = former.file(month_file(month))
    if month in unchanged or not file.exists():
        return False
    old, new = pl.read_parquet(file), pl.read_parquet(intake.months[month])
    delivered = {"customer_no", "institution_no", *intake.reports[MONTHLY].columns}
    columns = [name for name in new.columns if name in delivered and name in old.columns]
    return not old.select(columns).equals(new.select(columns))


def sentence(entry: dict[str, Any], minor_units: int, money: frozenset[str]) -> str:
    """What changed, for a data team."""
    said = []
    for name, (old, new) in entry["sums"].items():
        if old != new:
            unit = minor_units if name in money else 1
            change = f" ({new / old - 1:+.2%})" if old else ""
            said.append(f"{name} {old / unit:,.0f} → {new / unit:,.0f}{change}")
    told = "; ".join(said) or "rows differ, their totals do not"
    return f"{entry['month'][:7]} is restated against snapshot {entry['snapshot']}: {told}"
