"""Satisfaction compared: control limits, shrunken scores, parts of a change, the rest, the index.

All of it rests on the NPS, satisfaction rate and effort of the same groups (`summary.py`), so
what is hidden there is hidden here.
"""

import numpy as np
import polars as pl

from data_access import periods
from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, More, Period, message
from metrics.satisfaction.measures import APART, CONTRIBUTION, INDEX, RANKING, SURVEY
from metrics.satisfaction.settings import (
    INDEX_COMPLAINTS,
    INDEX_COMPLAINTS_WORST,
    INDEX_CSAT,
    INDEX_EFFORT,
    INDEX_NPS,
)
from metrics.satisfaction.summary import Compute, Rows
from metrics.statistics.intervals import Z95
from metrics.statistics.places import ranges
from metrics.statistics.scores import Z998, nps_of, spread, told, yes_or_no
from metrics.statistics.shrinkage import shrunken

BASE = ("n", "promoters", "passives", "detractors", "nps", "se", "hidden")


def _more(ask: Ask) -> More:
    assert ask.more is not None
    return ask.more


def _nps(ask: Ask, period: Period) -> pl.DataFrame:
    """The NPS of every group, in the order of the groups."""
    found = _more(ask).metric("satisfaction.nps", BASE[:-1], period, survey=ask.parameters["survey"])
    return ask.groups.join(found.select("group", *BASE), on="group", how="left", maintain_order="left")


def _whole(ask: Ask, period: Period) -> dict[str, float | None]:
    """The NPS of all groups together."""
    found = _more(ask).whole("satisfaction.nps", BASE[:-1], period, survey=ask.parameters["survey"])
    return found.row(0, named=True)


def ranking(_: Rows, ask: Ask) -> pl.DataFrame:
    """Scores of institutions beside their control limits: who differs from all together beyond chance.

    One row per institution below or of a level. Limits around the score of all together at 95 % and 99.8 %,
    widened by the spread that is usual between institutions (over-dispersion, z-scores winsorised at 10 %);
    outside: above_95, above_998, below_95, below_998, else within. shrunken: the score drawn towards the
    middle of those compared as far as chance explains its difference, with its 95 % interval low–high that
    holds the doubt about the middle and about how much institutions differ. rank: by it, 1 the best;
    rank_low–rank_high: the places from which the scores do not tell it apart, every pair of those compared
    looked at together; where these are all places there is no rank.
    by_chance: how many of those compared would lie outside the 95 % limits if none differed. Institutions
    with fewer than thirty answers (policy `floor_rank`) are not ranked.
    """
    frame, whole = _nps(ask, ask.period), _whole(ask, ask.period)
    ranked = frame.filter((pl.col("n") >= ask.policy.floor_rank) & pl.col("nps").is_not_null())
    empty = {
        "centre": pl.Float64,
        "sigma": pl.Float64,
        "tau": pl.Float64,
        "limit_low": pl.Float64,
        "limit_high": pl.Float64,
        "outside": pl.String,
        "shrunken": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "rank": pl.Int64,
        "rank_low": pl.Int64,
        "rank_high": pl.Int64,
        "by_chance": pl.Float64,
    }
    base = frame.select("group", "n", score="nps", hidden="hidden")
    if ranked.height < 2 or whole["nps"] is None or not whole["n"]:
        return told(
            base.with_columns(pl.lit(None, dtype=kind).alias(c) for c, kind in empty.items()), RANKING
        )
    centre, n = float(whole["nps"]), float(whole["n"])
    p, d = float(whole["promoters"] or 0) / n, float(whole["detractors"] or 0) / n
    sigma = 100 * float(np.sqrt(max(p + d - (p - d) ** 2, 1 / n)))
    counts, scores, errors = (ranked[name].to_numpy().astype(float) for name in ("n", "nps", "se"))
    expected = sigma / np.sqrt(counts)
    limits = spread(scores, expected, centre)
    half = np.sqrt(expected**2 + limits.tau2)
    drawn, low, high = shrunken(scores, errors)
    # of few answers the own error may be small by chance, and the largest of many differences finds it
    best, worst = ranges(scores, np.maximum(errors, expected))
    side = np.where(scores > centre, "above", "below")
    far = np.abs(scores - centre) / half
    outside = [
        f"{s}_998" if z > Z998 else f"{s}_95" if z > Z95 else "within" for s, z in zip(side, far, strict=True)
    ]
    found = ranked.select(
        "group",
        centre=pl.lit(centre),
        sigma=pl.lit(sigma),
        tau=pl.lit(float(np.sqrt(limits.tau2))),
        limit_low=pl.Series(centre - Z95 * half).clip(-100, 100),
        limit_high=pl.Series(centre + Z95 * half).clip(-100, 100),
        outside=pl.Series(outside, dtype=pl.String),
        shrunken=pl.Series(drawn),
        low=pl.Series(low).clip(-100, 100),
        high=pl.Series(high).clip(-100, 100),
        rank=pl.Series(drawn).rank("min", descending=True).cast(pl.Int64),
        rank_low=pl.Series(best),
        rank_high=pl.Series(worst),
        by_chance=pl.lit(0.05 * ranked.height),
    )
    found = found.with_columns(
        rank=pl.when(pl.col("rank_high") - pl.col("rank_low") < ranked.height - 1).then("rank"),
        rank_low=pl.min_horizontal("rank_low", "rank"),
        rank_high=pl.max_horizontal("rank_high", "rank"),
    )
    return told(base.join(found, on="group", how="left", maintain_order="left"), RANKING)


