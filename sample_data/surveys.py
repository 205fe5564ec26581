"""Surveys: who is asked after a transaction or about the whole relationship, who answers, and how.

Who answers and how content they are depends on drivers that an analysis has to find; they stand in
`truth.json`.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.balances import customer_ids
from sample_data.dates import day_number
from sample_data.institutions.network import Ints, Network
from sample_data.institutions.staff import Seats
from sample_data.population import Living

MONTHS = 24
Floats = npt.NDArray[np.float64]
TIER_EDGES = (50_000.0, 200_000.0, 500_000.0)  # mass, emerging, middle, affluent and above
CHANNELS = ("网点", "手机银行", "电话银行", "自助设备")
CHANNEL_SHARES = (0.34, 0.38, 0.16, 0.12)
TOUCHPOINTS = ("开户", "转账汇款", "贷款", "理财", "投诉处理")
PRODUCTS = ("存款", "贷款", "理财", "信用卡")
REASONS = ("等待时间", "服务态度", "产品收益", "费用", "系统操作", "问题未解决")
ANSWERS = {"tier": (0.15, 0.18, 0.22, 0.28), "channel": (0.02, 0.03, -0.05, -0.04)}
CONTENT = {  # added to a score of 0 with a spread of 1; higher is happier
    "tier": (0.0, 0.05, 0.15, 0.30),
    "channel": (0.20, 0.10, -0.35, -0.20),
    "touchpoint": (0.15, 0.05, -0.05, 0.05, -0.75),
}
CONTACTED, RELATIONSHIP, UNHAPPY = 0.45, -0.10, 0.02  # a call in the month; the survey; who answers more
SPREAD_OF_BRANCHES, SPREAD_OF_OUTLETS = 0.22, 0.18
ASKED = {"transaction": 0.25, "relationship": 0.05}  # invitations per customer and month
THIN = (2, 14)  # so many months before the last the campaign was cut to a fifth
# the lowest content for each NPS score from 1 on
_STEPS = np.array([-2.4, -2.15, -1.95, -1.75, -1.5, -1.2, -0.85, -0.45, 0.15, 0.75])


@dataclass
class Asked:
    """The invitations of a month; `answered` is -1 where nobody answered."""

    customer: npt.NDArray[np.int64]
    home: Ints
    trait: Floats
    relationship: npt.NDArray[np.bool_]
    channel: npt.NDArray[np.int64]
    touchpoint: npt.NDArray[np.int64]
    product: npt.NDArray[np.int64]
    invited: Ints
    answered: Ints
    content: Floats


def effects(net: Network, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """What each first-level branch and each institution adds to the content of its customers."""
    branches = rng.normal(0.0, SPREAD_OF_BRANCHES, len(net.growth))
    return branches, rng.normal(0.0, SPREAD_OF_OUTLETS, len(net.branch))


def ask(
    living: Living,
    contacted: npt.NDArray[np.int64],
    end: date,
    back: int,
    net: Network,
    made: tuple[Floats, Floats],
    rng: np.random.Generator,
) -> Asked:
    """The month's invitations; `back` counts months from the last, `contacted` are customers called in it."""
    thin = 0.2 if back in THIN else 1.0
    tier = np.searchsorted(TIER_EDGES, living.aum_avg, side="right")
    chance = np.array([[ASKED["transaction"]] * 4, [ASKED["relationship"] * k for k in (0.5, 1, 3, 6)]])
    drawn = rng.random((2, len(tier))) < chance[:, tier] * thin
    kind, who = np.nonzero(drawn)
    relationship = kind == 1
    count, home = len(who), living.home[who]
    channel = rng.choice(len(CHANNELS), count, p=CHANNEL_SHARES)
    touchpoint = rng.choice(len(TOUCHPOINTS), count, p=[0.14, 0.42, 0.14, 0.22, 0.08])
    product = np.array([0, 0, 1, 2, 3])[touchpoint]
    branches, outlets = made
    content = (
        rng.standard_normal(count)
        + np.array(CONTENT["tier"])[tier[who]]
        + np.where(relationship, RELATIONSHIP, np.array(CONTENT["channel"])[channel])
        + np.where(relationship, 0.0, np.array(CONTENT["touchpoint"])[touchpoint])
        + CONTACTED * np.isin(living.number[who], contacted)
        + branches[net.branch[home]]
        + outlets[home]
    )
    first = np.maximum(day_number(end.replace(day=1)), np.maximum(living.joined[who], net.opened_day[home]))
    invited = np.maximum(day_number(end) - rng.integers(0, end.day, count), first).astype(np.int32)
    likely = np.array(ANSWERS["tier"])[tier[who]] + np.array(ANSWERS["channel"])[channel]
    comes = rng.random(count) < likely + UNHAPPY * (content < -1.2)
    waited = np.minimum(rng.geometric(0.35, count) - 1, 20)
    return Asked(
        living.number[who],
        home,
        living.trait[who],
        relationship,
        channel,
        touchpoint,
        product,
        invited,
        np.where(comes, invited + waited, -1).astype(np.int32),
        content,
    )


