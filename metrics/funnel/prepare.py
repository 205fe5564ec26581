"""Between the checked tables and the marts of deals: deals and their stages, coded and put in order.

This is reading work and always Polars; the builders of the marts get plain columns and need no
window and no as-of join.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from data_access.codes.banding import UNKNOWN_TIER
from data_access.codes.coding import KINDS, Codes
from data_access.intake.intake import Intake
from data_access.policy import Policy
from metrics.book.customers import tiers_at
from metrics.funnel.changes import prepare_changes
from metrics.funnel.pool_prepare import prepare_clashes, prepare_pool

OUTCOMES = ("open", "won", "lost", "lapsed")


def prepare(intake: Intake) -> dict[str, pl.DataFrame]:
    """Deals and stage events coded and put in order, and the month starts of their opening stocks."""
    tables, policy, codes = intake.tables, intake.config.policy, intake.codes
    if "opportunities" not in tables:
        return {}
    events = prepare_events(tables.get("stage_events"), policy)
    deals = prepare_deals(tables["opportunities"], events, tables.get("customers"), policy)
    tags = intake.config.tables["opportunities"].tags
    deals = code_labels(deals, ["product", "source", "channel", "lost_reason", "competitor", *tags], codes)
    as_of = intake.reports["opportunities"].as_of = _as_of(intake)
    deals, events = with_tiers(deals, events, intake.scans(), as_of)
    deals = deals.with_columns(days_late=(pl.lit(as_of) - pl.col("expected_close_on")).dt.total_days())
    found = [deals[column].min() for column in ("created_on", "closed_on", "first_on")]
    first = min((day for day in found if isinstance(day, date)), default=as_of)
    pool = {}
    if "contacts" in tables:
        pool["pool"] = prepare_pool(deals, tables["contacts"], as_of, policy, codes)
    return {
        "opportunities": deals,
        "stage_events": events,
        "reaches": prepare_reaches(events),
        "month_starts": month_starts(first, as_of),
        "clashes": prepare_clashes(deals, tables.get("customers")),
        "deal_moves": prepare_changes(deals, tables.get("opportunity_changes"), intake, as_of, first),
        **pool,
    }


def _as_of(intake: Intake) -> date:
    """Deals are told up to their last day or that of a stage."""
    reports = [intake.reports[name] for name in ("opportunities", "stage_events") if name in intake.reports]
    return max((report.as_of for report in reports if report.as_of), default=intake.today)


def _code(names: tuple[str, ...]) -> dict[str, int]:
    return {name: code for code, name in enumerate(names)}


def _with_columns(
    frame: pl.DataFrame, columns: Mapping[str, pl.DataType | type[pl.DataType]]
) -> pl.DataFrame:
    """Adds the columns that were not delivered, empty."""
    missing = {name: dtype for name, dtype in columns.items() if name not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items())


def prepare_events(events: pl.DataFrame | None, policy: Policy) -> pl.DataFrame:
    """Stage events in order within their deal: each with the day on which the next one begins."""
    if events is None:
        return pl.DataFrame(
            schema={
                "opportunity_no": pl.Int64,
                "event_stage": pl.Int16,
                "entered_on": pl.Date,
                "next_on": pl.Date,
                "next_stage": pl.Int16,
            }
        )
    stages = {stage.key: code for code, stage in enumerate(policy.stages, 1)}
    coded = _with_columns(events, {"seq": pl.Int64}).with_columns(
        event_stage=pl.col("stage").replace_strict(stages, return_dtype=pl.Int16)
    )
    order = pl.coalesce("seq", pl.col("event_stage").cast(pl.Int64))
    ordered = coded.with_columns(order=order).sort("opportunity_no", "entered_on", "order", "event_stage")
    same = pl.col("opportunity_no") == pl.col("opportunity_no").shift(-1)
    return ordered.select(
        "opportunity_no",
        "event_stage",
        "entered_on",
        next_on=pl.when(same).then(pl.col("entered_on").shift(-1)),
        next_stage=pl.when(same).then(pl.col("event_stage").shift(-1)),
    )


def prepare_reaches(events: pl.DataFrame) -> pl.DataFrame:
    """How long each deal took to a stage or a later one, from its first dated stage.

    One row per deal and stage reached. `days`: a stage that was skipped is reached with the later one, and
    moving back takes nothing away. `strict_days`: days until all dated stages up to this one had been entered
    one after the other; -1 where one was skipped.
    """
    order = events.with_row_index("at")
    begun = order.group_by("opportunity_no").agg(first_on=pl.col("entered_on").min())
    stages = sorted(events["event_stage"].unique())
    credited, strict = [], []
    way = begun.select("opportunity_no", at=pl.lit(-1, dtype=pl.Int64))
    for stage in range(1, max(stages, default=0) + 1):
        later = order.filter(pl.col("event_stage") >= stage).group_by("opportunity_no")
        credited.append(later.agg(reached_on=pl.col("entered_on").min()).with_columns(stage=pl.lit(stage)))
        if stage in stages:
            here = order.filter(pl.col("event_stage") == stage).select(
                "opportunity_no", "entered_on", next_at="at"
            )
            steps = way.join(here, on="opportunity_no").filter(pl.col("next_at") > pl.col("at"))
            way = steps.group_by("opportunity_no").agg(
                pl.col("next_at").min().cast(pl.Int64).alias("at"), strict_on=pl.col("entered_on").min()
            )
            strict.append(way.select("opportunity_no", "strict_on", stage=pl.lit(stage)))
            way = way.select("opportunity_no", "at")
    if not credited:
        names = {"stage": pl.Int16, "days": pl.Int64, "strict_days": pl.Int64}
        return pl.DataFrame(schema={"opportunity_no": pl.Int64, **names})
    rows = pl.concat(credited).join(
        pl.concat(strict), on=["opportunity_no", "stage"], how="left", maintain_order="left"
    )
    rows = rows.join(begun, on="opportunity_no")
    return rows.select(
        "opportunity_no",
        pl.col("stage").cast(pl.Int16),
        days=(pl.col("reached_on") - pl.col("first_on")).dt.total_days(),
        strict_days=(pl.col("strict_on") - pl.col("first_on")).dt.total_days().fill_null(-1),
    )


def prepare_deals(
    deals: pl.DataFrame, events: pl.DataFrame, customers: pl.DataFrame | None, policy: Policy
) -> pl.DataFrame:
    """Deals with coded labels, the customer's kind, and where their dated stages begin and end."""
    deals = _with_columns(
        deals,
        {
            "customer_no": pl.Int64,
            "manager_no": pl.Int64,
            "customer_kind": pl.String,
            "title": pl.String,
            "created_on": pl.Date,
            "expected_close_on": pl.Date,
            "closed_on": pl.Date,
            "stage": pl.String,
            "expected_amount": pl.Int64,
            "amount": pl.Int64,
            "product": pl.String,
            "source": pl.String,
            "channel": pl.String,
            "lost_reason": pl.String,
            "competitor": pl.String,
            "released_on": pl.Date,
            "release_reason": pl.String,
        },
    )
    if customers is not None and "kind" in customers.columns:
        known = customers.select("customer_no", known_kind="kind")
        deals = deals.join(known, on="customer_no", how="left", maintain_order="left")
    else:
        deals = deals.with_columns(known_kind=pl.lit(None, dtype=pl.String))
    stages = {stage.key: code for code, stage in enumerate(policy.stages, 1)}
    kind = pl.coalesce("known_kind", "customer_kind").fill_null(KINDS[0])
    deals = deals.with_columns(
        kind=kind.replace_strict(_code(KINDS), return_dtype=pl.Int16),
        outcome=pl.col("outcome").replace_strict(_code(OUTCOMES), return_dtype=pl.Int16),
        stage=pl.col("stage").replace_strict(stages, default=0, return_dtype=pl.Int16),
    )
    own = events.group_by("opportunity_no").agg(first_on=pl.col("entered_on").min())
    deals = deals.join(own, on="opportunity_no", how="left", maintain_order="left")
    return deals.with_columns(
        has_events=pl.col("first_on").is_not_null(),
        closed_on=pl.when(pl.col("outcome") != 0).then(pl.col("closed_on")),
    )


