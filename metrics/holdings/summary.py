"""Falling due (到期): what matures next, and how much of what matured stayed with the bank (到期承接率)."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from data_access.subject import Ask, ListOf, Measure, Metric, Parameter, Period, message
from data_access.windows import in_period
from metrics.holdings.marts import list_due


def _ahead(period: Period) -> tuple[date | None, date | None]:
    return period.last + timedelta(days=1), period.last + timedelta(days=90)


def _named(frame: pl.DataFrame, ask: Ask, columns: list[str]) -> pl.DataFrame:
    """Sums per group and product kind; every group has every kind that occurs."""
    kinds = frame.select("product_kind").unique().sort("product_kind")
    grid = ask.groups.join(kinds, how="cross")
    sums = frame.group_by("group", "product_kind").agg(pl.col(name).sum() for name in columns)
    rows = grid.join(sums, on=["group", "product_kind"], how="left", maintain_order="left")
    names = dict(enumerate(ask.codes.get("product_kind", [])))
    return rows.with_columns(
        pl.col("product_kind").replace_strict(names, return_dtype=pl.String),
        *(pl.col(name).fill_null(0) for name in columns),
    )


def maturing(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Positions that mature in the days after the end of the period, by product kind.

    One row per group and product kind. `days`: 7, 30 or 90, counted from the day after the period's last.
    Positions without a maturity, such as funds, do not mature and are not counted. The positions are those
    of the extract: what was sold before its maturity and is no longer delivered is not counted either.
    """
    last = ask.period.last + timedelta(days=int(ask.parameters["days"]))
    due = rows["holdings_due"].filter(pl.col("day") <= last)
    return _named(due, ask, ["positions", "amount"]).select("group", "product_kind", "positions", "amount")


def kept(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Of the money that matured in the period the share that stayed with the bank, and where it went.

    One row per group and product kind of what matured. A customer's money was kept as far as the same
    customer placed money anew within three days after the maturity (policy `renewal_days`): to_same in the
    same kind, to_other in others, gone is the rest (spent, moved away, or left on the account).
    kept_share = (to_same + to_other) / matured. Maturities whose days are not over at the date of the data
    are pending and stand in no other column.
    """
    frame = rows["renewals"].with_columns(
        matured=pl.when(pl.col("settled") == 1).then("amount").otherwise(0),
        pending=pl.when(pl.col("settled") == 1).then(0).otherwise("amount"),
        **{name: pl.when(pl.col("settled") == 1).then(name).otherwise(0) for name in ("to_same", "to_other")},
    )
    sums = _named(frame, ask, ["matured", "to_same", "to_other", "pending"])
    stayed = pl.col("to_same") + pl.col("to_other")
    return sums.select(
        "group",
        "product_kind",
        "matured",
        kept=stayed,
        kept_share=pl.when(pl.col("matured") > 0).then(stayed / pl.col("matured")),
        to_same="to_same",
        to_other="to_other",
        gone=pl.col("matured") - stayed,
        pending="pending",
    )


_KIND = Measure(name="product_kind", label=message("Product kind"), unit="text")
METRICS = (
    Metric(
        name="holdings.maturing",
        label=message("Falling due"),
        compute=maturing,
        alone=True,
        marts={"holdings_due": _ahead},
        columns=(
            _KIND,
            Measure(name="positions", label=message("Positions"), unit="count"),
            Measure(name="amount", label=message("Amount falling due"), unit="money"),
        ),
        grain="day",
        dimensions=("kind", "tier"),
        parameters=(Parameter("days", "30", message("Days ahead."), ("7", "30", "90")),),
        needs=("holdings",),
    ),
    Metric(
        name="holdings.kept",
        label=message("Kept at maturity"),
        compute=kept,
        alone=True,
        marts={"renewals": in_period},
        columns=(
            _KIND,
            Measure(name="matured", label=message("Matured"), unit="money", flow=True),
            Measure(name="kept", label=message("Kept"), unit="money", flow=True, good=1),
            Measure(
                name="kept_share",
                label=message("Share kept"),
                unit="rate",
                definition=message("Money placed anew within the days of the policy, over what matured."),
                flow=True,
                good=1,
            ),
            Measure(name="to_same", label=message("In the same kind"), unit="money", flow=True),
            Measure(name="to_other", label=message("In another kind"), unit="money", flow=True),
            Measure(name="gone", label=message("Not placed anew"), unit="money", flow=True, good=-1),
            Measure(name="pending", label=message("Too early to say"), unit="money", flow=True),
        ),
        grain="day",
        dimensions=("kind", "tier"),
        needs=("holdings",),
    ),
)
LISTS = (
    ListOf(
        "holdings_due",
        message("Positions that mature within 30 days"),
        ("holdings.matures_on",),
        list_due,
    ),
)