def write_surveys(
    path: Path, months: list[Asked], net: Network, seats: Seats, last_day: int, rng: np.random.Generator
) -> int:
    """Write the table `surveys`; an answer after the last day has not come yet. Returns its rows."""
    if not months:
        return 0
    every = Asked(**{name: np.concatenate([getattr(m, name) for m in months]) for name in vars(months[0])})
    count = len(every.invited)
    came = (every.answered >= 0) & (every.answered <= last_day)
    noise = rng.normal(0.0, 0.45, (2, count))
    nps = np.searchsorted(_STEPS, every.content)
    csat = 1 + np.searchsorted([-2.1, -1.5, -0.75, 0.35], every.content + noise[0])
    effort = 1 + np.searchsorted([-2.2, -1.7, -1.2, -0.7, 0.0, 0.8], every.content + noise[1])
    # reasons lean towards what the touchpoint is about
    lean = np.array([0, 4, 3, 2, 5])[every.touchpoint]
    reason = np.where(rng.random(count) < 0.35, lean, rng.choice(len(REASONS), count))
    told = came & (nps <= 6) & (rng.random(count) < 0.8)
    wrote = came & (rng.random(count) < 0.3)
    partly = came & (rng.random(count) < 0.9)

    def where(mask: npt.NDArray[np.bool_], values: pl.Series) -> pl.Series:
        return pl.select(pl.when(pl.Series(mask)).then(values)).to_series()

    words = pl.Series([f"因为{word}" for word in REASONS])
    frame = pl.DataFrame(
        {
            "response_id": "S" + pl.Series(np.arange(1, count + 1)).cast(pl.String).str.zfill(9),
            "survey_kind": pl.Series(["transaction", "relationship"]).gather(
                every.relationship.astype(np.int64)
            ),
            "customer_id": customer_ids(every.customer),
            "institution_id": net.ids.gather(every.home),
            "manager_id": seats.managers(every.home, every.trait, every.invited),
            "product": where(~every.relationship, pl.Series(PRODUCTS).gather(every.product)),
            "channel": pl.Series(CHANNELS).gather(every.channel),
            "touchpoint": where(~every.relationship, pl.Series(TOUCHPOINTS).gather(every.touchpoint)),
            "invited_on": pl.Series(every.invited).cast(pl.Date),
            "responded_on": where(came, pl.Series(every.answered).cast(pl.Date)),
            "nps": where(came, pl.Series(nps).cast(pl.Int64)),
            "csat": where(partly, pl.Series(csat).cast(pl.Int64)),
            "effort": where(partly & ~every.relationship, pl.Series(effort).cast(pl.Int64)),
            "reason": where(told, pl.Series(REASONS).gather(reason)),
            "comment": where(wrote, words.gather(reason)),
        }
    )
    frame.sort("invited_on", "response_id").write_parquet(path)
    return count


def truth(made: tuple[Floats, Floats], net: Network) -> dict[str, object]:
    """What drives answers and scores, in the words of `truth.json`."""
    branches = {net.names[int(first)]: round(float(made[0][i]), 4) for i, first in enumerate(net.first)}
    return {
        "survey_answers": {**ANSWERS, "unhappy": UNHAPPY},
        "survey_content": {**CONTENT, "contacted": CONTACTED, "relationship": RELATIONSHIP},
        "survey_tier_edges": list(TIER_EDGES),
        "survey_channels": list(CHANNELS),
        "survey_touchpoints": list(TOUCHPOINTS),
        "survey_branches": branches,
        "survey_thin_months_back": list(THIN),
    }
