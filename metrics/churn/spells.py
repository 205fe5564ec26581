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
from data_access.joined import Joined
from data_access.subject import Ask, Inputs
from data_access.windows import months_later
from metrics.churn.bands import ACTIVITY, CLOSED, CODE_OF, NO_TENURE, PRODUCTS, STAYS, UNKNOWN
from metrics.churn.settings import SILENT_FLOOR, SILENT_MONTHS

CELL = ("kind", "tier", "products", "activity", "tenure")
OF_CUSTOMERS = (  # all that is told here of a customer beside his months
    Joined(table="customers", column="joined_on"),
    Joined(table="customers", column="exit_cause", leavers=True),
)


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


def seen(inputs: Inputs, origin: date, ages: Iterable[int], *columns: nw.Expr | str) -> nw.LazyFrame[Any]:
    """Each customer there at the origin, with these columns then: silent or not at the month ends around it.

    `silent_k`: 1 where silent k months after the origin; else 0 or null. The origin is delivered.
    """
    silence = _is_silent(inputs) if has_silent(inputs) else whole(0)
    there = inputs.months[origin].select("customer_no", *columns, silent_0=silence)
    others = [age for age in ages if age]
    if not has_silent(inputs) or not others:
        return there
    return there.join(_silent_around(inputs, origin, others), on="customer_no", how="left")


def _silent_at(inputs: Inputs, month: date) -> nw.LazyFrame[Any] | None:
    """The customers silent at a month end; None of one that is not delivered. Every mart of churn asks."""
    there = inputs.months.get(month)
    if there is None:
        return None

    def rows() -> nw.LazyFrame[Any]:
        return there.filter(_is_silent(inputs) == whole(1)).select("customer_no")

    return _once(inputs, f"silent-{month}", rows)


def _silent_around(inputs: Inputs, origin: date, ages: Iterable[int]) -> nw.LazyFrame[Any]:
    """Customers silent at any of these month ends, by how many months after the origin: few of the bank."""
    every = sorted(ages)
    found = {age: _silent_at(inputs, months_later(origin, age)) for age in every}
    parts = [rows.with_columns(age=whole(age)) for age, rows in found.items() if rows is not None]
    if not parts:
        nobody = inputs.months[origin].filter(nw.col("customer_no") < whole(0))
        parts = [nobody.select("customer_no", age=whole(0))]
    flat = nw.concat(parts, how="vertical").select(
        "customer_no",
        *[nw.when(nw.col("age") == whole(age)).then(whole(1)).alias(f"silent_{age}") for age in every],
    )
    return flat.group_by("customer_no").agg(*[nw.col(f"silent_{age}").max() for age in every])


def _ages(inputs: Inputs, definition: int, ends: tuple[int, ...]) -> range:
    """The months around the origin by which it is told who is silently gone at these months after it."""
    length = inputs.policy.of(SILENT_MONTHS)
    return range(min(ends) - length + 1, max(ends) + _ahead(inputs, definition) + 1)


def _ahead(inputs: Inputs, definition: int) -> int:
    """Months after a month by which it is known who is silently gone in it."""
    return 0 if definition == CLOSED else inputs.policy.of(SILENT_MONTHS) - 1


def _is_told(inputs: Inputs, definition: int, origin: date, ends: tuple[int, ...]) -> bool:
    """Whether the months around the origin are delivered by which it is known who is still there."""
    if origin not in inputs.months:
        return False
    around = (months_later(origin, age) for age in _ages(inputs, definition, ends))
    return definition == CLOSED or (has_silent(inputs) and all(month in inputs.months for month in around))


def _tenure(origin: date) -> nw.Expr:
    """Whole months with the bank at the origin."""
    joined = nw.col("joined_on").dt.year().cast(nw.Int64) * whole(12)
    months = whole(origin.year * 12 + origin.month) - joined - nw.col("joined_on").dt.month().cast(nw.Int64)
    months = nw.when(months < whole(0)).then(whole(0)).otherwise(months)
    return nw.when(nw.col("joined_on").is_null()).then(whole(NO_TENURE)).otherwise(months).cast(nw.Int16)


def _exit() -> nw.Expr:
    """The code of the cause of an exit: closed where none is known, other where it is none of ours."""
    cause, said = code(CODE_OF["closed"]), nw.col("exit_cause")
    named = ~said.is_null() & (said != nw.lit("closed", dtype=nw.String))
    found: nw.Expr = nw.when(named).then(code(CODE_OF["other"])).otherwise(cause)
    for name, number in CODE_OF.items():
        if name not in ("closed", "other"):
            found = nw.when(said == nw.lit(name, dtype=nw.String)).then(code(number)).otherwise(found)
    return found


