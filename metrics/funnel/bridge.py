"""What changed in the pipeline between two dates (在途商机变动): from opening to closing, step by step."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from data_access.periods import month_end
from data_access.subject import Ask, Measure, Metric, Parameter, Period, message
from metrics.funnel.bridge_marts import LABELS
from metrics.funnel.changes import (
    CAME,
    DECREASED,
    INCREASED,
    LAPSED,
    LEFT,
    LOST,
    MOVED,
    NEVER,
    NEW,
    OPENING,
    WON,
)

STEPS = (
    "opening",
    "new",
    "increased",
    "decreased",
    "pulled_in",
    "pushed_out",
    "won",
    "lost",
    "lapsed",
    "transferred",
    "closing",
)
CHANGES = ("increased", "decreased", "pulled_in", "pushed_out", "transferred")  # not known without changes
_SIGNS = {NEW: 1, INCREASED: 1, DECREASED: -1, WON: -1, LOST: -1, LAPSED: -1, LEFT: -1, CAME: 1}
_STEP_OF = {
    NEW: "new",
    INCREASED: "increased",
    DECREASED: "decreased",
    WON: "won",
    LOST: "lost",
    LAPSED: "lapsed",
    LEFT: "transferred",
    CAME: "transferred",
}


def _months(period: Period) -> tuple[date | None, date | None]:
    return period.first.replace(day=1), period.last


def window_end(closing: str, on: date) -> date:
    """The last day by which a deal must be expected to close to be in the pipeline looked at."""
    if closing == "quarter":
        return month_end(on.year, (on.month + 2) // 3 * 3)
    return date(on.year, 12, 31) if closing == "year" else NEVER


def bridge(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How the open pipeline became what it is, from the day before the period to its last day, step by step.

    One row per group and step: opening, new, increased and decreased (expected amount), pulled_in and
    pushed_out (the expected closing day moved into the window or out of it), won, lost, lapsed, transferred
    (deals that came from other institutions less those that went there), closing. Opening and all steps add
    up to the closing exactly, in deals and in amount; each movement is booked on its day with the expected
    amount of that day. `closing`: all open deals; or those expected to close by the end of the quarter or
    year that holds the period's last day, those whose expected day has passed among them, those without one
    not. deals: change of their number, none where only amounts change; moves: how many movements are behind
    a step. Without `opportunity_changes` the steps that need it are missing, and amounts and expected days
    are those of today.
    """
    known = ask.first_days.get("opportunities", ask.period.first)
    first, last = max(ask.period.first, known), min(ask.period.last, ask.as_of)
    end = pl.lit(window_end(ask.parameters["closing"], ask.period.last))
    moves = rows["bridge"].with_columns(
        inside=(pl.col("close_by") <= end).cast(pl.Int64),
        was_inside=(pl.col("close_before") <= end).cast(pl.Int64),
    )
    sign = pl.col("event").replace_strict(_SIGNS, default=0, return_dtype=pl.Int64) * pl.col("inside")
    turned = pl.col("inside") - pl.col("was_inside")  # of moves of the expected closing day
    sign = pl.when(pl.col("event") == MOVED).then(turned).otherwise(sign)
    only_amount = pl.col("event").is_in([INCREASED, DECREASED])
    moves = moves.with_columns(
        sign=sign,
        number=pl.when(only_amount).then(0).otherwise(sign * pl.col("deals")),
        value=sign * pl.col("amount"),
        turns=sign.abs() * pl.col("deals"),
        step=pl.when(pl.col("event") == MOVED)
        .then(pl.when(turned > 0).then(pl.lit("pulled_in")).otherwise(pl.lit("pushed_out")))
        .otherwise(pl.col("event").replace_strict(_STEP_OF, default="opening", return_dtype=pl.String)),
    )
    within = moves.filter((pl.col("event") != OPENING) & pl.col("day").is_between(first, last))
    parts = {"opening": _stock(moves, first - timedelta(days=1), first), "closing": _stock(moves, last, last)}
    wanted = [step for step in STEPS if step not in CHANGES or ask.has("opportunity_changes", "old")]
    has_amount = pl.lit(ask.has("opportunities", "expected_amount"))
    found = []
    for number, step in enumerate(wanted):
        sums = ask.sums(parts.get(step, within.filter(pl.col("step") == step)), "number", "value", "turns")
        untold = pl.lit(step in ("opening", "transferred", "closing"))
        found.append(
            sums.select(
                "group",
                _step=pl.lit(number),
                step=pl.lit(step),
                deals="number",
                amount=pl.when(has_amount).then("value"),
                moves=pl.when(~untold).then("turns"),
            )
        )
    order = ask.groups.with_row_index("_at")
    return pl.concat(found).join(order, on="group").sort("_at", "_step").drop("_at", "_step")


def _stock(moves: pl.DataFrame, on: date, month_of: date) -> pl.DataFrame:
    """Rows that sum to the open deals at the end of a day: those at a month's start, and what moved since."""
    start = month_of.replace(day=1)
    is_opening = pl.col("event") == OPENING
    rows = moves.filter(
        (is_opening & (pl.col("day") == start)) | (~is_opening & pl.col("day").is_between(start, on))
    )
    stood = pl.col("event") == OPENING
    return rows.with_columns(
        number=pl.when(stood).then(pl.col("inside") * pl.col("deals")).otherwise("number"),
        value=pl.when(stood).then(pl.col("inside") * pl.col("amount")).otherwise("value"),
    )


_OPP = "opportunities"
METRICS = (
    Metric(
        name="funnel.bridge",
        label=message("Changes of the pipeline"),
        compute=bridge,
        marts={"bridge": _months},
        columns=(
            Measure(name="step", label=message("Step"), unit="text"),
            Measure(
                name="deals",
                label=message("Deals"),
                unit="deals",
                definition=message("Change of the number of open deals."),
            ),
            Measure(
                name="amount",
                label=message("Expected amount"),
                unit="money",
                needs=(_OPP, "expected_amount"),
            ),
            Measure(
                name="moves",
                label=message("Movements"),
                unit="deals",
                definition=message("How many deals the step moved."),
            ),
        ),
        grain="day",
        dimensions=LABELS,
        tags_of=_OPP,
        needs=(_OPP,),
        parameters=(
            Parameter(
                "closing",
                "all",
                message("Deals expected to close by the end of"),
                ("quarter", "year", "all"),
            ),
        ),
    ),
)