def code_labels(frame: pl.DataFrame, names: list[str], codes: Codes) -> pl.DataFrame:
    """Breakdown columns as Int16 codes."""
    return frame.with_columns(codes.coded(frame, name).alias(name) for name in names)


def _month_before(day: pl.Expr) -> pl.Expr:
    return day.dt.month_start().dt.offset_by("-1d")


def with_tiers(
    deals: pl.DataFrame, events: pl.DataFrame, months: Mapping[date, pl.LazyFrame], as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Each event with the customer's tier at the last month end before it.

    Deals get `tier_first` (at their first dated stage, else their creation) and `tier_last` (at the
    decision; open deals: at the date of the data). Only the months and customers asked for are read.
    """
    events = events.join(
        deals.select("opportunity_no", "customer_no"), on="opportunity_no", how="inner", maintain_order="left"
    )
    first = pl.coalesce("first_on", "created_on")
    last = pl.coalesce("closed_on", pl.lit(as_of))
    asked = pl.concat(
        [
            deals.select("customer_no", month=_month_before(first)),
            deals.select("customer_no", month=_month_before(last)),
            events.select("customer_no", month=_month_before(pl.col("entered_on"))),
        ]
    ).drop_nulls()
    tiers = tiers_at(asked, months)

    def tier_at(frame: pl.DataFrame, day: pl.Expr, name: str) -> pl.DataFrame:
        lookup = tiers.rename({"tier": name})
        joined = frame.with_columns(month=_month_before(day)).join(
            lookup, on=["customer_no", "month"], how="left", maintain_order="left"
        )
        return joined.with_columns(pl.col(name).fill_null(UNKNOWN_TIER)).drop("month")

    deals = tier_at(tier_at(deals, first, "tier_first"), last, "tier_last")
    return deals, tier_at(events, pl.col("entered_on"), "tier").drop("customer_no")


def month_starts(first: date, last: date) -> pl.DataFrame:
    """The first day of every month from that of `first` to the month after `last`."""
    end = (last.replace(day=28) + timedelta(days=4)).replace(day=1)
    days = pl.date_range(first.replace(day=1), end, "1mo", eager=True)
    return pl.DataFrame({"day": days})
