"""The columns and settings of satisfaction in words."""

from data_access.subject import Measure, Parameter, message
from metrics.satisfaction.kinds import delivered
from metrics.satisfaction.tables import SURVEY_KINDS
from metrics.statistics.bounds import bounds

SURVEY = Parameter(
    "survey",
    SURVEY_KINDS[0],
    message("After a transaction, or about the relationship."),
    SURVEY_KINDS,
    delivered,
)


N = Measure(
    name="n",
    label=message("Answers"),
    unit="count",
    definition=message("Answers given in the period."),
    flow=True,
)


LOW, HIGH = bounds("rate", flow=True)


SCORE_LOW, SCORE_HIGH = bounds("score", flow=True)


HIDDEN = Measure(name="hidden", label=message("Why there is no number"), unit="text")


_INVITED = ("surveys", "invited_on")


NPS = (
    Measure(
        name="nps",
        label=message("Net promoter score (NPS)"),
        unit="score",
        definition=message("Share of promoters (9–10) less share of detractors (0–6), in points."),
        flow=True,
        good=1,
        needs=("surveys", "nps"),
        cases=("n",),
        error="se",
    ),
    SCORE_LOW,
    SCORE_HIGH,
    N,
    Measure(name="se", label=message("Standard error"), unit="score", flow=True),
    Measure(
        name="promoters",
        label=message("Promoters"),
        unit="count",
        definition=message("Scores of 9 and 10."),
        flow=True,
        good=1,
        needs=("surveys", "nps"),
    ),
    Measure(
        name="passives",
        label=message("Passives"),
        unit="count",
        definition=message("Scores of 7 and 8."),
        flow=True,
        needs=("surveys", "nps"),
    ),
    Measure(
        name="detractors",
        label=message("Detractors"),
        unit="count",
        definition=message("Scores from 0 to 6."),
        flow=True,
        good=-1,
        needs=("surveys", "nps"),
    ),
    Measure(
        name="invited",
        label=message("Invitations"),
        unit="count",
        definition=message("Surveys sent in the period."),
        flow=True,
        needs=_INVITED,
    ),
    Measure(
        name="responded",
        label=message("Answered"),
        unit="count",
        definition=message("Of the surveys sent in the period, those answered since."),
        flow=True,
        needs=_INVITED,
    ),
    Measure(
        name="response_rate",
        label=message("Response rate"),
        unit="rate",
        definition=message("Of the surveys sent in the period, the share answered by the date of the data."),
        flow=True,
        good=1,
        needs=_INVITED,
        part="responded",
        cases=("invited",),
    ),
    HIDDEN,
)


CSAT = (
    Measure(
        name="top2_rate",
        label=message("Satisfaction rate (top two)"),
        unit="rate",
        definition=message("Grades 4 and 5 of 5, of all grades given."),
        flow=True,
        good=1,
        needs=("surveys", "csat"),
        part="top2",
        cases=("n",),
    ),
    LOW,
    HIGH,
    N,
    Measure(
        name="top2",
        label=message("Satisfied"),
        unit="count",
        definition=message("Grades 4 and 5."),
        flow=True,
        good=1,
    ),
    Measure(name="mean", label=message("Mean grade"), unit="score", flow=True, good=1),
    HIDDEN,
)


EFFORT = (
    Measure(
        name="rate",
        label=message("Found it easy"),
        unit="rate",
        definition=message("Effort scores 5 to 7 of 7 (7 is easiest), of all given."),
        flow=True,
        good=1,
        needs=("surveys", "effort"),
        part="agree",
        cases=("n",),
    ),
    LOW,
    HIGH,
    N,
    Measure(name="agree", label=message("Agreed that it was easy"), unit="count", flow=True, good=1),
    Measure(name="mean", label=message("Mean score"), unit="score", flow=True, good=1),
    HIDDEN,
)


WEIGHTED = (
    Measure(name="nps_weighted", label=message("Weighted NPS"), unit="score", flow=True, good=1),
    SCORE_LOW,
    SCORE_HIGH,
    N,
    Measure(name="nps", label=message("Net promoter score (NPS)"), unit="score", flow=True),
    Measure(name="differs", label=message("Differs from the plain score"), unit="text"),
    HIDDEN,
)


def _score(name: str, label: str, definition: str = "", good: int = 1) -> Measure:
    return Measure(name=name, label=label, unit="score", definition=definition, flow=True, good=good)


RANKING = (
    N,
    _score("score", message("Net promoter score (NPS)")),
    _score(
        "shrunken",
        message("NPS, chance allowed for"),
        message("Drawn towards the middle of those compared as far as chance explains its difference."),
    ),
    SCORE_LOW,
    SCORE_HIGH,
    Measure(name="outside", label=message("Against the control limits"), unit="text"),
    Measure(
        name="rank",
        label=message("Place"),
        unit="count",
        definition=message("None where nobody can be told apart."),
        good=-1,
        additive=False,
    ),
    Measure(name="rank_low", label=message("Best place it could be"), unit="count", additive=False),
    Measure(name="rank_high", label=message("Worst place it could be"), unit="count", additive=False),
    _score("limit_low", message("Lower control limit")),
    _score("limit_high", message("Upper control limit")),
    _score("centre", message("All together")),
    _score("sigma", message("Spread of one answer")),
    _score("tau", message("Usual spread of institutions")),
    Measure(name="by_chance", label=message("Outside by chance"), unit="count", additive=False),
    HIDDEN,
)


CONTRIBUTION = (
    _score("contribution", message("Contribution to the change")),
    _score("mix", message("By its share of answers")),
    _score("score", message("By its own score")),
    _score("change", message("Change of all together")),
    N,
    Measure(name="n_before", label=message("Answers then"), unit="count"),
    _score("nps", message("Net promoter score (NPS)")),
    _score("nps_before", message("NPS then")),
    HIDDEN,
)


APART = (
    _score("nps", message("Net promoter score (NPS)")),
    N,
    _score("rest_nps", message("NPS of the rest")),
    Measure(name="rest_n", label=message("Answers of the rest"), unit="count", additive=False),
    _score("difference", message("Difference")),
    SCORE_LOW,
    SCORE_HIGH,
    Measure(name="significant", label=message("Differs beyond chance"), unit="text"),
    HIDDEN,
)


INDEX = (
    _score(
        "index",
        message("Satisfaction index"),
        good=0,
        definition=message(
            "NPS, satisfaction rate, effort and complaints, each scaled to 0–100 and weighted."
        ),
    ),
    _score("nps", message("Part: NPS")),
    _score("csat", message("Part: satisfaction rate")),
    _score("effort", message("Part: effort")),
    _score("complaints", message("Part: complaints")),
    Measure(name="weight", label=message("Weights used"), unit="rate"),
    Measure(name="left_out", label=message("Left out"), unit="text"),
    HIDDEN,
)