def contribution(_: Rows, ask: Ask) -> pl.DataFrame:
    """What each institution contributes to the change of the NPS against the comparison, in points.

    One row per group. contribution = mix + score: mix is the change of its share of all answers times how
    far its score lies from that of all together, score the change of its own score times its share (both at
    the mean of the two periods). Where nothing is hidden the contributions sum to change, that of all
    together, exactly; what is hidden stays out of the rows and is the difference.
    """
    earlier = periods.compared(ask.period, ask.comparison, flow=True)
    now, past = _nps(ask, ask.period), _nps(ask, earlier)
    whole, before = _whole(ask, ask.period), _whole(ask, earlier)
    both = now.join(
        past.select("group", n_before="n", nps_before="nps", hidden_before="hidden"),
        on="group",
        how="left",
        maintain_order="left",
    )
    none = pl.lit(None, dtype=pl.Float64)
    said = both.select(
        "group", "n", "n_before", "nps", "nps_before", hidden=pl.coalesce("hidden", "hidden_before")
    )
    if whole["nps"] is None or before["nps"] is None or not whole["n"] or not before["n"]:
        said = said.with_columns(mix=none, score=none, contribution=none, change=none)
        return told(said, CONTRIBUTION)
    share, share_before = pl.col("n") / whole["n"], pl.col("n_before") / before["n"]
    score, score_before = pl.coalesce("nps", "nps_before"), pl.coalesce("nps_before", "nps")
    middle = (whole["nps"] + before["nps"]) / 2
    mix = (share - share_before) * ((score + score_before) / 2 - middle)
    own = (score - score_before) * (share + share_before) / 2
    known = pl.when(pl.col("hidden").is_null())
    said = said.with_columns(
        mix=known.then(mix.fill_null(0.0)),
        score=known.then(own.fill_null(0.0)),
        change=pl.lit(whole["nps"] - before["nps"]),
    )
    return told(said.with_columns(contribution=pl.col("mix") + pl.col("score")), CONTRIBUTION)


def apart(_: Rows, ask: Ask) -> pl.DataFrame:
    """The institution's NPS against the rest of its parent: the difference, and whether it is chance.

    One row per group. rest_n, rest_nps: all answers of the parent less the own ones (of a breakdown: all
    groups less this one); difference = nps − rest_nps with its 95 % interval low–high; significant: 0 lies
    outside, null where either side has fewer than thirty answers (policy `floor_rank`). All null where the
    parent has fewer than five institutions, or either side is hidden.
    """
    frame = _nps(ask, ask.period)
    if ask.groups.height > 1:
        around: dict[str, float | None] | None = _whole(ask, ask.period)
    else:
        found = _more(ask).reference(
            "satisfaction.nps", BASE[:-1], ask.period, survey=ask.parameters["survey"]
        )
        around = None if found is None else found.row(0, named=True)
    if around is None or around["nps"] is None:
        around = dict.fromkeys(BASE)
    rest = {
        name: pl.lit(around[name], dtype=pl.Int64) - pl.col(name) for name in ("n", "promoters", "detractors")
    }
    frame = frame.with_columns(**{f"rest_{name}": value for name, value in rest.items()})
    told_rest = pl.when(pl.col("rest_n") >= ask.policy.floor_score)
    rest_nps, rest_error = nps_of(*(pl.col(f"rest_{name}") for name in ("promoters", "detractors", "n")))
    frame = frame.with_columns(
        rest_n=told_rest.then("rest_n"), rest_nps=told_rest.then(rest_nps), rest_se=told_rest.then(rest_error)
    ).with_columns(difference=pl.col("nps") - pl.col("rest_nps"))
    half = Z95 * (pl.col("se") ** 2 + pl.col("rest_se") ** 2).sqrt()
    enough = pl.when(pl.min_horizontal("n", "rest_n") >= ask.policy.floor_rank)
    frame = frame.select(
        "group",
        "n",
        "nps",
        "rest_n",
        "rest_nps",
        "difference",
        low=pl.col("difference") - half,
        high=pl.col("difference") + half,
        significant=enough.then(yes_or_no(pl.col("difference").abs() > half)),
        hidden="hidden",
    )
    return told(frame, APART)


