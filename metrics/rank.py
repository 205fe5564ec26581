"""The own place among institutions of the same level and peer group; the others stay unnamed."""

from collections.abc import Mapping

import polars as pl

from data_access import periods
from data_access.errors import CallError, NotDelivered
from data_access.policy import Setting
from data_access.subject import Ask, Measure, Metric, More, Parameter, Period, Subject, message
from metrics.statistics.intervals import newcombe

PEER_RANKS = Setting("peer_ranks", True, "whether an institution is told its place among others")
SCHEMA = {
    "group": pl.Int64,
    "metric": pl.String,
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

    One row per group and metric (`metric`: only one of them, by its full name). rank 1 is best: the most, or
    the least where less is better; equal values share the better place. of: how many have a value; where the
    peer group has fewer than five (policy `peers_least`), those of the whole level; still fewer: no place,
    hidden says why. previous_rank: the place at the period compared with. rank_low and rank_high: of a rate,
    the places from which the own one cannot be told at 95 % (Newcombe's interval of each difference); of
    anything else the rank itself. among: group or level. Institutions that are closed, excluded or only
    partly granted have none.
    """
    more = ask.more
    assert more is not None
    wanted = ask.parameters["metric"]
    found = []
    ranked = _ranked_by(more)
    for full in ranked if wanted == "all" else (wanted,):
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
            now = _ranked(
                more, name, column, ask.period, measure.good, bool(measure.part), ask.policy.peers_least
            )
            past = _ranked(more, name, column, earlier, measure.good, False, ask.policy.peers_least)
        except NotDelivered:
            continue
        both = now.join(past.select("group", previous_rank="rank"), on="group", how="left")
        found.append(both.with_columns(metric=pl.lit(full)))
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


def _ranked(
    more: More, name: str, column: str, period: Period, good: int, is_rate: bool, least: int
) -> pl.DataFrame:
    """group, rank, of, rank_low, rank_high, hidden; groups without a value of their own are left out."""
    peers = more.place(name, column, period)
    self_ = peers.filter("own").select("group", mine="value", my_part="part", my_cases="cases")
    both = peers.join(self_, on="group").with_columns(
        better=pl.col("value") < pl.col("mine") if good < 0 else pl.col("value") > pl.col("mine")
    )
    if is_rate:
        both = both.with_columns(differs=newcombe(*map(pl.col, ("part", "cases", "my_part", "my_cases"))))
    else:
        both = both.with_columns(differs=pl.col("value") != pl.col("mine"))
    counted = both.group_by("group").agg(
        among=pl.col("among").first(),
        of=pl.len().cast(pl.Int64),
        rank=1 + pl.col("better").sum().cast(pl.Int64),
        surely_better=(pl.col("better") & pl.col("differs")).sum().cast(pl.Int64),
        surely_worse=(~pl.col("better") & pl.col("differs") & ~pl.col("own")).sum().cast(pl.Int64),
    )
    few = pl.col("of") < least
    low = 1 + pl.col("surely_better") if is_rate else pl.col("rank")
    high = pl.col("of") - pl.col("surely_worse") if is_rate else pl.col("rank")
    told = {"rank": pl.col("rank"), "of": pl.col("of"), "rank_low": low, "rank_high": high}
    return counted.sort("group").select(
        "group",
        *(pl.when(~few).then(value).alias(key) for key, value in told.items()),
        among="among",
        hidden=pl.when(few).then(pl.lit("n<") + pl.lit(str(least))),
    )


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
                Measure(name="rank", label=message("Place"), unit="count"),
                Measure(name="of", label=message("Institutions compared"), unit="count"),
                Measure(name="previous_rank", label=message("Place before"), unit="count"),
                Measure(name="rank_low", label=message("Best place it could be"), unit="count"),
                Measure(name="rank_high", label=message("Worst place it could be"), unit="count"),
                Measure(name="hidden", label=message("Why there is no place"), unit="text"),
                Measure(
                    name="among",
                    label=message("Compared with"),
                    unit="text",
                    definition=message("The peer group, or the level."),
                ),
            ),
            grain="day",
            parameters=(Parameter("metric", "all", message("One metric by its full name.")),),
        ),
    ),
)
