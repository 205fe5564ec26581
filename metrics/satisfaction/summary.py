"""Satisfaction: net promoter score, satisfaction rate and effort of those who answered surveys.

Transaction and relationship surveys are never mixed: `survey` says which. What the marts hold:
`metrics/satisfaction/marts.py`; comparisons between institutions: `metrics/satisfaction/compare.py`.
"""

from collections.abc import Callable, Mapping

import polars as pl

from data_access.policy import Policy
from data_access.subject import Ask, ListOf, Measure, Metric, Parameter, message
from data_access.windows import in_period
from metrics.satisfaction.marts import DIMENSIONS, MEASURES, list_detractors
from metrics.satisfaction.measures import CSAT, EFFORT, HIDDEN, NPS, SURVEY, WEIGHTED
from metrics.satisfaction.settings import FLOOR_COMMENTS
from metrics.satisfaction.tables import SCORES, SURVEY_KINDS
from metrics.statistics.intervals import Z95, wilson
from metrics.statistics.scores import nps_interval, nps_of, told, yes_or_no

Rows = Mapping[str, pl.DataFrame]
Compute = Callable[[Mapping[str, pl.DataFrame], Ask], pl.DataFrame]
PROMOTER, DETRACTOR = 9, 6  # from, to
CONTENT = {"csat": 4, "effort": 5}  # from this score on


def answers_of(rows: Rows, ask: Ask, measure: str) -> pl.DataFrame:
    """The answers of one measure and one kind of survey in the period."""
    found = rows["answers"].filter(pl.col("month").is_between(ask.period.first, ask.period.last))
    survey, code = SURVEY_KINDS.index(ask.parameters["survey"]), MEASURES.index(measure)
    return found.filter((pl.col("survey") == survey) & (pl.col("measure") == code))


def _classes(column: str) -> list[pl.Expr]:
    """A column of sums split into promoters, passives and detractors."""
    score = pl.col("score")
    return [
        pl.when(score >= PROMOTER).then(column).otherwise(0).alias("promoters"),
        pl.when((score > DETRACTOR) & (score < PROMOTER)).then(column).otherwise(0).alias("passives"),
        pl.when(score <= DETRACTOR).then(column).otherwise(0).alias("detractors"),
    ]


def nps(rows: Rows, ask: Ask) -> pl.DataFrame:
    """Share of promoters (9–10) less share of detractors (0–6) among the answers given in the period.

    One row per group, in points from −100 to 100. n: answers with an NPS score, in the month in which they
    were given. low, high: adjusted Wald 95 % interval; se: the standard error of the same. invited: the
    invitations sent in the period; response_rate: those of them that were answered by the date of the data,
    so that of a recent month still rises; null where no invitation days are delivered. Fewer than five
    answers (policy `floor_score`) are hidden, and with them what would give them away.
    """
    own = answers_of(rows, ask, "nps")
    frame = ask.sums(
        own.with_columns(_classes("answers"), n=pl.col("answers")), "n", "promoters", "passives", "detractors"
    )
    counts = pl.col("promoters"), pl.col("detractors"), pl.col("n")
    frame = frame.with_columns(*nps_of(*counts), *nps_interval(*counts))
    if "invitations" not in rows:
        none = {name: pl.lit(None, dtype=pl.Int64) for name in ("invited", "responded")}
        return told(frame.with_columns(**none, response_rate=pl.lit(None, dtype=pl.Float64)), NPS)
    sent = rows["invitations"].filter(
        pl.col("month").is_between(ask.period.first, ask.period.last)
        & (pl.col("survey") == SURVEY_KINDS.index(ask.parameters["survey"]))
    )
    asked = ask.sums(sent, "invited", "responded")
    frame = frame.join(asked, on="group", how="left", maintain_order="left")
    rate = pl.when(pl.col("invited") > 0).then(pl.col("responded") / pl.col("invited"))
    return told(frame.with_columns(response_rate=rate), NPS)