def at_risk(inputs: Inputs, definition: int, origin: date) -> nw.LazyFrame[Any] | None:
    """Customers who can still leave after a month end: there, and not silently gone.

    One row per customer: customer_no, institution_no, kind, tier, products and activity (codes of bands),
    aum in minor units, tenure in whole months (-1 unknown), the bank's own tags. None where the month end
    is not delivered, or (silent churn) too few months before and after it are.
    """
    if not _is_told(inputs, definition, origin, (0,)):
        return None

    def rows() -> nw.LazyFrame[Any]:
        aum = nw.col("aum").fill_null(0) if inputs.has("customer_months", "aum") else whole(0).alias("aum")
        described: tuple[nw.Expr | str, ...] = (
            *("institution_no", "kind", "tier", *inputs.tags.get("customers", ())),
            _band(inputs, "products", PRODUCTS),
            _band(inputs, "own_transactions", ACTIVITY).alias("activity"),
            aum.cast(nw.Int64),
        )
        there = seen(inputs, origin, _ages(inputs, definition, (0,)), *described)
        if has_silent(inputs):
            gone = nw.when(_gone(inputs, 0, _ahead(inputs, definition))).then(whole(1)).otherwise(whole(0))
            there = there.with_columns(gone=gone).filter(nw.col("gone") == whole(0))
        there = there.select("customer_no", *_names(inputs))
        if not ("customers" in inputs.tables and inputs.has("customers", "joined_on")):
            return there.with_columns(tenure=code(NO_TENURE))
        people = inputs.tables["customers"].select("customer_no", tenure=_tenure(origin))
        there = there.join(people, on="customer_no", how="left")
        return there.with_columns(tenure=nw.col("tenure").fill_null(code(NO_TENURE)))

    return _once(inputs, f"at_risk-{definition}-{origin}", rows)


def _names(inputs: Inputs) -> tuple[str, ...]:
    """What is told of who is at risk, as at the month end before."""
    tags = inputs.tags.get("customers", ())
    return ("institution_no", "kind", "tier", "products", "activity", "aum", *tags)


def ended(inputs: Inputs, definition: int, month: date) -> nw.LazyFrame[Any] | None:
    """Customers at risk in a month who did not stay: customer_no, institution_no, cause.

    None where it is not known who is at risk, or how the month ended.
    """
    origin = months_later(month, -1)
    if month not in inputs.months or not _is_told(inputs, definition, origin, (0, 1)):
        return None
    risk = at_risk(inputs, definition, origin)
    assert risk is not None
    places = risk.select("customer_no", "institution_no")

    def rows() -> nw.LazyFrame[Any]:
        gone = places.join(inputs.months[month].select("customer_no"), on="customer_no", how="anti")
        if "customers" in inputs.tables and inputs.has("customers", "exit_cause"):
            people = inputs.tables["customers"].select("customer_no", cause=_exit())
            gone = gone.join(people, on="customer_no", how="left")
            gone = gone.with_columns(cause=nw.col("cause").fill_null(code(CODE_OF["closed"])))
        else:
            gone = gone.with_columns(cause=code(CODE_OF["closed"]))
        if not has_silent(inputs):
            return gone
        silent = _silent_around(inputs, origin, _ages(inputs, definition, (0, 1)))
        silent = silent.filter(_gone(inputs, 1, _ahead(inputs, definition))).select("customer_no")
        quiet = places.join(silent, on="customer_no", how="inner")
        return nw.concat([gone, quiet.with_columns(cause=code(CODE_OF["silent"]))], how="vertical")

    return _once(inputs, f"ended-{definition}-{month}", rows)


def person_months(inputs: Inputs, definition: int, month: date) -> nw.LazyFrame[Any] | None:
    """Customers at risk in a month, as they were at the month end before it, and how they ended in it.

    As `at_risk` of the month end before, with `cause` (0 stays; else the code of CAUSES). Nothing of the
    month itself stands in the row but the cause. The tenure month at risk is tenure + 1. Closed churn: who is
    known to have been silent for silent_months is not at risk any more and left as `silent` in that month.
    """
    causes, risk = ended(inputs, definition, month), at_risk(inputs, definition, months_later(month, -1))
    if causes is None or risk is None:
        return None
    rows = risk.join(causes.select("customer_no", "cause"), on="customer_no", how="left")
    return rows.with_columns(cause=nw.col("cause").fill_null(code(STAYS)))


def _once(inputs: Inputs, name: str, rows: Callable[[], nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    """Worked out once a build, for half a dozen marts count the same customers."""
    return inputs.once(name, rows) if inputs.once else rows()
