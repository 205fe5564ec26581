"""Why deals are won or lost: reasons, competitors, owners, and children that differ from the others.

What the mart holds: `metrics/funnel/reasons_marts.py`.
"""

from collections.abc import Mapping

import polars as pl

from data_access.subject import Ask, Measure, Metric, message
from metrics.funnel.marts import LABELS, LOST, WON
from metrics.funnel.stages import in_period
from metrics.funnel.times import from_start
from metrics.statistics.bounds import bounds
from metrics.statistics.intervals import newcombe, wilson


def _counted(rows: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Won and lost deals of the period with their amounts, per group."""
    rows = rows.filter(pl.col("day").is_between(ask.period.first, ask.period.last))
    split = {
        f"{name}{suffix}": pl.when(pl.col("outcome") == code).then(pl.col(column)).otherwise(0)
        for name, code in (("won", WON), ("lost", LOST))
        for suffix, column in (("", "deals"), ("_amount", "amount"))
    }
    return ask.sums(rows.with_columns(**split), *split)


def losses(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Why deals were lost in the period, or to whom.

    One row per group; asked by lost_reason or competitor. lost, lost_amount (expected amounts): deals lost;
    share = lost / all lost deals of the groups shown, with Wilson's 95 % interval, null without any; won:
    deals won although the same competitor was named. Reasons that are not delivered are “unknown”.
    """
    frame = _counted(rows["endings"], ask).with_columns(all_lost=pl.col("lost").sum())
    low, high = wilson(pl.col("lost"), pl.col("all_lost"))
    known = pl.lit(ask.has("opportunities", "expected_amount"))
    return frame.select(
        "group",
        "lost",
        lost_amount=pl.when(known).then("lost_amount"),
        share=pl.when(pl.col("all_lost") > 0).then(pl.col("lost") / pl.col("all_lost")),
        low=low,
        high=high,
        won="won",
    )


def owners(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How the deals of each relationship manager ended in the period.

    One row per group; asked by manager. won, lost, won_amount by closing day; win_rate = won / (won + lost)
    with Wilson's 95 % interval. The owner is today's.
    """
    frame = _counted(rows["endings"], ask)
    n = pl.col("won") + pl.col("lost")
    low, high = wilson(pl.col("won"), n)
    known = pl.lit(ask.has("opportunities", "amount"))
    return frame.select(
        "group",
        "won",
        "lost",
        win_rate=pl.when(n > 0).then(pl.col("won") / n),
        low=low,
        high=high,
        won_amount=pl.when(known).then("won_amount"),
    )


def peers(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Which groups close fewer or more of their deals than the others beyond chance, and what is at stake.

    One row per group of the breakdown; without a breakdown there is nobody to compare with and the
    comparison is null. decided: won and lost deals of the period; win_rate as in funnel.outcomes; peer_rate:
    that of all other groups together; differs: 1 better, -1 worse beyond chance (Newcombe's 95 %
    interval of the difference excludes 0), 0 not distinguishable or fewer than the policy's floor of
    decided deals. at_stake = (peer_rate − win_rate) × decided × won amount per won deal of all groups: what
    closing like the others would have brought; only where differs is -1.
    """
    decisions = rows["decisions"].filter(pl.col("day").is_between(ask.period.first, ask.period.last))
    is_won = pl.col("outcome") == WON
    tall = decisions.with_columns(
        won=pl.when(is_won).then("deals").otherwise(0),
        decided=pl.when(pl.col("outcome").is_in([WON, LOST])).then("deals").otherwise(0),
        amount=pl.when(is_won).then("amount").otherwise(0),
        priced=pl.when(is_won).then("priced").otherwise(0),
    )
    frame = ask.sums(tall, "won", "decided", "amount", "priced")
    others = {name: pl.col(name).sum() - pl.col(name) for name in ("won", "decided")}
    frame = frame.with_columns(
        other_won=others["won"],
        other_decided=others["decided"],
        size=pl.when(pl.col("priced").sum() > 0).then(pl.col("amount").sum() / pl.col("priced").sum()),
    )
    rate = pl.when(pl.col("decided") > 0).then(pl.col("won") / pl.col("decided"))
    peer = pl.when((pl.col("decided") > 0) & (pl.col("other_decided") > 0)).then(
        pl.col("other_won") / pl.col("other_decided")
    )
    enough = pl.min_horizontal("decided", "other_decided") >= ask.policy.floor_rank
    beyond = newcombe(pl.col("won"), pl.col("decided"), pl.col("other_won"), pl.col("other_decided"))
    side = pl.when(rate > peer).then(1).otherwise(-1)
    frame = frame.with_columns(win_rate=rate, peer_rate=peer).with_columns(
        differs=pl.when(pl.col("peer_rate").is_null() | pl.col("win_rate").is_null())
        .then(None)
        .when(enough & beyond)
        .then(side)
        .otherwise(0)
    )
    known = pl.lit(ask.has("opportunities", "amount")) & (pl.col("differs") == -1)
    stake = (pl.col("peer_rate") - pl.col("win_rate")) * pl.col("decided") * pl.col("size")
    return frame.select(
        "group", "decided", "win_rate", "peer_rate", "differs", at_stake=pl.when(known).then(stake)
    )


_OPP = "opportunities"
_LOW, _HIGH = bounds("rate")
_LOST = Measure(
    name="lost",
    label=message("Lost deals"),
    unit="deals",
    definition=message("Deals lost, by closing day."),
    flow=True,
    good=-1,
)
_WON = Measure(
    name="won",
    label=message("Won deals"),
    unit="deals",
    definition=message("Deals won, by closing day."),
    flow=True,
    good=1,
)
_RATE = Measure(
    name="win_rate",
    label=message("Closing rate"),
    unit="rate",
    definition=message("Won, of all deals won or lost in the period."),
    flow=True,
    good=1,
    part="won",
    cases=("won", "lost"),
)
METRICS = (
    Metric(
        name="funnel.losses",
        label=message("Why deals were lost"),
        compute=losses,
        alone=True,
        marts={"endings": in_period},
        columns=(
            _LOST,
            Measure(
                name="lost_amount",
                label=message("Lost amount"),
                unit="money",
                definition=message("Expected amount of the lost deals."),
                flow=True,
                good=-1,
                needs=(_OPP, "expected_amount"),
            ),
            Measure(
                name="share",
                label=message("Share of lost deals"),
                unit="rate",
                part="lost",
                cases=("lost",),
            ),
            _LOW,
            _HIGH,
            _WON,
        ),
        grain="day",
        dimensions=("lost_reason", "competitor", "kind", "tier"),
        needs=(_OPP,),
    ),
    Metric(
        name="funnel.owners",
        label=message("Closing by relationship manager"),
        compute=owners,
        marts={"endings": in_period},
        columns=(
            _WON,
            _LOST,
            _RATE,
            _LOW,
            _HIGH,
            Measure(
                name="won_amount",
                label=message("Closed amount"),
                unit="money",
                definition=message("Amount of the deals won in the period."),
                flow=True,
                good=1,
                needs=(_OPP, "amount"),
            ),
        ),
        grain="day",
        dimensions=("manager", "kind", "tier"),
        needs=(_OPP,),
    ),
    Metric(
        name="funnel.peers",
        label=message("Closing against the others"),
        compute=peers,
        alone=True,
        marts={"decisions": from_start},
        columns=(
            Measure(name="decided", label=message("Decided deals"), unit="deals", flow=True),
            Measure(name="win_rate", label=message("Closing rate"), unit="rate", flow=True, good=1),
            Measure(name="peer_rate", label=message("Closing rate of the others"), unit="rate", flow=True),
            Measure(name="differs", label=message("Differs beyond chance"), unit="count", additive=False),
            Measure(
                name="at_stake",
                label=message("Amount at stake"),
                unit="money",
                definition=message("What closing like the others would have brought."),
                good=-1,
                needs=(_OPP, "amount"),
                additive=False,
            ),
        ),
        grain="day",
        dimensions=(*LABELS, "kind", "tier"),
        tags_of=_OPP,
        needs=(_OPP,),
    ),
)
