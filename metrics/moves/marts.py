"""What large moves store: one row per institution, day, direction and whether a contact followed.

Where the bank delivers no `large_moves`, the changes of customers of the upper tiers from one month end to
the next take their place; without days nobody can say what happened within the month.
"""

from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.policy import Policy
from data_access.subject import Inputs, Mart
from metrics.moves.settings import LARGE_MOVE, LARGE_MOVE_TIER

OUT, IN = 0, 1
NOT_KNOWN, CONTACTED = -1, 1  # 0: nobody called
KEYS = ("direction", "contacted", "kind", "tier")


def upper_tier(policy: Policy) -> int:
    """The code of the lowest upper tier; of tiers of the bank's own, if policy names none: the upper half."""
    keys = [tier.key for tier in policy.tiers]
    named = policy.of(LARGE_MOVE_TIER) or "affluent"
    at = keys.index(named) if named in keys else len(keys) // 2
    return FIRST_TIER + at


def _summed(rows: nw.LazyFrame[Any], time: str) -> nw.LazyFrame[Any]:
    return rows.group_by("institution_no", time, *KEYS).agg(
        nw.len().cast(nw.Int64).alias("customers"), nw.col("amount").cast(nw.Int64).sum()
    )


def build_moves(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Delivered large moves by day."""
    contacted = nw.col("contacted").fill_null(NOT_KNOWN).cast(nw.Int16)
    return _summed(inputs.tables["large_moves"].with_columns(contacted=contacted), "day")


def build_monthly(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers of the upper tiers whose AUM changed by a large amount since the month before."""
    now = inputs.tables["now"].select(
        "customer_no", "institution_no", "month", "kind", aum=nw.col("aum").fill_null(0)
    )
    if "before" not in inputs.tables:
        nobody = now.filter(nw.col("customer_no") < nw.lit(0, dtype=nw.Int64))
        before = nobody.select("customer_no", tier=nw.lit(0, dtype=nw.Int16), past=nw.col("aum"))
    else:
        earlier = inputs.tables["before"]
        before = earlier.select("customer_no", "tier", past=nw.col("aum").fill_null(0))
    both = now.join(before, on="customer_no", how="inner")
    change = both.with_columns(change=nw.col("aum") - nw.col("past"))
    edge = inputs.policy.of(LARGE_MOVE) * inputs.minor_units
    upper = nw.col("tier") >= nw.lit(upper_tier(inputs.policy), dtype=nw.Int16)
    large = change.filter(upper & (nw.col("change").abs() >= nw.lit(edge, dtype=nw.Int64)))
    grew = nw.col("change") > nw.lit(0, dtype=nw.Int64)
    out, into, unknown = (nw.lit(code, dtype=nw.Int16) for code in (OUT, IN, NOT_KNOWN))
    return _summed(
        large.with_columns(
            direction=nw.when(grew).then(into).otherwise(out),
            contacted=unknown,
            amount=nw.col("change").abs(),
        ),
        "month",
    )


def list_moves(inputs: Inputs) -> pl.DataFrame:
    """The large moves of the last 31 days, the largest first, those without a contact before the others."""
    frame: pl.DataFrame = inputs.tables["large_moves"].collect().to_native()
    last = pl.lit(inputs.as_of.get("large_moves"), dtype=pl.Date)  # none of a table without a row
    frame = frame.filter(pl.col("day") > last.dt.offset_by("-31d"))
    columns = [
        "institution_no",
        "manager_no",
        "customer_no",
        "day",
        "direction",
        "amount",
        "contacted",
        "kind",
        "tier",
    ]
    weight = pl.col("amount") * (2 - pl.col("contacted").fill_null(0))
    return frame.select(*columns, weight=weight).sort(
        "weight", "customer_no", "day", descending=[True, False, False]
    )


_BY = ("kind", "tier")
MARTS = (
    Mart(
        name="large_moves",
        keys=("day", *KEYS),
        time="day",
        needs=("large_moves",),
        build=build_moves,
        counts=("customers",),
    ),
    Mart(
        name="monthly_moves",
        keys=("month", *KEYS),
        time="month",
        needs=("customer_months.aum",),
        build=build_monthly,
        settings=("tiers", LARGE_MOVE.name, LARGE_MOVE_TIER.name),
        monthly="customer_months",
        recent=25,
        counts=("customers",),
        unless="large_moves",
    ),
)
