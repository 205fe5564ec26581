"""The sales pipeline: who gets a deal when, and how each one walks through the stages."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sample_data.dates import day_number, deal_season, working_day
from sample_data.institutions.network import Ints, Network
from sample_data.population import Living

Floats = npt.NDArray[np.float64]
OPEN, WON, LOST, LAPSED = 0, 1, 2, 3
_STAGES = 7
_CONTRACT, _LAST = 5, 6


class Product(NamedTuple):
    """What is sold: to whom, for how much, how fast and how easily."""

    name: str
    corporate: bool
    share: float
    typical_amount: float
    pace: float  # 1 = usual days per stage
    ease: float  # added to the log-odds of going on
    purposes: tuple[str, ...]


PRODUCTS = (
    Product("理财产品", False, 0.34, 150_000, 0.6, 0.4, ("资产配置", "到期续作", "稳健增值")),
    Product("个人住房贷款", False, 0.22, 900_000, 1.1, 0.2, ("首套购房", "改善购房", "存量转贷")),
    Product("个人消费贷款", False, 0.24, 120_000, 0.7, 0.0, ("装修", "购车", "教育")),
    Product("保险", False, 0.20, 40_000, 0.8, -0.3, ("养老", "健康", "少儿")),
    Product("流动资金贷款", True, 0.30, 3_000_000, 1.2, 0.0, ("备货周转", "扩产", "项目垫资")),
    Product("票据贴现", True, 0.18, 1_500_000, 0.6, 0.3, ("银票贴现", "商票贴现", "票据池")),
    Product("代发工资", True, 0.20, 600_000, 1.0, -0.1, ("新签代发", "他行转入", "扩面")),
    Product("现金管理", True, 0.18, 5_000_000, 1.4, -0.4, ("账户归集", "银企直联", "协定存款")),
    Product("国际结算", True, 0.14, 2_000_000, 1.3, -0.2, ("信用证", "跨境汇款", "结售汇")),
)
_DAYS = np.array([9.0, 14.0, 15.0, 18.0, 20.0, 12.0, 16.0])  # usual days in each stage
_LOSS = np.array([0.16, 0.10, 0.10, 0.12, 0.12, 0.03, 0.0])  # usual chance to be lost when leaving it
_LAPSE = np.array([0.10, 0.05, 0.03, 0.02, 0.02, 0.01, 0.0])
_SKIP, _BACK, _ENDS_AT_CONTRACT = 0.10, 0.03, 0.30


@dataclass
class Drawn:
    """Deals at their creation; `customer` is -1 for a prospect without an account."""

    customer: npt.NDArray[np.int64]
    corporate: npt.NDArray[np.bool_]
    home: Ints
    trait: Floats
    level: Floats
    created: Ints


class Walk(NamedTuple):
    """What became of the deals, and every stage they entered (`deal` is a position)."""

    stage: npt.NDArray[np.int64]
    outcome: npt.NDArray[np.int64]
    closed: npt.NDArray[np.int32]
    deal: npt.NDArray[np.int64]
    entered_stage: npt.NDArray[np.int64]
    entered: npt.NDArray[np.int32]
    seq: npt.NDArray[np.int64]


def season_total(ends: list[date]) -> float:
    """The sum of the seasons of the window, to spread the wanted number of deals over it."""
    return sum(deal_season(end) for end in ends)


def draw(
    living: Living, expected: float, month: int, end: date, net: Network, rng: np.random.Generator
) -> Drawn:
    """The month's new deals: a third with companies, a few with people who are no customers yet."""
    count = int(rng.poisson(expected))
    corporate = rng.random(count) < 0.35
    pools = {kind: np.flatnonzero((living.corporate == kind) & ~living.dormant) for kind in (False, True)}
    who = np.full(count, -1, dtype=np.int64)
    for kind, pool in pools.items():
        wanted = np.flatnonzero(corporate == kind)
        if len(pool):
            who[wanted] = pool[rng.integers(0, len(pool), len(wanted))]
    who[rng.random(count) < 0.06] = -1
    known = who >= 0
    prospects = net.draw(net.open_weight(month), count, rng)
    created = day_number(end) - rng.integers(0, end.day, count).astype(np.int32)
    created = np.maximum(working_day(created), day_number(end.replace(day=1)))
    return Drawn(
        customer=np.where(known, living.number[who], -1),
        corporate=corporate,
        home=np.where(known, living.home[who], prospects).astype(np.int32),
        trait=np.where(known, living.trait[who], rng.random(count)),
        level=np.where(known, living.level[who], np.log(50_000.0)),
        created=np.where(known, np.maximum(created, living.joined[who]), created).astype(np.int32),
    )


def walk(
    deals: Drawn, product: npt.NDArray[np.int64], net: Network, last_day: int, rng: np.random.Generator
) -> Walk:
    """Let every deal enter stages until it is decided or the window ends.

    All deals take their n-th step together, so the work is a dozen vector operations, not one per deal.
    """
    count = len(deals.created)
    ease = np.array([item.ease for item in PRODUCTS])[product] + net.selling[net.branch[deals.home]]
    pace = np.array([item.pace for item in PRODUCTS])[product] * rng.lognormal(0.0, 0.3, count)
    pace = pace * np.where(rng.random(count) < 0.07, 7.0, 1.0)  # some are forgotten for months
    stage = (rng.random(count) < 0.15).astype(np.int64)  # some start as an opportunity at once
    day = deals.created.copy()
    outcome, closed = np.zeros(count, dtype=np.int64), np.full(count, -1, dtype=np.int32)
    going = np.arange(count)
    events: list[tuple[npt.NDArray[Any], ...]] = []
    for seq in range(1, 40):
        events.append((going, stage[going], day[going], np.full(len(going), seq)))
        wait = rng.gamma(1.6, _DAYS[stage[going]] * pace[going] / 1.6).astype(np.int32)
        after = working_day(day[going] + np.maximum(wait, rng.random(len(going)) < 0.97))
        after = np.maximum(after, day[going])
        going, after = going[after <= last_day], after[after <= last_day]
        if not len(going):
            break
        day[going] = after
        fate = _next(stage[going], ease[going], rng)
        decided = fate >= _STAGES
        outcome[going[decided]] = fate[decided] - _STAGES
        closed[going[decided]] = after[decided]
        going = going[~decided]
        stage[going] = fate[~decided]
    deal, entered_stage, entered, order = (np.concatenate(parts) for parts in zip(*events, strict=True))
    return Walk(stage, outcome, closed, deal, entered_stage, entered.astype(np.int32), order)


def _next(stage: npt.NDArray[np.int64], ease: Floats, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """The next stage of each deal, or 7 + its outcome."""
    count = len(stage)
    loss = _LOSS[stage] * np.exp(-ease)
    lapse = loss + _LAPSE[stage]
    chance, turn = rng.random(count), rng.random(count)
    back = (turn < _BACK) & (stage > 0) & (stage < _CONTRACT)
    skip = (turn > 1 - _SKIP) & (stage < _CONTRACT - 1)
    onward = np.where(back, stage - 1, np.where(skip, stage + 2, stage + 1))
    won = (stage == _LAST) | ((stage == _CONTRACT) & (turn < _ENDS_AT_CONTRACT))
    onward = np.where(won, _STAGES + WON, onward)
    onward = np.where(chance < lapse, _STAGES + LAPSED, onward)
    return np.where(chance < loss, _STAGES + LOST, onward)
