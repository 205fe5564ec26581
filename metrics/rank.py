"""The own place among institutions of the same level and peer group; the others stay unnamed."""

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
import polars as pl
from scipy.special import stdtrit

from data_access import periods
from data_access.errors import CallError, NotDelivered
from data_access.policy import Setting
from data_access.subject import Ask, Measure, Metric, More, Parameter, Period, Subject, message
from metrics.statistics.intervals import newcombe
from metrics.statistics.places import z_of

MONTHS, LEAST_MONTHS = 12, 6  # whose changes say how much a growth scatters; fewer say nothing
DAYS_A_MONTH = 365.25 / 12
PEER_RANKS = Setting("peer_ranks", True, "whether an institution is told its place among others")
SCHEMA = {
    "group": pl.Int64,
    "metric": pl.String,
    "by": pl.String,
    "rank": pl.Int64,
    "of": pl.Int64,
    "previous_rank": pl.Int64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "hidden": pl.String,
    "among": pl.String,
}


def own(_: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """The institution's place among open ones of its level and peer group, by the metrics of the cards.

    One row per group and metric (`metric`: only those, by their full names with commas between). Nobody is
    ranked by size. by: rate, a rate as it is or a count of customers as a part of all who were customers in
    the period; growth, a stock by its growth since the date compared with. rank 1 is best: the most, or the
    least where less is better; equal values share the better place. of: how many have a value; where the
    peer group has fewer than five (policy `peers_least`), those of the whole level; still fewer: no place,
    hidden says why. previous_rank: the place at the period compared with. rank_low and rank_high: the
    places from which the own one cannot be told, with all peers looked at together at 95 % (Bonferroni):
    rates by Newcombe's interval of each difference, growth by the scatter of each one's own monthly changes
    of the last twelve months (fewer than six: no place). Where these are all places there is no rank.
    among: group or level. Institutions that are closed, excluded or only partly granted have none.
    """
    more = ask.more
    assert more is not None
    wanted = ask.parameters["metric"]
    found = []
    ranked = _ranked_by(more)
    for full in ranked if wanted == "all" else wanted.split(","):
        name, _sign, column = full.rpartition(".")
        metric = more.declared.get(name)
        if metric is None or column not in {measure.name for measure in metric.columns}:
            if wanted != "all":
                raise CallError(
                    "There is no metric “{name}”. Known: {known}.", name=full, known=", ".join(ranked)
                )
            continue
        measure = metric.measure(column)
        whole = periods.whole_months(ask.period) if metric.grain == "month" else ask.period
        earlier = periods.compared(whole, ask.comparison, flow=measure.flow)
        try:
            if measure.flow:
                now, past = _rates(more, name, measure, ask.period), _rates(more, name, measure, earlier)
            else:
                before = periods.compared(earlier, ask.comparison, flow=False)
                now = _growth(more, name, measure, ask.period, earlier)
                past = _growth(more, name, measure, earlier, before)
                now = now.join(_scatter(more, name, measure, whole, earlier), on="peer", how="left")
        except NotDelivered:
            continue
        placed = _placed(now, measure, ask.policy.peers_least)
        order = _order(past, measure).select("group", previous_rank="rank")
        both = placed.join(order, on="group", how="left")
        found.append(both.with_columns(metric=pl.lit(full), by=pl.lit("rate" if measure.flow else "growth")))
    if not found or not ask.policy.of(PEER_RANKS):
        return pl.DataFrame(schema=SCHEMA)
    frame = pl.concat(found, how="diagonal").select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )
    return frame.sort("group", maintain_order=True)


def _ranked_by(more: More) -> list[str]:
    """The metrics with their column by which places are told."""
    return [
        f"{name}.{measure.name}"
        for name, metric in more.declared.items()
        for measure in metric.columns
        if measure.ranked
    ]


def _rates(more: More, name: str, measure: Measure, period: Period) -> pl.DataFrame:
    """value, part and cases of every peer: of a rate, or of a count that is a part of others."""
    part, of = measure.part or measure.name, measure.cases if measure.part else measure.per
    peers = more.place(name, tuple(dict.fromkeys((measure.name, part, *of))), period)
    cases = pl.sum_horizontal(*of)
    rate = pl.when(cases > 0).then(pl.col(part) / cases)
    peers = peers.with_columns(value=rate, part=pl.col(part), cases=cases)
    return peers.filter(pl.col("value").is_not_null())


def _growth(more: More, name: str, measure: Measure, now: Period, past: Period) -> pl.DataFrame:
    """value: the logarithm of now over then; who had nothing, or has, did not grow."""
    column = measure.name
    then = more.place(name, (column,), past).select("group", "peer", before=column)
    both = more.place(name, (column,), now).join(then, on=["group", "peer"])
    both = both.filter((pl.col(column) > 0) & (pl.col("before") > 0))
    return both.with_columns(value=(pl.col(column) / pl.col("before")).log())


