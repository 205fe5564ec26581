"""The customers alive in a month: who they are, who joins, leaves and moves."""

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import numpy.typing as npt

from sample_data import hazards
from sample_data.dates import day_number, month_number
from sample_data.institutions.network import Ints, Network

CAUSES = ("closed", "death", "bank", "merged")
CHANNELS = ("网点", "手机银行", "代发工资", "客户转介", "商户收单")
_CHANNEL_SHARES = (0.42, 0.22, 0.18, 0.11, 0.07)
_CORPORATE_SHARE = 0.07
_MOVES_PER_MONTH = 0.01 / 12
_LOG_FLOOR = np.log(10_000.0)


@dataclass
class Living:
    """One entry per living customer, in the order of their numbers."""

    number: npt.NDArray[np.int64]
    home: Ints
    corporate: npt.NDArray[np.bool_]
    joined: Ints
    birth_year: npt.NDArray[np.int16]
    channel: npt.NDArray[np.int8]
    trait: npt.NDArray[np.float64]  # a fixed uniform number: the manager's seat and small personal habits
    level: npt.NDArray[np.float64]  # logarithm of the usual AUM
    wealth_taste: npt.NDArray[np.float64]
    loan: npt.NDArray[np.float64]
    rate: npt.NDArray[np.float64]  # own transactions a month while awake
    products: npt.NDArray[np.int8]
    dormant: npt.NDArray[np.bool_]
    aum_avg: npt.NDArray[np.float64]
    transactions: Ints

    def keep(self, mask: npt.NDArray[np.bool_]) -> "Living":
        """The customers where `mask` is true."""
        return Living(**{item.name: getattr(self, item.name)[mask] for item in fields(self)})

    def with_more(self, others: "Living") -> "Living":
        """These customers, then the others."""
        return Living(
            **{i.name: np.concatenate((getattr(self, i.name), getattr(others, i.name))) for i in fields(self)}
        )


def newcomers(first_number: int, home: Ints, joined: Ints, net: Network, rng: np.random.Generator) -> Living:
    """Customers with these homes and joining days, everything else drawn."""
    count = len(home)
    private = net.private[home]
    corporate = (rng.random(count) < _CORPORATE_SHARE) & ~private
    level = np.log(30_000.0) + 1.45 * rng.standard_normal(count)
    rich = rng.random(count) < 0.012
    level[rich] = np.log(700_000.0) + rng.exponential(1 / 1.4, int(rich.sum()))
    firms = np.log(220_000.0) + 1.6 * rng.standard_normal(count)
    level = np.where(corporate, firms, level) + net.wealth[net.branch[home]] + 2.8 * private
    borrows = rng.random(count) < np.where(corporate, 0.30, 0.15)
    amount = np.where(corporate, 600_000.0, 350_000.0) * rng.lognormal(0.0, 0.8, count)
    products = (
        1 + rng.poisson(0.45 + 0.30 * np.clip(level - _LOG_FLOOR, 0.0, 6.0) + 0.6 * corporate) + borrows
    )
    products = np.clip(products, 1, 8).astype(np.int8)
    year = joined.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int16) + 1970
    age = np.clip(rng.normal(36.0, 13.0, count), 16, 75).astype(np.int16)
    return Living(
        number=np.arange(first_number, first_number + count, dtype=np.int64),
        home=home,
        corporate=corporate,
        joined=joined,
        birth_year=(year - age).astype(np.int16),
        channel=rng.choice(len(CHANNELS), count, p=_CHANNEL_SHARES).astype(np.int8),
        trait=rng.random(count),
        level=level,
        wealth_taste=rng.beta(1.2, 3.0, count),
        loan=np.where(borrows, amount, 0.0),
        rate=rng.gamma(1.3, np.where(corporate, 9.0, 3.2), count) * (0.6 + 0.25 * products),
        products=products,
        dormant=np.zeros(count, dtype=np.bool_),
        aum_avg=np.zeros(count),
        transactions=np.zeros(count, dtype=np.int32),
    )


def founders(customers: int, first_month: date, net: Network, rng: np.random.Generator) -> Living:
    """The customers of the first month: up to 20 years with the bank, never longer than their outlet."""
    home = net.draw(net.open_weight(0), customers, rng)
    placed = np.concatenate(([0, 0, net.first[0], net.first[0]], np.repeat(net.tiny, 3)))[: customers // 10]
    home[: len(placed)] = placed  # the head office and the first branch always own a few themselves
    last = day_number(first_month)
    days = np.minimum(rng.gamma(1.3, 70.0, customers), 239.0) * 30.4
    joined = np.maximum(last - days.astype(np.int32), net.opened_day[home] + 30).astype(np.int32)
    living = newcomers(1, home, joined, net, rng)
    oldest = np.int16(first_month.year - 88)
    living.birth_year = np.maximum(living.birth_year, oldest)
    living.dormant = ~living.corporate & (rng.random(customers) < 0.06)
    return living


def joiners(
    living: Living,
    expected: npt.NDArray[np.float64],
    month: int,
    end: date,
    net: Network,
    rng: np.random.Generator,
    number: int,
) -> Living:
    """The month's new customers: each branch replaces its expected losses and grows at its own pace."""
    stock = np.bincount(net.branch[living.home], minlength=len(net.growth))
    season = 1.25 if end.month <= 3 else 11 / 12
    wanted = rng.poisson(np.maximum(expected + stock * net.growth / 12, 0.0) * season)
    home = net.draw_within(net.open_weight(month), np.repeat(np.arange(len(wanted)), wanted), rng)
    missing = [np.repeat(place, max(0, 3 - int((living.home == place).sum()))) for place in net.tiny]
    if missing:
        refill = np.concatenate(missing)[: len(home)]  # an almost empty outlet stays almost empty
        home[: len(refill)] = refill
    day = day_number(end) - rng.integers(0, end.day, len(home))
    joined: Ints = np.maximum(day, net.opened_day[home]).astype(np.int32)
    return newcomers(number, home, joined, net, rng)


def leaving(
    living: Living, end: date, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """Per customer the cause of leaving in this month (-1 = stays) and the probability of leaving at all."""
    tenure = (end.year - 1970) * 12 + end.month - 2 - month_number(living.joined)
    count = len(living.number)
    closing = hazards.closing(living.corporate, living.aum_avg, tenure, living.products, living.transactions)
    death = hazards.death(living.corporate, end.year - living.birth_year.astype(np.int32))
    others = [np.full(count, hazards.OTHER_CAUSES[cause]) for cause in CAUSES[2:]]
    running = np.cumsum(np.stack([closing, death, *others]), axis=0)
    chance = rng.random(count)
    cause = (chance >= running).sum(axis=0)
    return np.where(cause == len(CAUSES), -1, cause).astype(np.int8), running[-1]


def move(living: Living, month: int, net: Network, rng: np.random.Generator) -> None:
    """Customers follow a closed outlet's business, or move by themselves (about 1 % a year)."""
    running = net.open_weight(month)
    for place in np.flatnonzero(net.closes == month - 1):
        here = np.flatnonzero(living.home == place)
        if net.taker[place] >= 0:
            living.home[here] = net.taker[place]
        else:
            living.home[here] = net.draw_within(running, np.repeat(net.branch[place], len(here)), rng)
    movers = np.flatnonzero(rng.random(len(living.number)) < _MOVES_PER_MONTH)
    near = net.draw_within(running, net.branch[living.home[movers]], rng)
    far = net.draw(running, len(movers), rng)
    living.home[movers] = np.where(rng.random(len(movers)) < 0.75, near, far)
