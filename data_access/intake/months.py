"""Customer months on their way through the door: of landed files; of a cluster in `cluster_months.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from data_access.codes.coding import Codes
from data_access.intake.check import Door, check_rows
from data_access.intake.config import Config
from data_access.intake.landing import Part
from data_access.intake.parts import id_readings, months_of, typed_parts
from data_access.intake.report import Report

NAME = "customer_months"
Rows = tuple[pl.DataFrame, pl.DataFrame]  # those that pass, the quarantine


@dataclass(frozen=True)
class Months:
    """Delivered months, oldest first, each checked when it is asked for; `customers`: every id in them."""

    days: list[date | None]
    customers: Callable[[], pl.Series]
    checked: Callable[[date | None, Door], Rows]


def landed_months(
    parts: list[Part], config: Config, single: str | None, codes: Codes, report: Report
) -> Months:
    """Those of landed files."""
    table, source = config.contract.tables[NAME], config.tables[NAME]
    frames = typed_parts(parts, table, source, config, single, report, by="month")
    ids = id_readings(frames, table, codes, report)
    batches = dict(months_of(frames))

    def customers() -> pl.Series:
        held = pl.concat(frames).with_columns(ids).select(pl.col("customer_id").unique())
        return held.collect(engine="streaming")["customer_id"]

    def checked(month: date | None, door: Door) -> Rows:
        return check_rows(batches[month].with_columns(ids), table, report.columns, door, source, report)

    return Months(list(batches), customers, checked)
