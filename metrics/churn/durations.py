"""Customers of whom only is known how long they stayed and whether they left: a clock without a calendar."""

from collections.abc import Mapping

import polars as pl

from data_access.intake.intake import Intake
from data_access.intake.kinds import kinds_of


def has_durations(intake: Intake) -> bool:
    """Whether durations are what is known of the customers: months with the bank, and who left."""
    columns = intake.columns().get("customers", ())
    return {"tenure", "left"} <= set(columns) and "customer_months" not in intake.reports


def with_durations(intake: Intake) -> pl.DataFrame:
    """The customers by place and coded kind and tags, known up to the table's day (`known_on`).

    Who is not booked at an institution is booked at the head office.
    """
    customers, report = intake.tables["customers"], intake.reports["customers"]
    report.as_of = report.as_of or intake.today
    coded = kinds_of(intake.config, intake.codes, customers)
    assert coded is not None
    assert intake.tree is not None
    place = (
        pl.col("institution_no") if "institution_no" in customers.columns else pl.lit(None, dtype=pl.Int64)
    )
    head_office = pl.lit(intake.tree.numbers[0], dtype=pl.Int64)
    return (
        customers.drop("kind", *intake.config.tables["customers"].tags, strict=False)
        .join(coded, on="customer_no", how="left", maintain_order="left")
        .with_columns(known_on=pl.lit(report.as_of), institution_no=pl.coalesce(place, head_office))
    )


def prepare(intake: Intake) -> Mapping[str, pl.DataFrame]:
    """The customers by place and kind, where durations are what is known of them."""
    return {"customers": with_durations(intake)} if has_durations(intake) else {}
