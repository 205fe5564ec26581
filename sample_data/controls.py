"""The totals that the synthetic bank's ledger has: what a data team would hold a delivery against."""

from datetime import date
from pathlib import Path

import polars as pl

LINES = ("deposit", "loan", "wealth")
SCHEMA = {
    **dict.fromkeys(("table", "column", "part"), pl.String),
    "date": pl.Date,
    "institution_id": pl.String,
    "expected": pl.Float64,
}


def controls_frame(institutions: pl.DataFrame, monthly: Path, daily: Path, last_day: date) -> pl.DataFrame:
    """AUM and its customers of the last month end, and the balances of the last day by line: of the bank and
    of each institution right below the head office."""
    rows = institutions.to_dicts()
    above = {row["institution_id"]: row["merged_into"] or row["parent_id"] for row in rows}
    root = next(key for key, parent in above.items() if parent is None)

    def branch(key: str) -> str:
        while above[key] not in (None, root):
            key = str(above[key])
        return key

    under = pl.col("institution_id").replace_strict({key: branch(key) for key in above}).alias("branch")
    name = f"{last_day:%Y-%m}.parquet"
    months = pl.read_parquet(monthly / name).with_columns(under)
    days = pl.read_parquet(daily / name).filter(pl.col("date") == last_day).with_columns(under)

    def totals(frame: pl.DataFrame, table: str, column: str, part: str | None) -> list[tuple[object, ...]]:
        by = frame.group_by("branch").agg(pl.col(column).sum()).sort("branch")
        below = [(key, total) for key, total in by.iter_rows() if key != root]
        whole = [(None, frame[column].sum()), *below]
        return [(table, column, part, last_day, key, round(total, 2)) for key, total in whole]

    found = totals(months, "customer_months", "aum", None)
    found.append(("customer_months", None, None, last_day, None, float(months.height)))
    for line in LINES:
        part = days.filter(pl.col("business_line") == line)
        found += totals(part, "daily_balances", "balance", f"business_line={line}")
    return pl.DataFrame(found, schema=SCHEMA, orient="row")
