"""What is stored of customers who entered a tier: where they stand twelve months later.

Grain: institution × month end twelve months later × tier entered × where from × tier then × kind. A customer
counts at the institution where it entered; at another one by now it is elsewhere, and at the lowest common
ancestor of both the correction says in which tier it stands.
"""

from typing import Any

import narwhals as nw

from data_access.codes.banding import FIRST_TIER
from data_access.codes.literals import code
from data_access.subject import Inputs, Mart
from metrics.migration.marts import ELSEWHERE, OUTSIDE

AFTER = 12  # months between entering and looking again
SIDES = ("from_below", "from_above", "new")  # where entrants came from, by the code of `side`
KEYS = ("month", "entered_tier", "side", "to_tier", "kind")


def _entrants(inputs: Inputs) -> nw.LazyFrame[Any]:
    """One row per customer whose tier twelve months ago was not that of the month before, or who was new.

    Where the customer was is asked of the whole bank: who came with its tier from another institution did
    not enter it. Without a tier the month before, it is not known whether the tier was entered.
    """
    ends = ("now", f"before_{AFTER}", f"before_{AFTER + 1}")
    frames = [inputs.tables[name] for name in ends if name in inputs.tables]
    if len(frames) < len(ends):
        frames = [frames[0].filter(nw.col("customer_no") < nw.lit(0, dtype=nw.Int64))] * len(ends)
    now, then, before = frames
    lives = (
        then.filter(nw.col("tier") >= code(FIRST_TIER))
        .select("customer_no", "kind", from_no=nw.col("institution_no"), entered=nw.col("tier"))
        .join(before.select("customer_no", former=nw.col("tier")), on="customer_no", how="left")
    )
    entered, former = nw.col("entered"), nw.col("former")
    came = (former >= code(FIRST_TIER)) & (former != entered)
    side = (
        nw.when(former.is_null())
        .then(code(2))
        .otherwise(nw.when(former > entered).then(code(1)).otherwise(code(0)))
    )
    there = now.select("customer_no", to_no=nw.col("institution_no"), to_tier=nw.col("tier"))
    found = lives.filter(former.is_null() | came).join(there, on="customer_no", how="left")
    return found.select(
        "from_no",
        "to_no",
        "kind",
        entered_tier=entered,
        side=side,
        to_tier=nw.when(nw.col("to_tier").is_null()).then(code(OUTSIDE)).otherwise(nw.col("to_tier")),
        month=nw.lit(inputs.month, dtype=nw.Date),
        customers=nw.lit(1, dtype=nw.Int64),
    )


def _counted(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The entrants by where and how they entered and stand."""

    def rows() -> nw.LazyFrame[Any]:
        return _summed(_entrants(inputs), "from_no", "to_no")

    return inputs.once(f"entrants-{inputs.month}", rows) if inputs.once else rows()


def _summed(rows: nw.LazyFrame[Any], *places: str) -> nw.LazyFrame[Any]:
    return rows.group_by(*places, *KEYS).agg(nw.col("customers").cast(nw.Int64).sum())


def build_cohort(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows: where they entered; who is at another institution now is elsewhere."""
    rows = _counted(inputs)
    moved = ~nw.col("to_no").is_null() & (nw.col("to_no") != nw.col("from_no"))
    place = nw.when(moved).then(code(ELSEWHERE)).otherwise(nw.col("to_tier"))
    return _summed(rows.with_columns(to_tier=place, institution_no=nw.col("from_no")), "institution_no")


def cohort_movers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Where both institutions lie inside: not elsewhere, but in the tier of now."""
    rows = _counted(inputs).filter(~nw.col("to_no").is_null())
    moved = rows.filter(nw.col("to_no") != nw.col("from_no"))
    columns = ("from_no", "to_no", *KEYS, "customers")
    back = moved.with_columns(
        to_tier=code(ELSEWHERE), customers=nw.col("customers") * nw.lit(-1, dtype=nw.Int64)
    )
    return _summed(
        nw.concat([moved.select(*columns), back.select(*columns)], how="vertical"), "from_no", "to_no"
    )


MARTS = (
    Mart(
        name="migration_cohort",
        keys=KEYS,
        time="month",
        needs=("customer_months",),
        build=build_cohort,
        monthly="customer_months",
        recent=13,
        movers=cohort_movers,
        counts=("customers",),
        back=(AFTER, AFTER + 1),
    ),
)