def _content(rows: Rows, ask: Ask, measure: str, names: tuple[str, str]) -> pl.DataFrame:
    """n, those content, their share with its interval, and the mean score."""
    part, rate = names
    own = answers_of(rows, ask, measure)
    content = pl.when(pl.col("score") >= CONTENT[measure]).then("answers").otherwise(0)
    tall = own.with_columns(
        content.alias(part), n=pl.col("answers"), total=pl.col("answers") * pl.col("score").cast(pl.Int64)
    )
    frame = ask.sums(tall, "n", part, "total")
    low, high = wilson(pl.col(part), pl.col("n"))
    known = pl.when(pl.col("n") > 0)
    mean = known.then(pl.col("total") / pl.col("n"))
    rates = known.then(pl.col(part) / pl.col("n")).alias(rate)
    return frame.select("group", rates, low.alias("low"), high.alias("high"), "n", part, mean.alias("mean"))


def csat(rows: Rows, ask: Ask) -> pl.DataFrame:
    """Share of answers with one of the two best of five grades, among the answers given in the period.

    One row per group. n: answers with a grade; top2: those with 4 or 5; low, high: Wilson's 95 % interval;
    mean: of the grades. Few answers are hidden as for the NPS.
    """
    return _content(rows, ask, "csat", ("top2", "top2_rate"))


def effort(rows: Rows, ask: Ask) -> pl.DataFrame:
    """Share of answers that found it easy (5–7 of 7), among the answers given in the period.

    One row per group. n: answers with an effort score, 7 the easiest; agree: those with 5 to 7; low, high:
    Wilson's 95 % interval; mean: of the scores. Few answers are hidden as for the NPS.
    """
    return _content(rows, ask, "effort", ("agree", "rate"))


def scores(rows: Rows, ask: Ask) -> pl.DataFrame:
    """How often each score was given in the period.

    One row per group and score (`measure`: nps 0–10, csat 1–5, effort 1–7). answers: their number; share:
    of all answers with a score. Hidden as a whole where fewer than five answered.
    """
    measure = ask.parameters["measure"]
    low, high = SCORES[measure]
    grid = ask.groups.join(pl.DataFrame({"score": range(low, high + 1)}), how="cross")
    own = answers_of(rows, ask, measure).with_columns(pl.col("score").cast(pl.Int64))
    counted = own.group_by("group", "score").agg(pl.col("answers").sum())
    frame = grid.join(counted, on=["group", "score"], how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("answers").fill_null(0))
    whole = pl.col("answers").sum().over("group")
    return frame.with_columns(
        score=pl.col("score").cast(pl.String), share=pl.when(whole > 0).then(pl.col("answers") / whole)
    )


def weighted(rows: Rows, ask: Ask) -> pl.DataFrame:
    """The NPS if all invited had answered: each answer stands for the invitations of its tier and kind.

    One row per group. Weights are invitations per answer of the tier, customer kind and month in the whole
    bank, at most five times the median. low, high: 95 % interval from the linearised variance; nps: the plain
    score beside it; differs: whether the plain one lies outside the interval, null of fewer than thirty
    answers (policy `floor_rank`). Null without invitation days.
    """
    own = answers_of(rows, ask, "nps")
    parts = own.select("group", "score", "answers", "weight", "squared")
    frame = ask.groups
    for column in ("answers", "weight", "squared"):
        sums = ask.sums(parts.with_columns(_classes(column)), "promoters", "passives", "detractors")
        names = {name: f"{column}_{name}" for name in ("promoters", "passives", "detractors")}
        frame = frame.join(sums.rename(names), on="group", how="left", maintain_order="left")

    def total(column: str) -> pl.Expr:
        return pl.sum_horizontal(f"{column}_{name}" for name in ("promoters", "passives", "detractors"))

    n, weights = total("answers"), total("weight").cast(pl.Float64)
    known = pl.when((n > 0) & pl.lit(ask.has("surveys", "invited_on")))
    theta = (pl.col("weight_promoters") - pl.col("weight_detractors")) / weights
    pieces = [("promoters", 1.0), ("passives", 0.0), ("detractors", -1.0)]
    variance = pl.sum_horizontal((x - theta) ** 2 * pl.col(f"squared_{name}") for name, x in pieces)
    half = Z95 * variance.sqrt() / weights
    plain = 100 * (pl.col("answers_promoters") - pl.col("answers_detractors")) / n
    frame = frame.select(
        "group",
        n=n,
        nps=pl.when(n > 0).then(plain),
        nps_weighted=known.then(100 * theta),
        low=known.then((100 * (theta - half)).clip(-100, 100)),
        high=known.then((100 * (theta + half)).clip(-100, 100)),
    )
    outside = (pl.col("nps") < pl.col("low")) | (pl.col("nps") > pl.col("high"))
    enough = pl.when(pl.col("n") >= ask.policy.floor_rank)
    return told(frame.with_columns(differs=enough.then(yes_or_no(outside))), WEIGHTED)


