"""Who could leave in a month, and who did: one row per customer at risk, never seen by a model as such.

Two kinds of churn, never mixed. Closed (销户流失): the customer is there at one month end and gone at the
next. Silent (静默流失): no own transaction and AUM below policy's silent_floor at silent_months month ends
in a row, dated back to the first of them; so it is known only so many months later. The clock is the tenure
in whole months; a customer enters at the tenure it has when first seen (late entry), for each month end at
which it is there is a month at risk of its own. One that comes back is at risk again from that month end.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import reduce
from typing import Any

import narwhals as nw

from data_access.codes.banding import banded
from data_access.codes.literals import code, whole
from data_access.subject import Ask, Inputs
from data_access.windows import months_later
from metrics.churn.bands import ACTIVITY, CLOSED, CODE_OF, NO_TENURE, PRODUCTS, STAYS, UNKNOWN
from metrics.churn.settings import SILENT_FLOOR, SILENT_MONTHS

CELL = ("kind", "tier", "products", "activity", "tenure")


def has_silent(inputs: Inputs | Ask) -> bool:
    """Whether silence can be told: own transactions and AUM are delivered."""
    return inputs.has("customer_months", "own_transactions", "aum")


def last_origin(inputs: Inputs, definition: int, last: date) -> date:
    """The newest month end at which it is known who is still there: of silent churn so many months before."""
    return last if definition == CLOSED else months_later(last, -inputs.policy.of(SILENT_MONTHS))


def _is_silent(inputs: Inputs) -> nw.Expr:
    """1 without an own transaction and below the floor; what is not delivered is not silence."""
    floor = whole(inputs.policy.of(SILENT_FLOOR) * inputs.minor_units)
    quiet = (nw.col("own_transactions") == whole(0)) & (nw.col("aum") < floor)
    return nw.when(quiet).then(whole(1)).otherwise(whole(0))


def _gone(inputs: Inputs, at: int, ahead: int) -> nw.Expr:
    """Whether a run of silent months covers the month `at`, seen up to `ahead` months later."""
    length = inputs.policy.of(SILENT_MONTHS)
    runs = [
        reduce(
            lambda a, b: a & b, [nw.col(f"silent_{k}") == whole(1) for k in range(end - length + 1, end + 1)]
        )
        for end in range(at, at + ahead + 1)
    ]
    return reduce(lambda a, b: a | b, runs)


def _band(inputs: Inputs, column: str, edges: tuple[int, ...]) -> nw.Expr:
    if not inputs.has("customer_months", column):
        return code(UNKNOWN).alias(column)
    value = nw.col(column)
    codes = banded(value, edges, range(1, len(edges) + 2))
    return nw.when(value.is_null()).then(code(UNKNOWN)).otherwise(codes).alias(column)


def seen(inputs: Inputs, origin: date, ages: Iterable[int]) -> nw.LazyFrame[Any]:
    """Each customer there at the origin: silent or not at the month ends around it, and there in the next.

    `silent_k`: k months after the origin; null where not there. The origin is delivered.
    """
    silence = _is_silent(inputs) if has_silent(inputs) else whole(0)
    every = sorted({0, 1, *ages})
    parts = []
    for age in every:
        frame = inputs.months.get(months_later(origin, age))
        if frame is None:
            continue
        rows = frame.select("customer_no", silent=silence, age=whole(age))
        # of months around it only silence matters
        parts.append(rows if age in (0, 1) else rows.filter(nw.col("silent") == whole(1)))
    flat = nw.concat(parts, how="vertical").select(
        "customer_no",
        *[
            nw.when(nw.col("age") == whole(age)).then(nw.col("silent")).alias(f"silent_{age}")
            for age in every
        ],
    )
    known = flat.group_by("customer_no").agg(*[nw.col(f"silent_{age}").max() for age in every])
    return known.filter(~nw.col("silent_0").is_null())


def _ages(inputs: Inputs, definition: int, ends: tuple[int, ...]) -> range:
    """The months around the origin by which it is told who is silently gone at these months after it."""
    length = inputs.policy.of(SILENT_MONTHS)
    ahead = 0 if definition == CLOSED else length - 1
    return range(min(ends) - length + 1, max(ends) + ahead + 1)


def _is_told(inputs: Inputs, definition: int, origin: date, ends: tuple[int, ...]) -> bool:
    """Whether the months around the origin are delivered by which it is known who is still there."""
    if origin not in inputs.months:
        return False
    around = (months_later(origin, age) for age in _ages(inputs, definition, ends))
    return definition == CLOSED or (has_silent(inputs) and all(month in inputs.months for month in around))


def _told(inputs: Inputs, definition: int, origin: date, ends: tuple[int, ...]) -> nw.LazyFrame[Any]:
    """`gone_k`: silently gone k months after the origin, as far as the definition looks ahead."""
    silent = has_silent(inputs)
    found = seen(inputs, origin, _ages(inputs, definition, ends) if silent else range(1))
    ahead = 0 if definition == CLOSED else inputs.policy.of(SILENT_MONTHS) - 1
    flags = [_gone(inputs, end, ahead) if silent else whole(0) > whole(0) for end in ends]
    gone = {
        f"gone_{end}": nw.when(flag).then(whole(1)).otherwise(whole(0))
        for end, flag in zip(ends, flags, strict=True)
    }
    return found.select(
        "customer_no",
        is_there=nw.when(nw.col("silent_1").is_null()).then(whole(0)).otherwise(whole(1)),
        **gone,
    )


def _customers(inputs: Inputs, origin: date) -> nw.LazyFrame[Any] | None:
    """Tenure in whole months at the origin, and the cause of an exit, of each customer."""
    if "customers" not in inputs.tables:
        return None
    tenure, cause = code(NO_TENURE), code(CODE_OF["closed"])
    if inputs.has("customers", "joined_on"):
        joined = nw.col("joined_on").dt.year().cast(nw.Int64) * whole(12) + nw.col(
            "joined_on"
        ).dt.month().cast(nw.Int64)
        months = whole(origin.year * 12 + origin.month) - joined
        months = nw.when(months < whole(0)).then(whole(0)).otherwise(months)
        tenure = (
            nw.when(nw.col("joined_on").is_null()).then(whole(NO_TENURE)).otherwise(months).cast(nw.Int16)
        )
    if inputs.has("customers", "exit_cause"):
        known = {name: number for name, number in CODE_OF.items() if name not in ("closed", "other")}
        cause = (
            nw.when(
                ~nw.col("exit_cause").is_null() & (nw.col("exit_cause") != nw.lit("closed", dtype=nw.String))
            )
            .then(code(CODE_OF["other"]))
            .otherwise(code(CODE_OF["closed"]))
        )
        for name, number in known.items():
            cause = (
                nw.when(nw.col("exit_cause") == nw.lit(name, dtype=nw.String))
                .then(code(number))
                .otherwise(cause)
            )
    return inputs.tables["customers"].select("customer_no", tenure=tenure, exit=cause)


def _described(inputs: Inputs, told: nw.LazyFrame[Any], origin: date) -> nw.LazyFrame[Any]:
    """Those who can still leave, as they were at the origin: place, cell and AUM."""
    aum = nw.col("aum").fill_null(0) if inputs.has("customer_months", "aum") else whole(0).alias("aum")
    tags = inputs.tags.get("customers", ())
    there = inputs.months[origin].select(
        "customer_no",
        "institution_no",
        "kind",
        "tier",
        _band(inputs, "products", PRODUCTS),
        _band(inputs, "own_transactions", ACTIVITY).alias("activity"),
        aum.cast(nw.Int64),
        *tags,
    )
    rows = there.join(told.filter(nw.col("gone_0") == whole(0)), on="customer_no", how="inner")
    people = _customers(inputs, origin)
    if people is None:
        return rows.with_columns(tenure=code(NO_TENURE), exit=code(CODE_OF["closed"]))
    rows = rows.join(people, on="customer_no", how="left")
    return rows.with_columns(
        tenure=nw.col("tenure").fill_null(code(NO_TENURE)),
        exit=nw.col("exit").fill_null(code(CODE_OF["closed"])),
    )


def at_risk(inputs: Inputs, definition: int, origin: date) -> nw.LazyFrame[Any] | None:
    """Customers who can still leave after a month end: there, and not silently gone.

    One row per customer: customer_no, institution_no, kind, tier, products and activity (codes of bands),
    aum in minor units, tenure in whole months (-1 unknown), the bank's own tags. None where the month end
    is not delivered, or (silent churn) too few months before and after it are.
    """
    if not _is_told(inputs, definition, origin, (0,)):
        return None

    def rows() -> nw.LazyFrame[Any]:
        told = _told(inputs, definition, origin, (0,))
        return _described(inputs, told, origin).drop("gone_0", "is_there", "exit")

    return _once(inputs, f"at_risk-{definition}-{origin}", rows)


def person_months(inputs: Inputs, definition: int, month: date) -> nw.LazyFrame[Any] | None:
    """Customers at risk in a month, as they were at the month end before it, and how they ended in it.

    As `at_risk` of the month end before, with `cause` (0 stays; else the code of CAUSES). Nothing of the
    month itself stands in the row but the cause. The tenure month at risk is tenure + 1. Closed churn: who is
    known to have been silent for silent_months is not at risk any more and left as `silent` in that month.
    """
    origin = months_later(month, -1)
    if month not in inputs.months or not _is_told(inputs, definition, origin, (0, 1)):
        return None

    def rows() -> nw.LazyFrame[Any]:
        told = _told(inputs, definition, origin, (0, 1))
        silent = nw.when(nw.col("gone_1") == whole(1)).then(code(CODE_OF["silent"])).otherwise(code(STAYS))
        cause = nw.when(nw.col("is_there") == whole(0)).then(nw.col("exit")).otherwise(silent)
        described = _described(inputs, told, origin).with_columns(cause=cause)
        return described.drop("gone_0", "gone_1", "is_there", "exit")

    return _once(inputs, f"person_months-{definition}-{month}", rows)


def _once(inputs: Inputs, name: str, rows: Callable[[], nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    """Worked out once a build, for half a dozen marts count the same customers."""
    return inputs.once(name, rows) if inputs.once else rows()
