"""What changed in the churn forecast since last month, who is silent already, and whether the list helped."""

from collections.abc import Mapping

import polars as pl

from data_access.subject import Ask, Measure, Metric, message
from data_access.sums import sum_of
from data_access.windows import always, months_later
from metrics.churn.change_marts import FOLLOW_SQUARES, STEPS
from metrics.churn.forecast import newest, newest_only
from metrics.churn.measures import DEFINITION, HORIZON
from metrics.churn.outlook import of_churn
from metrics.churn.settings import SILENT_MONTHS
from metrics.statistics.bounds import bounds
from metrics.statistics.intervals import Z95, difference, wilson

YEAR = 12


def bridge(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """From the leavers that last month's forecast expected to those expected now.

    One row per group and step. opening: expected a month ago. new: customers who came or came back since.
    left: who is gone for the cause that the forecast is of, with the chance they had; left_otherwise: for
    another (death, closed by the bank, the other kind of churn). moved_in and moved_out: between
    institutions, nil where both ends are in. saved: stayed, and their risk fell. worsened: stayed, and it
    rose. rescored: what learning one more month changed for the same customers. closing: expected now;
    opening + the others = closing.
    customers: those concerned; expected: leavers within the horizon.
    """
    frame = newest(rows["churn_bridge"], ask)
    frame = frame.filter(pl.col("horizon") == int(ask.parameters["horizon"]))
    sums = frame.group_by("group", "step").agg(sum_of("customers", "expected"))
    if not sums.height:
        return _EMPTY
    grid = ask.groups.join(pl.DataFrame({"step": range(len(STEPS))}), how="cross")
    found = grid.join(sums.cast({"step": pl.Int64}), on=["group", "step"], how="left", maintain_order="left")
    words = dict(enumerate(STEPS))
    return found.select(
        "group",
        pl.col("step").replace_strict(words, return_dtype=pl.String),
        pl.col("customers").fill_null(0),
        pl.col("expected").fill_null(0.0),
    )


_EMPTY = pl.DataFrame(
    schema={"group": pl.Int64, "step": pl.String, "customers": pl.Int64, "expected": pl.Float64}
)


def already_silent(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers who have been silent, but not yet long enough to be gone: they can still be woken.

    One row per group and months silent so far. customers and aum at the newest month end. stood: customers
    who had been silent as long in the twelve months before, as far as it is known how it ended; completed: of
    them those who stayed silent until they counted as gone; completion_rate = completed / stood with
    Wilson's 95 % interval.
    """
    frame = rows["churn_runs"]
    at = ask.months[-1]
    now = (
        frame.filter(pl.col("month") == at).group_by("group", "length").agg(pl.col("customers", "aum").sum())
    )
    year = frame.filter(pl.col("month").is_between(months_later(at, 1 - YEAR), at))
    then = year.group_by("group", "length").agg(
        stood=pl.col("resolved").sum(), completed=pl.col("completed").sum()
    )
    lengths = pl.DataFrame({"length": range(1, ask.policy.of(SILENT_MONTHS))}, schema={"length": pl.Int16})
    found = ask.groups.join(lengths, how="cross")
    for part in (now, then):
        found = found.join(part, on=["group", "length"], how="left", maintain_order="left")
    found = found.with_columns(pl.col("customers", "aum", "stood", "completed").fill_null(0))
    low, high = wilson(pl.col("completed"), pl.col("stood"))
    some = pl.when(pl.col("stood") > 0).then(pl.col("stood"))
    return found.select(
        "group",
        pl.col("length").cast(pl.Int64).alias("months"),
        "customers",
        "aum",
        "stood",
        "completed",
        completion_rate=pl.col("completed") / some,
        low=low,
        high=high,
    )


def follow_up(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Did last month's list help? What became of the customers it named, beside those just below the cut.

    Two rows per group: listed yes or no (as many with the next highest expected loss of the same manager).
    customers: on last month's list of closed churn, made with what was known then. contacted: spoken with
    since then by the day their duty ended, else within the month; contact_share. here: still delivered a
    month later; here_share. money_kept: their AUM now of their AUM then. Each share with its 95 % interval:
    Wilson's in contact_low, contact_high, low and high, of a ratio of sums in money_low and money_high. In
    the row of the listed here_difference is their here_share less that of the others, with Newcombe's
    interval. This is not an experiment: the two groups differ in what put them on the list.
    """
    names = ("customers", "contacted", "here", "held_before", "held_after", *FOLLOW_SQUARES)
    sums = rows["churn_follow_up"].group_by("group", "listed").agg(pl.col(names).sum())
    both = pl.DataFrame({"listed": [1, 0]}, schema={"listed": pl.Int16})
    found = ask.groups.join(both, how="cross").join(
        sums, on=["group", "listed"], how="left", maintain_order="left"
    )
    found = found.with_columns(pl.col(names).fill_null(0))
    found = found.with_columns(  # of the other row of the group
        pl.col(name).sum().over("group").sub(pl.col(name)).alias(f"other_{name}")
        for name in ("here", "customers")
    )
    some = pl.when(pl.col("customers") > 0).then(pl.col("customers"))
    low, high = wilson(pl.col("here"), pl.col("customers"))
    has_contacts = pl.lit(ask.has("contacts", "customer_id", "contacted_on"))
    contacted = pl.when(has_contacts).then(pl.col("contacted"))
    contact_low, contact_high = wilson(contacted, pl.col("customers"))
    pairs = [pl.col(name) for name in ("here", "customers", "other_here", "other_customers")]
    apart, is_compared = difference(*pairs), (pl.col("listed") == 1) & (pl.col("other_customers") > 0)
    is_compared &= pl.col("customers") > 0
    less = pl.col("here") / pl.col("customers") - pl.col("other_here") / pl.col("other_customers")
    held = pl.when(pl.col("held_before") > 0).then(pl.col("held_before"))
    kept, square = pl.col("held_after") / held, pl.col("before2")
    spread = pl.col("after2") - 2 * kept * pl.col("cross") + kept**2 * square
    half = Z95 * spread.clip(lower_bound=0).sqrt() / held
    return found.select(
        "group",
        pl.when(pl.col("listed") == 1).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("listed"),
        "customers",
        contacted=contacted,
        contact_share=contacted / some,
        contact_low=contact_low,
        contact_high=contact_high,
        here="here",
        here_share=pl.col("here") / some,
        low=low,
        high=high,
        here_difference=pl.when(is_compared).then(less),
        difference_low=pl.when(is_compared).then(apart[0]),
        difference_high=pl.when(is_compared).then(apart[1]),
        held_before="held_before",
        held_after="held_after",
        money_kept=kept,
        money_low=(kept - half).clip(lower_bound=0),
        money_high=kept + half,
    )


_AUM = ("customer_months", "aum")
_CUSTOMERS = Measure(name="customers", label=message("Customers"), unit="customers")
_BOUNDS = bounds("rate")
CHANGES: tuple[Metric, ...] = (
    of_churn(
        "bridge",
        message("What changed in the churn forecast"),
        bridge,
        {"churn_bridge": always},
        (
            Measure(name="step", label=message("Step"), unit="text"),
            _CUSTOMERS,
            Measure(name="expected", label=message("Expected leavers"), unit="customers", good=-1),
        ),
        DEFINITION,
        HORIZON,
        by=("kind",),
        filters=("kind",),
        only=newest_only,
        alone=True,
    ),
    of_churn(
        "already_silent",
        message("Silent already"),
        already_silent,
        {"churn_runs": always},
        (
            Measure(name="months", label=message("Months silent"), unit="count", additive=False),
            _CUSTOMERS,
            Measure(name="aum", label=message("AUM"), unit="money", needs=_AUM),
            Measure(name="stood", label=message("Silent as long in the last year"), unit="customers"),
            Measure(name="completed", label=message("Of them gone in the end"), unit="customers"),
            Measure(
                name="completion_rate",
                label=message("Gone in the end"),
                unit="rate",
                good=-1,
                part="completed",
                cases=("stood",),
            ),
            *_BOUNDS,
        ),
    ),
    of_churn(
        "follow_up",
        message("Did last month's list help?"),
        follow_up,
        {"churn_follow_up": always},
        (
            Measure(name="listed", label=message("On the list"), unit="text"),
            _CUSTOMERS,
            Measure(name="contacted", label=message("Contacted in time"), unit="customers"),
            Measure(
                name="contact_share",
                label=message("Contacted in time"),
                unit="rate",
                part="contacted",
                cases=("customers",),
            ),
            *bounds("rate", of="contact"),
            Measure(name="here", label=message("Still with the bank"), unit="customers"),
            Measure(
                name="here_share",
                label=message("Still with the bank"),
                unit="rate",
                good=1,
                part="here",
                cases=("customers",),
            ),
            *_BOUNDS,
            Measure(
                name="here_difference", label=message("More still here than just below the cut"), unit="rate"
            ),
            *bounds("rate", of="difference"),
            Measure(name="held_before", label=message("AUM then"), unit="money", needs=_AUM),
            Measure(name="held_after", label=message("AUM now"), unit="money", needs=_AUM),
            Measure(name="money_kept", label=message("Money kept"), unit="rate", good=1),
            *bounds("rate", of="money"),
        ),
    ),
)
