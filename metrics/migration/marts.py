"""What tier migration stores: from which tier customers went to which, between two month ends.

Grain: institution × month end × distance in months × tier then × tier now × kind. A customer is booked where
the month's row was booked; one who changed the institution is an exit at the old one and an entry at the new.
"""

from typing import Any

import narwhals as nw

from data_access.codes.literals import code
from data_access.subject import Inputs, Mart
from metrics.ends import moved_of, steps_to

OUTSIDE, ELSEWHERE = -1, -2  # beside the codes of tiers: not in the bank; at another of its institutions
NEAR, FAR = 1, (3, 6, 12)
RECENT_FAR = 13  # months kept of the wider steps; those of one month are all kept, as the book is
CELL = ("from_tier", "to_tier")
KEYS = ("month", "distance", *CELL, "kind")
COUNTS = ("customers", "aum_from", "aum_to")


def table_of(distance: int) -> str:
    """The month a step begins with; of distance 1 the delivered month before, as in the customer book."""
    return "before" if distance == NEAR else f"before_{distance}"


def steps_of(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Steps, of customers or counted, with the kind that they are told by: that of now, else of then."""
    return rows.with_columns(kind=nw.coalesce(nw.col("to_kind"), nw.col("from_kind")))


def entry(rows: nw.LazyFrame[Any], origin: int) -> nw.LazyFrame[Any]:
    return rows.with_columns(from_tier=code(origin), aum_from=nw.lit(0, dtype=nw.Int64))


def leave(rows: nw.LazyFrame[Any], goal: int) -> nw.LazyFrame[Any]:
    return rows.with_columns(to_tier=code(goal), aum_to=nw.lit(0, dtype=nw.Int64))


def _summed(
    parts: list[nw.LazyFrame[Any]], places: tuple[str, ...], inputs: Inputs, distance: int
) -> nw.LazyFrame[Any]:
    rows = [part.select(*places, *CELL, "kind", *COUNTS) for part in parts]
    dated = nw.concat(rows, how="vertical").with_columns(
        month=nw.lit(inputs.month, dtype=nw.Date), distance=code(distance)
    )
    return dated.group_by(*places, *KEYS).agg(*[nw.col(name).cast(nw.Int64).sum() for name in COUNTS])


def booked(steps: nw.LazyFrame[Any]) -> list[nw.LazyFrame[Any]]:
    """The steps at the institutions where they count: of a move, an exit at one and an entry at the other."""
    gone, fresh = nw.col("to_no").is_null(), nw.col("from_no").is_null()
    moved = moved_of(steps)
    stayed = steps.filter(~gone & ~fresh).filter(nw.col("to_no") == nw.col("from_no"))
    return [
        stayed.with_columns(institution_no=nw.col("to_no")),
        entry(steps.filter(fresh), OUTSIDE).with_columns(institution_no=nw.col("to_no")),
        leave(steps.filter(gone), OUTSIDE).with_columns(institution_no=nw.col("from_no")),
        entry(moved, ELSEWHERE).with_columns(institution_no=nw.col("to_no")),
        leave(moved, ELSEWHERE).with_columns(institution_no=nw.col("from_no")),
    ]


def own_steps(rows: nw.LazyFrame[Any], inputs: Inputs, distance: int) -> nw.LazyFrame[Any]:
    """Own rows of the counted steps of one distance."""
    return _summed(booked(steps_of(rows)), ("institution_no",), inputs, distance)


def corrected_steps(rows: nw.LazyFrame[Any], inputs: Inputs, distance: int) -> nw.LazyFrame[Any]:
    """Corrections of one distance."""
    moved = moved_of(steps_of(rows))
    taken = [
        end.with_columns((nw.col(name) * nw.lit(-1, dtype=nw.Int64)).alias(name) for name in COUNTS)
        for end in (entry(moved, ELSEWHERE), leave(moved, ELSEWHERE))
    ]
    return _summed([moved, *taken], ("from_no", "to_no"), inputs, distance)


def build_near(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows of one month: steps from the delivered month before."""
    return own_steps(steps_to(inputs, table_of(NEAR)), inputs, NEAR)


def near_movers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Where both ends of a move lie inside: no exit and no entry, but an ordinary step between tiers."""
    return corrected_steps(steps_to(inputs, table_of(NEAR)), inputs, NEAR)


def build_far(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows of one month: steps from the month ends 3, 6 and 12 months before."""
    parts = [own_steps(steps_to(inputs, table_of(far)), inputs, far) for far in FAR]
    return nw.concat(parts, how="vertical")


def far_movers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The same corrections over 3, 6 and 12 months."""
    parts = [corrected_steps(steps_to(inputs, table_of(far)), inputs, far) for far in FAR]
    return nw.concat(parts, how="vertical")


MARTS = (
    Mart(
        name="migration",
        keys=KEYS,
        time="month",
        needs=("customer_months",),
        build=build_near,
        monthly="customer_months",
        movers=near_movers,
        counts=("customers",),
    ),
    Mart(
        name="migration_far",
        keys=KEYS,
        time="month",
        needs=("customer_months",),
        build=build_far,
        monthly="customer_months",
        recent=RECENT_FAR,
        movers=far_movers,
        counts=("customers",),
        back=FAR,
    ),
)
