"""The stock at each month's start, so that no reading goes back to the beginning."""

from datetime import date

import polars as pl


def opening_days(frame: pl.DataFrame, entered: str, left: str, as_of: date, first: date) -> pl.DataFrame:
    """Each row once for every month at whose start it stood open, with that day as `day`.

    Open at a month's start is what entered before it and did not leave before it. What entered on an unknown
    day stands open from the first month on.
    """
    start = pl.col(entered).dt.month_start().dt.offset_by("1mo")
    start = pl.coalesce(start, pl.lit(first.replace(day=1)))
    end = pl.coalesce(pl.col(left), pl.lit(as_of)).dt.month_start()
    stood = frame.with_columns(_start=start, _end=end).filter(pl.col("_start") <= pl.col("_end"))
    days = stood.with_columns(day=pl.date_ranges("_start", "_end", "1mo"))
    return days.explode("day").drop("_start", "_end")
