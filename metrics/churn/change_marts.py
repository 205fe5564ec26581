"""What changed since last month's forecast, and whether last month's list helped.

churn_bridge: newest origin × definition × horizon × kind × step: from the leavers that last month's forecast
expected to those that the newest one expects. churn_follow_up: what became of last month's customers to keep.
"""

from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.codes.literals import shaped
from data_access.subject import Inputs, Mart
from metrics.book.marts import with_managers
from metrics.churn.bands import CLOSED, DEFINITIONS
from metrics.churn.learning import HORIZONS, LAST_MONTH, NEWEST, Churn
from metrics.churn.scores import GRID, chances, customers_at, exits, models_of, origin_of, scored
from metrics.churn.settings import CHURN_LEAST_LOSS, CHURN_LEAST_RISK, CHURN_LISTED, OF_LISTS, OF_SILENCE

STEPS = (
    "opening",
    "new",
    "left",
    "left_otherwise",
    "moved_in",
    "moved_out",
    "saved",
    "worsened",
    "rescored",
    "closing",
)
BRIDGE = ("month", "definition", "horizon", "kind", "step")
FOLLOWED = ("month", "listed", "kind", "tier")
FOLLOW_SUMS = ("customers", "contacted", "here", "held_before", "held_after")
FOLLOW_SQUARES = ("before2", "after2", "cross")  # for the interval of the money kept
AMOUNT_HORIZON = 6  # months ahead that the list is made for


def _models(inputs: Inputs, definition: int) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The newest model and last month's; None without both."""
    by_role = {model["role"]: model for model in models_of(inputs, definition)}
    return (by_role[NEWEST], by_role[LAST_MONTH]) if LAST_MONTH in by_role else None


def _pairs(inputs: Inputs, definition: int, newest: dict[str, Any], before: dict[str, Any]) -> pl.DataFrame:
    """Customers of both origins: chances then (a_), now by last month's model (b_), and by today's (c_)."""
    then = scored(inputs, definition, before, customers_at(inputs, definition, origin_of(before)))[0]
    now = customers_at(inputs, definition, origin_of(newest))
    same = chances(inputs, definition, before, now)[0]
    fresh = scored(inputs, definition, newest, now)[0]
    chosen = [f"p_{horizon}" for horizon in HORIZONS]
    old = now.join(same, on=GRID, how="left", maintain_order="left").select(
        "customer_no", **{f"b_{h}": f"p_{h}" for h in HORIZONS}
    )
    then = then.select(
        "customer_no", "kind", from_no="institution_no", **{f"a{name[1:]}": name for name in chosen}
    )
    fresh = fresh.select(
        "customer_no", to_kind="kind", to_no="institution_no", **{f"c{name[1:]}": name for name in chosen}
    )
    both = then.join(fresh.join(old, on="customer_no"), on="customer_no", how="full", coalesce=True)
    gone = exits(inputs, definition, origin_of(before), origin_of(newest)).select("customer_no", "left")
    both = both.join(gone, on="customer_no", how="left")
    return both.with_columns(pl.coalesce("to_kind", "kind").alias("kind"))


def _steps(pairs: pl.DataFrame, horizon: int) -> pl.DataFrame:
    """Every customer's part in each step, where it is booked."""
    a, b, c = (pl.col(f"{name}_{horizon}") for name in "abc")
    was, is_here = pl.col("from_no").is_not_null(), pl.col("to_no").is_not_null()
    moved = was & is_here & (pl.col("from_no") != pl.col("to_no"))
    own = pl.col("left").is_not_null()  # gone for the cause that the forecast is of
    parts = {
        "opening": (was, "from_no", a),
        "new": (~was & is_here, "to_no", b),
        "left": (was & ~is_here & own, "from_no", -a),
        "left_otherwise": (was & ~is_here & ~own, "from_no", -a),
        "moved_in": (moved, "to_no", a),
        "moved_out": (moved, "from_no", -a),
        "saved": (was & is_here & (b < a), "to_no", b - a),
        "worsened": (was & is_here & (b > a), "to_no", b - a),
        "rescored": (is_here, "to_no", c - b),
        "closing": (is_here, "to_no", c),
    }
    found = [
        pairs.filter(which).select(
            institution_no=place,
            kind=pl.col("kind").cast(pl.Int16),
            expected=part,
            step=pl.lit(STEPS.index(name), pl.Int16),
        )
        for name, (which, place, part) in parts.items()
    ]
    rows = pl.concat(found, how="vertical_relaxed")
    return rows.group_by("institution_no", "kind", "step").agg(
        pl.len().cast(pl.Int64).alias("customers"), pl.col("expected").sum()
    )


def build_bridge(inputs: Inputs) -> nw.LazyFrame[Any]:
    """From last month's expected leavers to today's, step by step; opening + the rest = closing."""
    schema: dict[str, Any] = {"institution_no": pl.Int64, "kind": pl.Int16, "step": pl.Int16}
    schema |= {"customers": pl.Int64, "expected": pl.Float64, "month": pl.Date, "definition": pl.Int16}
    schema |= {"horizon": pl.Int16}
    parts = [pl.DataFrame(schema=schema)]
    for definition in range(len(DEFINITIONS)):
        both = _models(inputs, definition)
        if both:
            pairs = _pairs(inputs, definition, *both)
            parts += [
                _steps(pairs, horizon).with_columns(
                    month=pl.lit(origin_of(both[0])),
                    definition=pl.lit(definition, pl.Int16),
                    horizon=pl.lit(horizon, pl.Int16),
                )
                for horizon in HORIZONS
            ]
    return nw.from_native(pl.concat([shaped(part, schema) for part in parts]).lazy())