WEIGHTS = {"nps": INDEX_NPS, "csat": INDEX_CSAT, "effort": INDEX_EFFORT, "complaints": INDEX_COMPLAINTS}
PARTS = {  # part → metric, column, how it is scaled to 0–100
    "nps": ("satisfaction.nps", "nps"),
    "csat": ("satisfaction.csat", "top2_rate"),
    "effort": ("satisfaction.effort", "rate"),
    "complaints": ("complaints.summary", "per_10k"),
}


def _part(ask: Ask, part: str) -> pl.DataFrame | None:
    """A part of the index by group, scaled to 0–100; None where the bank does not deliver it."""
    name, column = PARTS[part]
    metric = _more(ask).declared.get(name)
    told = part == "complaints" or ask.has("surveys", part)
    if metric is None or not told:
        return None
    parameters = {"survey": ask.parameters["survey"]} if part != "complaints" else {}
    try:
        found = _more(ask).metric(name, (column,), ask.period, **parameters)
    except NotDelivered:
        return None
    value = pl.col(column).cast(pl.Float64)
    first, last = ask.period.first, ask.period.last
    months = 12 * (last.year - first.year) + last.month - first.month + 1  # always whole ones
    worst = ask.policy.of(INDEX_COMPLAINTS_WORST) * months
    scaled = {"nps": (value + 100) / 2, "complaints": 100 - 100 * value / worst}
    hidden = pl.col("hidden") if "hidden" in found.columns else pl.lit(None, dtype=pl.String)
    return found.select(
        "group", scaled.get(part, 100 * value).clip(0, 100).alias(part), hidden.alias(f"{part}_hidden")
    )


def index(_: Rows, ask: Ask) -> pl.DataFrame:
    """Satisfaction in one number from 0 to 100: NPS, satisfaction rate, effort and complaints, weighted.

    One row per group. Each part is scaled to 0–100 and shown: NPS from −100 to 100, satisfaction rate and
    effort as their percentages, complaints per 10,000 customers and month from the policy's worst (0) to
    none (100).
    Weights are the policy's (`index_nps` …); a part without answers or that is not delivered drops out, the
    other weights grow to 1 and left_out names it. weight: the sum of the weights that were used. A part that
    is hidden hides the index.
    """
    frame, names = ask.groups.with_columns(hidden=pl.lit(None, dtype=pl.String)), list(PARTS)
    for part in names:
        found = _part(ask, part)
        if found is None:
            frame = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(part))
            continue
        frame = frame.join(found, on="group", how="left", maintain_order="left")
        frame = frame.with_columns(hidden=pl.coalesce("hidden", f"{part}_hidden")).drop(f"{part}_hidden")
    weights = {part: float(ask.policy.of(WEIGHTS[part])) for part in names}
    used = [pl.when(pl.col(part).is_not_null()).then(weights[part]).otherwise(0.0) for part in names]
    total = pl.sum_horizontal(used)
    value = pl.sum_horizontal(pl.col(part).fill_null(0) * weights[part] for part in names)
    missing = [pl.when(pl.col(part).is_null()).then(pl.lit(part)) for part in names]
    known = pl.when((total > 0) & pl.col("hidden").is_null())
    frame = frame.select(
        "group",
        index=known.then(value / total),
        **{part: pl.when(pl.col("hidden").is_null()).then(pl.col(part)) for part in names},
        weight=known.then(total),
        left_out=pl.concat_str(missing, separator=",", ignore_nulls=True),
        hidden="hidden",
    )
    return told(frame, INDEX)


def _metric(
    name: str, label: str, compute: Compute, columns: tuple[Measure, ...], *, alone: bool = True
) -> Metric:
    return Metric(
        name=name,
        label=label,
        compute=compute,
        marts={},
        columns=columns,
        grain="day",
        parameters=(SURVEY,),
        needs=("surveys",),
        protected=True,
        alone=alone,
    )


METRICS = (
    _metric("satisfaction.ranking", message("NPS and control limits"), ranking, RANKING),
    _metric(
        "satisfaction.contribution",
        message("Contributions to the change of the NPS"),
        contribution,
        CONTRIBUTION,
    ),
    _metric("satisfaction.apart", message("NPS against the rest of the parent"), apart, APART),
    _metric("satisfaction.index", message("Satisfaction index"), index, INDEX, alone=False),
)
