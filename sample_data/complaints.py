"""Complaints: what customers are dissatisfied with, who forwards it, how long it takes, who comes again."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.balances import customer_ids
from sample_data.dates import day_number
from sample_data.institutions.network import Ints, Network
from sample_data.institutions.staff import Seats
from sample_data.population import Living

CATEGORIES = (
    "服务态度",
    "业务办理效率",
    "收费争议",
    "信贷与还款",
    "信用卡",
    "理财与代销",
    "电子渠道",
    "个人信息保护",
)
_CATEGORY_SHARES = [0.17, 0.15, 0.13, 0.14, 0.14, 0.12, 0.11, 0.04]
_PACE = np.array([0.7, 0.8, 0.9, 1.3, 1.1, 1.6, 0.8, 1.2])  # how long a category takes, 1 = as usual
_CHANNELS = ["客服热线", "网点", "手机银行", "来信来访"]
_LEVELS = ["一般", "较大", "重大"]
SOURCES = ("customer", "regulator", "media")
_SOURCE_SHARES = [0.89, 0.10, 0.01]
PROMISED_DAYS = np.array([15, 10, 5])  # by source
_OUTCOMES = ["已采纳", "部分采纳", "不成立", "已撤诉"]
MONTHLY_RATE = 0.003  # per customer
AGAIN = 0.05  # per month, of those who complained in the three months before
_USUAL_DAYS = 6.5
FORGOTTEN = 0.04  # not answered at all, of the last four months


@dataclass
class Cases:
    """Complaints of a month as they came in."""

    customer: npt.NDArray[np.int64]
    home: Ints
    trait: npt.NDArray[np.float64]
    corporate: npt.NDArray[np.bool_]
    opened: Ints


def branch_factors(net: Network, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """How much more often than usual customers of each branch complain."""
    return rng.lognormal(0.0, 0.35, len(net.growth))


def draw_complaints(
    living: Living,
    end: date,
    factors: npt.NDArray[np.float64],
    earlier: list[Cases],
    net: Network,
    rng: np.random.Generator,
) -> Cases:
    """The month's new cases; who complained in one of the three months before does so more often."""
    rate = MONTHLY_RATE * factors[net.branch[living.home]]
    recent = np.concatenate([cases.customer for cases in earlier[-3:]]) if earlier else np.zeros(0, np.int64)
    rate = rate + np.where(np.isin(living.number, recent), AGAIN, 0.0)
    who = np.flatnonzero(rng.random(len(living.number)) < rate)
    day = (day_number(end) - rng.integers(0, end.day, len(who))).astype(np.int32)
    begin = np.maximum(day_number(end.replace(day=1)), living.joined[who])
    opened = np.maximum(np.maximum(day, begin), net.opened_day[living.home[who]]).astype(np.int32)
    return Cases(living.number[who], living.home[who], living.trait[who], living.corporate[who], opened)


def complaints_frame(
    months: list[Cases], net: Network, seats: Seats, last_day: int, rng: np.random.Generator
) -> pl.DataFrame:
    """The table `complaints`, in the order of the days on which the cases were opened."""
    cases = {
        item.name: np.concatenate([getattr(month, item.name) for month in months]) for item in fields(Cases)
    }
    order = np.argsort(cases["opened"], kind="stable")
    cases = {name: values[order] for name, values in cases.items()}
    count, opened = len(order), cases["opened"]
    category = rng.choice(len(CATEGORIES), count, p=_CATEGORY_SHARES)
    source = rng.choice(len(SOURCES), count, p=_SOURCE_SHARES)
    slow = rng.lognormal(0.0, 0.25, len(net.growth))[net.branch[cases["home"]]]
    usual = _USUAL_DAYS * _PACE[category] * slow * np.where(source == 0, 1.0, 0.75)
    answered = opened + (rng.gamma(2.0, usual / 2.0)).astype(np.int32)
    resolved = answered + rng.geometric(0.35, count).astype(np.int32) - 1
    forgotten = (rng.random(count) < FORGOTTEN) & (opened > last_day - 120)
    waits = forgotten | (answered > last_day)
    goes_on = waits | (resolved > last_day)
    level = np.where(source > 0, 1, 0) + (rng.random(count) < 0.08)
    raw = pl.DataFrame(
        {
            "case_id": "K" + pl.Series(np.arange(1, count + 1)).cast(pl.String).str.zfill(8),
            "customer_id": customer_ids(cases["customer"]),
            "institution_id": net.ids.gather(cases["home"]),
            "manager_id": seats.managers(cases["home"], cases["trait"], opened),
            "channel": pl.Series(_CHANNELS).gather(
                rng.choice(len(_CHANNELS), count, p=[0.5, 0.25, 0.18, 0.07])
            ),
            "category": pl.Series(CATEGORIES).gather(category),
            "source": pl.Series(SOURCES).gather(source),
            "level": pl.Series(_LEVELS).gather(level),
            "opened_on": _days(opened),
            "due_on": _days(opened + PROMISED_DAYS[source]),
            "answered_on": _days(answered),
            "resolved_on": _days(resolved),
            "outcome": pl.Series(_OUTCOMES).gather(
                rng.choice(len(_OUTCOMES), count, p=[0.42, 0.25, 0.24, 0.09])
            ),
        }
    )
    absent = {"answered_on": waits, "resolved_on": goes_on, "outcome": goes_on}
    return raw.with_columns(pl.when(~pl.Series(gone)).then(name).alias(name) for name, gone in absent.items())


def _days(numbers: npt.NDArray[Any]) -> pl.Series:
    return pl.Series(numbers.astype(np.int32)).cast(pl.Date)


def truth(net: Network, factors: npt.NDArray[np.float64]) -> dict[str, Any]:
    """What the complaints were drawn from."""
    names = [net.names[int(first)] for first in net.first]
    return {
        "monthly_rate": MONTHLY_RATE,
        "branch_factor": {name: round(float(factor), 4) for name, factor in zip(names, factors, strict=True)},
        "source_shares": dict(zip(SOURCES, _SOURCE_SHARES, strict=True)),
        "promised_days": dict(zip(SOURCES, PROMISED_DAYS.tolist(), strict=True)),
        "again_within_three_months": AGAIN,
        "not_answered_in_the_last_four_months": FORGOTTEN,
    }
