"""Daily balances as the builders get them: one row for every calendar day.

A day on which the bank delivered no balance (weekends, holidays) has those of the last delivered day.
On a delivered day an institution without a row holds nothing: it was not open yet, or it closed.
Income is booked on its own day, is never carried over, and does not make its day a delivered one.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.codes.coding import Codes
from data_access.errors import Note
from data_access.intake.intake import Intake
from metrics.balance.tables import LINES

FLOW_LINE = LINES.index("intermediary")


def prepare(intake: Intake) -> Mapping[str, pl.DataFrame]:
    """Daily balances without gaps; what was delivered of the lines counts as columns."""
    balances = intake.tables.get("daily_balances")
    if balances is None:
        return {}
    report = intake.reports["daily_balances"]
    report.notes += filter(None, [gaps(balances)])
    report.columns += sorted(balances["business_line"].unique())  # lines are columns of metrics
    return {"daily_balances": prepare_balances(balances, intake.as_of("daily_balances"), intake.codes)}


def prepare_balances(balances: pl.DataFrame, as_of: date, codes: Codes) -> pl.DataFrame:
    """Balances coded by line and product, for every day up to the table's date; sorted by day."""
    lines = {line: code for code, line in enumerate(LINES)}
    if "product" not in balances.columns:
        balances = balances.with_columns(product=pl.lit(None, dtype=pl.String))
    coded = balances.rename({"product": "line_product"})
    coded = coded.with_columns(
        line=pl.col("business_line").replace_strict(lines, return_dtype=pl.Int16),
        line_product=codes.coded(coded, "line_product"),
    ).select("institution_no", "line", "line_product", "balance", day="date")
    first = coded["day"].min()
    stock = coded.filter(pl.col("line") != FLOW_LINE).rename({"day": "known"})
    delivered = stock.select(pl.col("known").unique()).sort("known")
    if not isinstance(first, date):
        return coded.with_columns(month=pl.col("day"))
    calendar = pl.DataFrame({"day": pl.date_range(first, max(as_of, first), eager=True)})
    calendar = calendar.join_asof(delivered, left_on="day", right_on="known")
    carried = calendar.filter(pl.col("day") != pl.col("known"))
    filled = stock.join(carried, on="known").select(coded.columns)
    return pl.concat([coded, filled]).sort("day").with_columns(month=pl.col("day").dt.month_start())


def gaps(balances: pl.DataFrame) -> Note | None:
    """What to say of an institution that has no row on a day between two days on which it has some."""
    balances = balances.filter(pl.col("business_line") != LINES[FLOW_LINE])
    days = balances.select(day=pl.col("date").unique()).sort("day").with_row_index("n")
    rows = balances.select("institution_id", day="date").unique().join(days, on="day")
    holes = (
        rows.group_by("institution_id")
        .agg(missing=pl.col("n").max() - pl.col("n").min() + 1 - pl.len(), first=pl.col("day").min())
        .filter(pl.col("missing") > 0)
        .sort("missing", "institution_id", descending=[True, False])
    )
    if not holes.height:
        return None
    return Note(
        "{n} institutions lack rows on days on which others have some, and count as 0 there (most: "
        "“{institution}”, {days} days); deliver them if they exist",
        n=holes.height,
        institution=holes["institution_id"][0],
        days=holes["missing"][0],
    )
