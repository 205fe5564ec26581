"""Steps between states against published tables, and against each other."""

import random

import numpy as np
import pytest

from metrics.migration.observation_rule import observed
from metrics.statistics import chain

KKK = [[51, 11, 8], [12, 31, 9], [6, 11, 10]]  # Kullback, Kupperman and Ku 1962
KKK_RATES = [[5 / 8, 1 / 4, 1 / 8], [1 / 4, 1 / 2, 1 / 4], [1 / 4, 3 / 8, 3 / 8]]
# two periods of R's `kullback` data
A = [
    [22, 11, 24, 2, 2, 7],
    [5, 23, 15, 3, 42, 6],
    [4, 21, 190, 25, 20, 34],
    [0, 2, 14, 56, 14, 28],
    [32, 15, 20, 10, 56, 14],
    [5, 22, 31, 18, 13, 134],
]
B = [
    [3, 6, 9, 3, 0, 8],
    [1, 9, 3, 12, 27, 5],
    [2, 9, 208, 32, 5, 18],
    [0, 14, 32, 108, 40, 40],
    [22, 14, 9, 26, 224, 14],
    [1, 5, 13, 53, 13, 116],
]
# R's `tm_abs`: ratings AAA to CCC, the last column default
TM_ABS = [
    [208, 22, 2, 0, 0, 0, 0, 0],
    [5, 777, 67, 4, 0, 0, 0, 0],
    [0, 55, 1428, 135, 6, 1, 6, 4],
    [1, 6, 65, 1514, 66, 9, 3, 6],
    [0, 4, 1, 40, 886, 75, 9, 3],
    [0, 5, 3, 6, 48, 793, 47, 53],
    [0, 0, 0, 0, 1, 13, 77, 19],
]


def test_given_rates_as_published() -> None:
    statistic, df = chain.against(np.array(KKK), np.array(KKK_RATES))
    assert (statistic, df) == (pytest.approx(6.518384096, abs=1e-8), 6)
    assert chain.chi_square_tail(statistic, df) == pytest.approx(0.36769, abs=1e-5)


def test_two_periods_as_published() -> None:
    """By row, so row sizes that differ are no difference: 275.9963 with 35 degrees would mix them in.

    Published with 30 degrees, 6 rows of 5; nobody went from the fourth state to the first, so here 29.
    """
    statistic, df, p = chain.homogeneity([np.array(A), np.array(B)])
    assert (statistic, df) == (pytest.approx(160.9606, abs=1e-4), 30 - 1)
    taken = [np.array(table) + (np.array(A) + np.array(B) == 0) for table in (A, B)]
    assert chain.homogeneity(taken)[1] == 30
    assert p < 1e-18


def test_ratings_as_published() -> None:
    counts = np.array(TM_ABS)
    n = counts.sum()
    above, below = np.triu(counts, 1).sum(), np.tril(counts, -1).sum()
    assert (n, below, above) == (6473, 253, 537)
    assert (below / n, above / n) == (pytest.approx(0.03909, abs=5e-6), pytest.approx(0.08296, abs=5e-6))
    rates = chain.shares(counts)
    assert np.allclose(rates.sum(axis=1), 1)
    assert (rates[:, -1] * counts.sum(axis=1)).sum() / n == pytest.approx(0.01313, abs=5e-6)


def test_alike_periods_are_alike() -> None:
    """Twice the same rates: nothing is different. A state without customers says nothing."""
    statistic, df, p = chain.homogeneity([np.array(KKK), 3 * np.array(KKK)])
    assert (round(statistic, 9), df, p) == (0, 6, 1)
    empty = np.array([*KKK[:2], [0, 0, 0]])
    assert chain.homogeneity([np.array(KKK), empty])[1] == 4
    assert chain.largest_difference([np.array(KKK), empty], least=30) == pytest.approx(0, abs=1e-12)
    assert chain.largest_difference([empty], least=10**6) is None
    moved = np.array([[35, 27, 8], *KKK[1:]])  # 16 of 70 went elsewhere: half of it from the common share
    assert chain.largest_difference([np.array(KKK), moved], least=30) == pytest.approx(8 / 70)


