"""What retention curves and churn rates are read from: customers at risk and exits, by month with the bank.

churn_curves: institution × window × definition × kind × month with the bank (tenure + 1; -1: unknown since
when). Windows are the last 12 and 36 months that are told; `month` is the last delivered month end.
churn_curves_by: the same by tier; churn_curves_tags: the same by each of the bank's own tags. Both are booked
at the lowest institution with stored totals, for below it too few are at risk in each cell.
churn_rates: institution × calendar month × definition × kind × tier.

A month at risk is booked where the customer was at the month end before. So one who changes the institution
is under observation at the old one up to the change and at the new one from then on: nothing is counted twice
or at neither, all add up in any part of the tree, and no corrections are needed.
"""

from typing import Any

import narwhals as nw

from data_access.codes.literals import code, whole
from data_access.subject import Inputs, Mart
from metrics.churn.bands import CLOSED, CODE_OF, NO_TENURE, STAYS
from metrics.churn.marts import BACK, EXITS, NEEDS, cells_told, exit_counts, months_told, nobody
from metrics.churn.settings import OF_SILENCE
from metrics.churn.spells import OF_CUSTOMERS

WINDOWS, NO_CALENDAR = (12, 36), 0  # months; and the window of customers who are known by duration only
SUMS = ("at_risk", *EXITS)
CURVE = ("definition", "kind", "month", "tenure")
BY = (*CURVE, "tier")
TAGS = (*CURVE, "tag", "value")
RATES = ("month", "definition", "kind", "tier")
DURATION = ("customers.tenure", "customers.left")


def _by_nth(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Months at risk by the month with the bank that each of them is."""
    since = nw.col("tenure")
    nth = nw.when(since == code(NO_TENURE)).then(since).otherwise(since + code(1)).cast(nw.Int16)
    return rows.with_columns(tenure=nth)


def _counted(inputs: Inputs, keys: tuple[str, ...]) -> nw.LazyFrame[Any]:
    """The months at risk that this month makes known, by these keys."""
    cells = [_by_nth(rows) for rows in cells_told(inputs)]
    if not cells:
        return nobody(inputs, keys, SUMS)
    both = nw.concat(cells, how="vertical").group_by("institution_no", *keys)
    return both.agg(*[nw.col(name).cast(nw.Int64).sum() for name in SUMS])


def build_curves(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows of one month by month with the bank."""
    return _counted(inputs, CURVE)


def build_by(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The same by tier at the month end before."""
    return _counted(inputs, BY)


def build_rates(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The same by calendar month and tier, of all customers whether or not it is known since when."""
    return _counted(inputs, RATES)


def _tagged(rows: nw.LazyFrame[Any], inputs: Inputs) -> list[nw.LazyFrame[Any]]:
    """The rows once per own tag of the customers: `tag` is its number, `value` the customer's code."""
    return [
        rows.with_columns(tag=code(number), value=nw.col(tag))
        for number, tag in enumerate(inputs.tags["customers"])
    ]


def build_tags(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The curves once more for each of the bank's own tags of customers."""
    keys = ("institution_no", *TAGS)
    told = [_by_nth(rows) for *_, rows in months_told(inputs)]
    parts = [exit_counts(tagged, keys) for rows in told for tagged in _tagged(rows, inputs)]
    return nw.concat(parts, how="vertical") if parts else nobody(inputs, TAGS, SUMS)


def _numbers(counts: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """0 to 999 as rows, in words that every engine has."""
    start = counts.select(n=nw.len().cast(nw.Int64) * whole(0))

    def digits(place: int) -> nw.LazyFrame[Any]:
        parts = [start.select((nw.col("n") + whole(d * place)).alias(f"n{place}")) for d in range(10)]
        return nw.concat(parts, how="vertical")

    every = digits(1).join(digits(10), how="cross").join(digits(100), how="cross")
    return every.select(nth=nw.col("n1") + nw.col("n10") + nw.col("n100"))


def _durations(rows: nw.LazyFrame[Any], keys: tuple[str, ...]) -> nw.LazyFrame[Any]:
    """Customers known by duration only: at risk from the first month to the last, where those who left go.

    Counted by duration first, so a customer is never spread over months. Tenure 0 has no month at risk yet;
    who left before a month was over left in the first one.
    """
    left = nw.when(nw.col("left") == nw.lit("true", dtype=nw.String)).then(code(CODE_OF["closed"]))
    rows = rows.with_columns(
        month=nw.col("known_on"), cause=left.otherwise(code(STAYS)), tenure=nw.col("tenure").cast(nw.Int64)
    )
    early = (nw.col("tenure") == whole(0)) & (nw.col("cause") != code(STAYS))
    stay = nw.when(early).then(whole(1)).otherwise(nw.col("tenure"))
    rows = rows.with_columns(stay=nw.when(stay.is_null()).then(whole(NO_TENURE)).otherwise(stay)).drop(
        "tenure"
    )
    counts = exit_counts(rows, ("institution_no", "month", "stay", *keys))
    unknown = counts.filter(nw.col("stay") == whole(NO_TENURE)).with_columns(nth=nw.col("stay"))
    spread = counts.join(_numbers(counts), how="cross")
    spread = spread.filter((nw.col("nth") >= whole(1)) & (nw.col("nth") <= nw.col("stay")))
    last = nw.col("nth") == nw.col("stay")
    spread = spread.with_columns(
        nw.when(last).then(nw.col(name)).otherwise(whole(0)).alias(name) for name in EXITS
    )
    both = nw.concat([spread, unknown.select(*spread.collect_schema().names())], how="vertical").with_columns(
        tenure=nw.col("nth").cast(nw.Int16),
        window=code(NO_CALENDAR),
        definition=code(CLOSED),
    )
    place = ("institution_no", "window", "definition", "month", "tenure", *keys)
    return both.group_by(*place).agg(*[nw.col(name).sum() for name in SUMS])


def build_durations(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The curve of customers who are known by duration only."""
    return _durations(inputs.tables["customers"], ("kind",))


def build_duration_tags(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The same for each of the bank's own tags of customers."""
    tagged = _tagged(inputs.tables["customers"], inputs)
    parts = [_durations(rows, ("kind", "tag", "value")) for rows in tagged]
    return nw.concat(parts, how="vertical")


def _monthly(name: str, keys: tuple[str, ...], build: Any, **more: Any) -> Mart:
    return Mart(
        name=name,
        keys=keys,
        time="month",
        needs=NEEDS,
        build=build,
        monthly="customer_months",
        back=BACK,
        settings=OF_SILENCE,
        joins=OF_CUSTOMERS,
        counts=SUMS,
        **more,
    )


_TAGGED: dict[str, Any] = {"booked": "rolled", "tags_of": "customers"}
MARTS = (
    _monthly("churn_curves", ("window", *CURVE), build_curves, windows=WINDOWS),
    _monthly("churn_curves_by", ("window", *BY), build_by, windows=WINDOWS, booked="rolled"),
    _monthly("churn_curves_tags", ("window", *TAGS), build_tags, windows=WINDOWS, **_TAGGED),
    _monthly("churn_rates", RATES, build_rates),
    # the same two of a bank that delivers durations instead of months
    Mart(
        name="churn_curves",
        keys=("window", *CURVE),
        time="month",
        needs=DURATION,
        build=build_durations,
        counts=SUMS,
        unless="customer_months",
    ),
    Mart(
        name="churn_curves_tags",
        keys=("window", *TAGS),
        time="month",
        needs=DURATION,
        build=build_duration_tags,
        counts=SUMS,
        unless="customer_months",
        **_TAGGED,
    ),
)