def reasons(rows: Rows, ask: Ask) -> pl.DataFrame:
    """What detractors named as the reason, among those detractors of the period who named one.

    One row per group and reason, the most frequent of the group first. detractors: their number; share: of
    all with a reason. Hidden as a whole where fewer than ten (policy `floor_comments`) gave one.
    """
    found = rows["reasons"].filter(
        pl.col("month").is_between(ask.period.first, ask.period.last)
        & (pl.col("survey") == SURVEY_KINDS.index(ask.parameters["survey"]))
    )
    names = {code: name for code, name in enumerate(ask.codes.get("reason", [])) if code}
    grid = ask.groups.join(pl.DataFrame({"reason": list(names)}, schema={"reason": pl.Int16}), how="cross")
    counted = found.group_by("group", "reason").agg(pl.col("detractors").sum())
    frame = grid.join(counted, on=["group", "reason"], how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("detractors").fill_null(0))
    whole = pl.col("detractors").sum().over("group")
    frame = frame.with_columns(
        pl.col("reason").replace_strict(names, return_dtype=pl.String),
        share=pl.when(whole > 0).then(pl.col("detractors") / whole),
    )
    order = ask.groups.with_row_index("_at")
    frame = frame.join(order, on="group", how="left", maintain_order="left")
    return frame.sort("_at", "detractors", "reason", descending=[False, True, False]).drop("_at")


def hidden_by(name: str) -> Callable[[Mapping[str, str], Policy], tuple[str, int, int]]:
    """What hides the rows of a metric; `measure`: that of the parameter."""

    def of(parameters: Mapping[str, str], policy: Policy) -> tuple[str, int, int]:
        floor = policy.of(FLOOR_COMMENTS) if name == "reasons" else policy.floor_score
        which = parameters["measure"] if name == "measure" else name
        return which, SURVEY_KINDS.index(parameters["survey"]), floor

    return of


_READ = {"answers": in_period}


def _protected(
    name: str, label: str, compute: Compute, columns: tuple[Measure, ...], hidden: str, **more: object
) -> Metric:
    settings = {"marts": _READ, "dimensions": DIMENSIONS, "parameters": (SURVEY,)} | more
    return Metric(
        name=name,
        label=label,
        compute=compute,
        columns=columns,
        grain="day",
        needs=("surveys",),
        protected=True,
        hiding=hidden_by(hidden),
        **settings,  # type: ignore[arg-type]
    )


METRICS = (
    _protected(
        "satisfaction.nps",
        message("Net promoter score"),
        nps,
        NPS,
        "nps",
        marts={**_READ, "invitations": in_period},
    ),
    _protected("satisfaction.csat", message("Satisfaction rate"), csat, CSAT, "csat"),
    _protected("satisfaction.effort", message("Effort"), effort, EFFORT, "effort"),
    _protected(
        "satisfaction.scores",
        message("Scores given"),
        scores,
        (
            Measure(name="score", label=message("Score"), unit="text"),
            Measure(name="answers", label=message("Answers"), unit="count", flow=True),
            Measure(name="share", label=message("Share of answers"), unit="rate", flow=True),
            HIDDEN,
        ),
        "measure",
        parameters=(SURVEY, Parameter("measure", "nps", message("Which score."), MEASURES)),
    ),
    _protected("satisfaction.weighted", message("NPS weighted for non-response"), weighted, WEIGHTED, "nps"),
    _protected(
        "satisfaction.reasons",
        message("Reasons of detractors"),
        reasons,
        (
            Measure(name="reason", label=message("Reason"), unit="text"),
            Measure(name="detractors", label=message("Detractors"), unit="count", flow=True),
            Measure(name="share", label=message("Share of detractors"), unit="rate", flow=True),
            HIDDEN,
        ),
        "reasons",
        marts={"reasons": in_period},
        dimensions=(),
        filters=(),
    ),
)
LISTS = (
    ListOf(
        "detractors",
        message("Detractors not called back in time"),
        ("surveys.nps", "surveys.customer_id", "contacts.customer_id"),
        list_detractors,
    ),
)
