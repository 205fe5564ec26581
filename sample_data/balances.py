"""A month of money: balances drift, are dressed for the month end, and fall asleep with their owners."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from sample_data.dates import BALANCE_SEASON, MONTH_END_DRESSING
from sample_data.institutions.network import Network
from sample_data.population import Living

_FALLS_ASLEEP, _WAKES_UP = 0.0035, 0.02
_NOISE, _AVERAGE_NOISE, _UNDOES_NOISE = 0.05, 0.015, -0.003
_JUMP_CHANCE, _JUMP = 0.01, 0.6
_SLEEPY_BELOW, _MOST = 150_000.0, 5e8


def evolve(living: Living, net: Network, rng: np.random.Generator) -> None:
    """One month of change in the slow quantities of every customer."""
    count = len(living.number)
    jump = np.where(rng.random(count) < _JUMP_CHANCE, _JUMP * rng.standard_normal(count), 0.0)
    pace = (
        net.drift[net.branch[living.home]] / 12 + _UNDOES_NOISE
    )  # the second term undoes what the noise adds to means
    living.level += pace + _NOISE * rng.standard_normal(count) + jump
    np.minimum(living.level, np.where(living.corporate, np.log(8e9), np.log(_MOST)), out=living.level)
    sleepy = ~living.corporate & (living.level < np.log(_SLEEPY_BELOW))
    chance = rng.random(count)
    living.dormant = np.where(living.dormant, chance >= _WAKES_UP, sleepy & (chance < _FALLS_ASLEEP))
    change = rng.random(count)
    step = (change < 0.012).astype(np.int8) - (change > 0.993).astype(np.int8)
    living.products = np.clip(living.products + np.where(living.dormant, 0, step), 1, 8).astype(np.int8)
    fresh = rng.random(count) < np.where(living.corporate, 0.004, 0.0008)
    amount = np.where(living.corporate, 600_000.0, 350_000.0) * rng.lognormal(0.0, 0.8, count)
    paid = np.where(living.loan < 3_000.0, 0.0, living.loan * (1 - rng.uniform(0.002, 0.012, count)))
    living.loan = paid + np.where(fresh & (paid == 0.0), amount, 0.0)


def month_rows(living: Living, end: date, net: Network, rng: np.random.Generator) -> pl.DataFrame:
    """The table `customer_months` of one month; remembers what next month's exits depend on."""
    count = len(living.number)
    branch = net.branch[living.home]
    leftover = 20.0 + 880.0 * ((living.trait * 7919.0) % 1.0)
    base = np.where(living.dormant, leftover, np.exp(living.level) * BALANCE_SEASON[end.month - 1])
    dressed = 1.0 + MONTH_END_DRESSING[end.month - 1] * net.dressing[branch]
    noise = np.where(living.dormant, 0.0, 2 * _AVERAGE_NOISE)
    average = np.round(base * np.exp(noise / 2 * rng.standard_normal(count)), 2)
    aum = base * np.where(living.dormant, 1.0, dressed) * np.exp(noise * rng.standard_normal(count))
    overdrawn = (living.trait < 0.012) & ~living.corporate & (rng.random(count) < 0.15)
    aum = np.round(np.where(overdrawn, -rng.uniform(5.0, 6_000.0, count), aum), 2)
    share = np.clip(living.wealth_taste + 0.06 * (living.level - np.log(50_000.0)), 0.0, 0.9)
    invested = (living.products > 1) & ~living.dormant & ~overdrawn
    wealth = np.round(np.where(invested, aum * share, 0.0), 2)
    deposit = np.round(aum - wealth, 2)
    transactions = rng.poisson(np.where(living.dormant, 0.0, living.rate)).astype(np.int32)
    fees = wealth * 0.004 / 12 * rng.uniform(0.2, 1.8, count) + transactions * rng.uniform(0.0, 1.2, count)
    fees = np.round(fees, 2)
    costs = np.where(living.corporate, 60.0, 3.0) + 0.4 * transactions
    margin = np.maximum(deposit, 0.0) * 0.016 + wealth * 0.003 + living.loan * 0.014
    living.aum_avg, living.transactions = average, transactions
    return pl.DataFrame(
        {
            "month": pl.repeat(end, count, dtype=pl.Date, eager=True),
            "customer_id": customer_ids(living.number),
            "institution_id": net.ids.gather(living.home),
            "aum": aum,
            "aum_avg": average,
            "deposit": deposit,
            "loan": np.round(living.loan, 2),
            "wealth": wealth,
            "contribution": np.round(margin / 12 + fees - costs, 2),
            "fee_income": fees,
            "products": living.products.astype(np.int32),
            "own_transactions": transactions,
        }
    )


def customer_ids(numbers: np.ndarray) -> pl.Series:
    """Customer numbers as the bank writes them: ten digits, zeros in front."""
    return pl.Series(numbers).cast(pl.String).str.zfill(10)


def truth(net: Network) -> dict[str, Any]:
    """How a personal customer's average moves from month to month, in the words of `truth.json`."""
    drift = {net.names[int(first)]: float(net.drift[number]) for number, first in enumerate(net.first)}
    return {
        "form": "level += drift / 12 + undoes_noise + noise * z + (with jump_chance) jump * z, at most most; "
        "aum_avg = exp(level) * season[month - 1] * exp(average_noise * z), z standard normal each; asleep: "
        "at most 900, from one month to the next with falls_asleep when the level is below sleepy_below",
        "noise": _NOISE,
        "undoes_noise": _UNDOES_NOISE,
        "jump_chance": _JUMP_CHANCE,
        "jump": _JUMP,
        "average_noise": _AVERAGE_NOISE,
        "falls_asleep": _FALLS_ASLEEP,
        "wakes_up": _WAKES_UP,
        "sleepy_below": _SLEEPY_BELOW,
        "most": _MOST,
        "season": list(BALANCE_SEASON),
        "drift_per_year": drift,
    }