@pytest.mark.parametrize(
    ("statistic", "df", "p"),
    [
        (3.841459, 1, 0.05),
        (5.991465, 2, 0.05),
        (11.0705, 5, 0.05),
        (43.77297, 30, 0.05),
        (123.2252, 99, 0.05),
    ],
)
def test_the_table_of_chi_square(statistic: float, df: int, p: float) -> None:
    assert chain.chi_square_tail(statistic, df) == pytest.approx(p, rel=1e-5)


STEPS = [np.array([[80, 15, 5], [10, 85, 5]]), np.array([[150, 38, 12], [22, 166, 12]])]


def test_the_outlook_is_the_chain_with_newcomers() -> None:
    """By hand for one step; within the sample n·P + newcomers is the stock that came."""
    stock, inflow = np.array([100, 200]), np.array([20, 40])
    found = chain.outlook(stock, STEPS, inflow, 4)
    stays = np.array([[230 / 300, 53 / 300], [32 / 300, 251 / 300]])
    first = stock @ stays + inflow / 2
    assert found.expected[0] == pytest.approx(first)
    assert found.expected[1] == pytest.approx(first @ stays + inflow / 2)
    one = chain.outlook(STEPS[0].sum(axis=1), STEPS[:1], inflow, 1)
    assert one.expected[0] == pytest.approx(STEPS[0].sum(axis=0)[:2] + inflow)
    assert (found.low <= found.expected).all() and (found.expected <= found.high).all()
    width = found.high - found.low
    assert (width[1:] > width[:-1]).all()  # the farther, the less sure
    again = chain.outlook(stock, STEPS, inflow, 4)
    assert np.array_equal(found.low, again.low) and np.array_equal(found.high, again.high)


def test_the_interval_holds_what_comes() -> None:
    """Simulated banks with known rates: 95 % intervals hold the next stock in about 95 of 100."""
    rng = np.random.default_rng(5)
    rates, held, told = [[0.8, 0.15, 0.05], [0.1, 0.85, 0.05]], 0, 0
    for _ in range(300):
        tables = [np.array([rng.multinomial(300, row) for row in rates])]  # one step: the rates are in doubt
        inflow = rng.poisson([20, 15])
        found = chain.outlook(np.array([300, 300]), tables, inflow, 1)
        came = sum(rng.multinomial(300, row)[:2] for row in rates) + rng.poisson([20, 15])
        held += int(((found.low[0] <= came) & (came <= found.high[0])).sum())
        told += 2
    assert 0.92 < held / told < 0.98


def machine(plain: list[int | None], months: list[int]) -> list[tuple[int, bool]]:
    """The rule as a clerk applies it, month by month: up at once; below the tier the missed months are
    counted, and when they are full it falls to the next one whose own missed months are not."""
    held, missed, found = 0, dict.fromkeys(range(len(months)), 10**6), []
    for now in plain:
        reached = -1 if now is None else now
        for tier in missed:
            missed[tier] = 0 if reached >= tier else missed[tier] + 1
        if reached > held:
            held = reached
        while held and missed[held] >= months[held]:
            held -= 1
        found.append((held, reached < held))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_observation_is_what_a_clerk_would_book(seed: int) -> None:
    rng = random.Random(seed)
    months = [3, 3, 3, 3, 6]
    plain: list[int | None] = [rng.choice([0, 1, 2, 3, 4, 4, None]) for _ in range(30)]
    found, expected = observed(plain, months), machine(plain, months)
    for at, booked in enumerate(found):
        assert booked == (None if at < 5 or plain[at] is None else expected[at]), (at, plain)
    late = observed(plain, months, lag=1)
    for at, booked in enumerate(late):
        if booked is not None:
            assert booked[0] == expected[at - 1][0]
            assert booked[1] == (plain[at] < expected[at - 1][0])  # type: ignore[operator]


def test_observation_by_hand() -> None:
    months = [3, 3, 6]
    assert observed([1, 0, 0, 0, 0, 0, 0], months)[5:] == [(0, False), (0, False)]
    falls = observed([0, 0, 0, 0, 0, 1, 0, 0, 0], months)
    assert falls[5:] == [(1, False), (1, True), (1, True), (0, False)]  # down with the third missed month
    private = observed([2, 1, 1, 1, 1, 1, 1], months)
    assert private[5:] == [(2, True), (1, False)]  # six months, then the best of the last three
    assert observed([0, 0, 0, 0, 0, 0, 2, 0], months, lag=1)[6:] == [(0, False), (2, True)]
    assert observed([0] * 6, months)[:5] == [None] * 5  # burn-in
