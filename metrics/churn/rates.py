"""Churn rates by calendar month: who could leave and who did. What is stored: `churn_rates`."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, Parameter, Period, message
from data_access.windows import months_later, stock_month, to_month_end
from metrics.churn.bands import CAUSES, DEFINITIONS
from metrics.churn.settings import SILENT_MONTHS
from metrics.churn.spells import has_silent
from metrics.statistics.bounds import bounds
from metrics.statistics.intervals import wilson

Rows = Mapping[str, pl.DataFrame]


def exit_meant(ask: Ask) -> str:
    """The column of the exits that are the churn asked for."""
    return f"to_{ask.parameters['definition']}"


def _tells(ask: Ask) -> bool:
    return ask.parameters["definition"] != "silent" or has_silent(ask)


def months_of(period: Period) -> list[date]:
    """The month ends of a period."""
    month, last = months_later(period.first, 0), stock_month(period)
    months = [min(month, last)]
    while months[-1] < last:
        months.append(months_later(months[-1], 1))
    return months


def unknown_months(ask: Ask) -> list[date]:
    """The months of the period of which it is not known who was at risk and who left."""
    delivered = set(ask.months)
    silent, length = ask.parameters["definition"] == "silent", ask.policy.of(SILENT_MONTHS)
    # silence is looked back for from the month end before, and booked silent_months after the month itself
    ages = range(1 - length, length + 2) if silent else range(2)
    months = months_of(ask.period)
    return [each for each in months if not all(months_later(each, age - 1) in delivered for age in ages)]


def why_missing(ask: Ask) -> NotDelivered | None:
    """Why nothing is told of a month of the period; None where something is told of all."""
    silent, months = ask.parameters["definition"] == "silent", unknown_months(ask)
    if not _tells(ask):
        return NotDelivered("Silent churn needs own_transactions and aum of customer_months.")
    if not months:
        return None
    named = ", ".join(f"{month:%Y-%m}" for month in months[:3]) + (", …" if len(months) > 3 else "")
    if silent:
        return NotDelivered(
            "Silent churn is not known of {months} (it takes the {n} month ends before and the {n} after).",
            months=named,
            n=ask.policy.of(SILENT_MONTHS),
        )
    return NotDelivered(
        "Closed churn is not known of {months} (it takes the month end before).", months=named
    )


def rate(rows: Rows, ask: Ask) -> pl.DataFrame:
    """Which share of the customers left within a month, month by month in the period.

    One row per group and month (its end). at_risk: customers who were there at the month end before; churned:
    those who left by the churn meant; churn_rate = churned / at_risk with Wilson's 95 % interval in low and
    high; other_causes: left by any other. A customer counts where it was at the month end before; one who
    changed the institution did not leave. Closed: there at one month end, gone at the next. Silent: no own
    transaction and less than silent_floor for silent_months month ends in a row, dated back to the first; so
    it is told only that much later. Null in a month not yet told, and in the first ones delivered.
    """
    definition, months = DEFINITIONS.index(ask.parameters["definition"]), months_of(ask.period)
    frame = rows["churn_rates"].filter(pl.col("definition") == definition, pl.col("month").is_in(months))
    others = [f"to_{cause}" for cause in CAUSES if f"to_{cause}" != exit_meant(ask)]
    frame = frame.with_columns(churned=pl.col(exit_meant(ask)), other_causes=pl.sum_horizontal(others))
    counts = ("at_risk", "churned", "other_causes")
    sums = frame.group_by("group", "month").agg(pl.col(counts).sum())
    every = ask.groups.join(pl.DataFrame({"month": months}, schema={"month": pl.Date}), how="cross")
    found = every.join(sums, on=["group", "month"], how="left", maintain_order="left")
    told = set(months) - set(unknown_months(ask)) if _tells(ask) else set[date]()
    known = pl.col("month").is_in(sorted(told))
    found = found.with_columns(pl.when(known).then(pl.col(counts).fill_null(0)))
    low, high = wilson(pl.col("churned"), pl.col("at_risk"))
    whole = pl.when(pl.col("at_risk") > 0).then(pl.col("at_risk"))
    return found.select(
        "group",
        "month",
        "at_risk",
        "churned",
        churn_rate=pl.col("churned") / whole,
        low=low,
        high=high,
        other_causes="other_causes",
    )


DEFINITION = Parameter("definition", "closed", message("Which churn is meant."), DEFINITIONS)
_BOUNDS = bounds("rate")
_RATE = (
    Measure(name="month", label=message("Month"), unit="text"),
    Measure(
        name="at_risk",
        label=message("Customers at risk"),
        unit="customers",
        definition=message("There at the month end before."),
        flow=True,
    ),
    Measure(
        name="churned",
        label=message("Churned customers"),
        unit="customers",
        definition=message("Left by the churn meant."),
        flow=True,
        good=-1,
    ),
    Measure(
        name="churn_rate",
        label=message("Churn rate"),
        unit="rate",
        definition=message(
            "Churned customers of those who were there at the month end before. Silent churn is "
            "told only once it has lasted."
        ),
        flow=True,
        good=-1,
        part="churned",
        cases=("at_risk",),
    ),
    *_BOUNDS,
    Measure(
        name="other_causes",
        label=message("Left by another cause"),
        unit="customers",
        definition=message("Death, closed by the bank, merged into another number, the other kind of churn."),
        flow=True,
    ),
)
RATES = (
    Metric(
        name="churn.rate",
        label=message("Churn rate"),
        compute=rate,
        marts={"churn_rates": to_month_end},
        columns=_RATE,
        grain="month",
        dimensions=("kind", "tier"),
        parameters=(DEFINITION,),
        needs=("customer_months",),
        why_missing=why_missing,
    ),
)