def _scatter(more: More, name: str, measure: Measure, now: Period, past: Period) -> pl.DataFrame:
    """peer, error, steps: how far the growth between two dates scatters, by the own monthly changes."""
    months = more.place_months(name, measure.name, MONTHS + 1).filter(pl.col("value") > 0)
    months = months.sort("peer", "month").with_columns(
        step=(pl.col("value") / pl.col("value").shift(1)).log().over("peer")
    )
    between = max((now.last - past.last).days, 1) / DAYS_A_MONTH
    told = months.group_by("peer").agg(
        error=pl.col("step").std() * between**0.5, steps=pl.col("step").is_not_null().sum()
    )
    return told.filter(pl.col("steps") >= LEAST_MONTHS)


def _order(peers: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """group, among, of, rank of the own value; groups without one are left out."""
    mine = peers.filter("own").select("group", mine="value")
    better = pl.col("value") < pl.col("mine") if measure.good < 0 else pl.col("value") > pl.col("mine")
    both = peers.join(mine, on="group").with_columns(better=better)
    counted = both.group_by("group").agg(
        among=pl.col("among").first(),
        of=pl.len().cast(pl.Int64),
        rank=1 + pl.col("better").sum().cast(pl.Int64),
    )
    return counted.sort("group")


def _placed(peers: pl.DataFrame, measure: Measure, least: int) -> pl.DataFrame:
    """group, among, of, rank, rank_low, rank_high, hidden."""
    places = _order(peers, measure)
    doubt = ("part", "cases") if measure.flow else ("error", "steps")
    mine = peers.filter("own").select("group", mine="value", **{f"my_{name}": name for name in doubt})
    both = peers.join(mine, on="group").join(places.select("group", "of"), on="group").filter(~pl.col("own"))
    apart = _rates_apart if measure.flow else _growth_apart
    parts = [apart(rows, z_of(rows["of"][0] - 1)) for _, rows in both.group_by("of", maintain_order=True)]
    counted = (
        pl.concat([both.with_columns(apart=pl.lit(None, dtype=pl.Boolean)).clear(), *parts])
        .with_columns(better=(pl.col("value") < pl.col("mine")) == pl.lit(measure.good < 0))
        .group_by("group")
        .agg(
            ahead=(pl.col("apart") & pl.col("better")).sum().cast(pl.Int64),
            behind=(pl.col("apart") & ~pl.col("better")).sum().cast(pl.Int64),
        )
    )
    told = (
        places.join(counted, on="group", how="left")
        .join(mine, on="group")
        .with_columns(
            rank_low=1 + pl.col("ahead").fill_null(0), rank_high=pl.col("of") - pl.col("behind").fill_null(0)
        )
    )
    hidden = (
        pl.when(pl.col("of") < least)
        .then(pl.lit(f"n<{least}"))
        .when(pl.col(f"my_{doubt[0]}").is_null())
        .then(pl.lit(f"months<{LEAST_MONTHS + 1}"))
    )
    told = told.with_columns(hidden=hidden)
    all_places = (pl.col("rank_high") - pl.col("rank_low") == pl.col("of") - 1) & (pl.col("of") > 1)
    some = pl.col("hidden").is_null()
    return told.select(
        "group",
        "among",
        "hidden",
        rank=pl.when(some & ~all_places).then("rank"),
        **{name: pl.when(some).then(name) for name in ("of", "rank_low", "rank_high")},
    )


def _rates_apart(rows: pl.DataFrame, z: float) -> pl.DataFrame:
    """Whether each peer's rate and the own one differ by so many errors."""
    return rows.with_columns(apart=newcombe(*map(pl.col, ("part", "cases", "my_part", "my_cases")), z=z))


def _growth_apart(rows: pl.DataFrame, z: float) -> pl.DataFrame:
    """The same of growth; the few months that an error rests on make the limit wider (Student's t)."""
    steps = rows.select(pl.min_horizontal("steps", "my_steps")).to_series().to_numpy()
    limit = pl.Series(stdtrit(np.maximum(steps.astype(float) - 1, 1.0), NormalDist().cdf(z)))
    away, error = pl.col("value") - pl.col("mine"), (pl.col("error") ** 2 + pl.col("my_error") ** 2).sqrt()
    return rows.with_columns(apart=away.abs() > limit * error)


SUBJECT = Subject(
    "rank",
    settings=(PEER_RANKS,),
    metrics=(
        Metric(
            name="rank.own",
            label=message("Own place"),
            compute=own,
            marts={},
            columns=(
                Measure(name="metric", label=message("Metric"), unit="text"),
                Measure(
                    name="by",
                    label=message("Ranked by"),
                    unit="text",
                    definition=message("A stock by its growth, a count by its part of the customers."),
                ),
                Measure(name="rank", label=message("Place"), unit="count", additive=False),
                Measure(name="of", label=message("Institutions compared"), unit="count", additive=False),
                Measure(name="previous_rank", label=message("Place before"), unit="count", additive=False),
                Measure(
                    name="rank_low", label=message("Best place it could be"), unit="count", additive=False
                ),
                Measure(
                    name="rank_high", label=message("Worst place it could be"), unit="count", additive=False
                ),
                Measure(name="hidden", label=message("Why there is no place"), unit="text"),
                Measure(
                    name="among",
                    label=message("Compared with"),
                    unit="text",
                    definition=message("The peer group, or the level."),
                ),
            ),
            grain="day",
            parameters=(
                Parameter("metric", "all", message("Metrics by their full names, with commas between.")),
            ),
        ),
    ),
)