def ranked(inputs: Inputs, customers: pl.DataFrame) -> pl.DataFrame:
    """Scored customers who are worth a call, by expected loss; `place` from 0 among those of their manager at
    their institution.

    Worth a call: in the upper tenths of the bank by the chance to leave, with a loss that is worth it.
    """
    loss = pl.col(f"p_{AMOUNT_HORIZON}") * pl.col("held")
    least = inputs.policy.of(CHURN_LEAST_LOSS) * inputs.minor_units
    is_risky = pl.col("risk") >= inputs.policy.of(CHURN_LEAST_RISK)
    rows = customers.filter(is_risky).with_columns(loss=loss).filter(pl.col("loss") >= least)
    rows = (
        with_managers(rows, inputs)
        .sort("loss", "customer_no", descending=[True, False])
        .with_row_index("row")
    )
    listed = ["institution_no", "list_of"]
    rows = rows.with_columns(list_of=pl.col("manager_no").fill_null(-1))
    ordered = rows.sort(*listed, "row").select(*listed, "row").with_row_index("at")
    begins = ordered.group_by(listed).agg(begin=pl.col("at").min())
    place = (pl.col("at").cast(pl.Int64) - pl.col("begin").cast(pl.Int64)).alias("place")
    places = ordered.join(begins, on=listed).select("row", place)
    return rows.join(places, on="row", maintain_order="left").drop("row", "list_of")


def met(inputs: Inputs, first: date | None, last: date) -> pl.DataFrame:
    """Customers with the first and last day somebody spoke with them, after `first` and up to `last`."""
    if not inputs.has("contacts", "customer_id", "contacted_on"):
        return pl.DataFrame(
            schema={"customer_no": pl.Int64, "first_contact": pl.Date, "last_contact": pl.Date}
        )
    rows = inputs.tables["contacts"].select("customer_no", "contacted_on").collect("polars")
    contacts: pl.DataFrame = rows.to_native()
    days = contacts.drop_nulls().filter(pl.col("contacted_on") <= last)
    days = days if first is None else days.filter(pl.col("contacted_on") > first)
    return days.group_by("customer_no").agg(
        first_contact=pl.col("contacted_on").min(), last_contact=pl.col("contacted_on").max()
    )


def due_on(inputs: Inputs, as_of: date) -> pl.Expr:
    """When a customer is to be seen next: its tier's duty after the last contact, at once without one."""
    duty = {
        code: tier.duty_days for code, tier in enumerate(inputs.policy.tiers, FIRST_TIER) if tier.duty_days
    }
    days = pl.col("tier").cast(pl.Int64).replace_strict(duty, default=None, return_dtype=pl.Int64)
    due: pl.Expr = pl.coalesce(pl.col("last_contact") + pl.duration(days=days), pl.lit(as_of))
    return pl.when(days.is_not_null()).then(due)


def build_follow_up(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers on last month's list, and as many just below the cut: contacted in time, still here, money.

    In time: by the day on which the duty ends, where that is in the month; else within the month.
    """
    schema: dict[str, Any] = {"institution_no": pl.Int64, "month": pl.Date}
    schema |= dict.fromkeys(("listed", "kind", "tier"), pl.Int16) | dict.fromkeys(FOLLOW_SUMS, pl.Int64)
    schema |= dict.fromkeys(FOLLOW_SQUARES, pl.Float64)
    parts = [pl.DataFrame(schema=schema)]
    both = _models(inputs, CLOSED)
    if both:
        first, last = origin_of(both[1]), origin_of(both[0])
        then = ranked(inputs, scored(inputs, CLOSED, both[1], customers_at(inputs, CLOSED, first))[0])
        size = inputs.policy.of(CHURN_LISTED)
        then = then.filter((pl.col("place") < 2 * size) & (pl.col("held") > 0))
        there = inputs.months[last].select("customer_no", "aum").collect("polars").to_native()
        now = there.select(
            "customer_no", after=pl.col("aum").fill_null(0).clip(0)
        )  # silent ones are here too
        before = met(inputs, None, first).select("customer_no", "last_contact")
        since = met(inputs, first, last).select("customer_no", "first_contact")
        rows = then.join(now, on="customer_no", how="left").join(before, on="customer_no", how="left")
        due = due_on(inputs, first)
        until = pl.when((due > first) & (due <= last)).then(due).otherwise(last)
        rows = rows.join(since, on="customer_no", how="left").with_columns(until=until)
        money, kept = (pl.col(name).fill_null(0).cast(pl.Float64) for name in ("held", "after"))
        part = rows.group_by(
            "institution_no", "kind", "tier", listed=(pl.col("place") < size).cast(pl.Int16)
        ).agg(
            pl.len().cast(pl.Int64).alias("customers"),
            contacted=(pl.col("first_contact") <= pl.col("until")).sum().cast(pl.Int64),
            here=pl.col("after").is_not_null().sum().cast(pl.Int64),
            held_before=pl.col("held").sum(),
            held_after=pl.col("after").sum(),
            before2=(money**2).sum(),
            after2=(kept**2).sum(),
            cross=(money * kept).sum(),
        )
        parts.append(part.with_columns(month=pl.lit(last)))
    return nw.from_native(pl.concat([shaped(part, schema) for part in parts]).lazy())


NEEDS = ("customer_months",)
MARTS = (
    Mart(
        name="churn_bridge",
        keys=BRIDGE,
        time="month",
        needs=NEEDS,
        build=build_bridge,
        settings=OF_SILENCE,
        counts=("customers",),
    ),
    Mart(
        name="churn_follow_up",
        keys=FOLLOWED,
        time="month",
        needs=("customer_months.aum",),
        build=build_follow_up,
        settings=("tiers", *OF_LISTS, *OF_SILENCE),
        models=(Churn,),
        counts=("customers", "contacted", "here"),
    ),
)
