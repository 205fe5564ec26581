"""The true probabilities of leaving: one definition for the simulation and for `truth.json`."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Band edges: a value belongs to the last band whose lower edge it reaches.
BANDS: dict[str, dict[str, list[Any]]] = {
    "tier": {
        "keys": ["mass", "emerging", "middle", "affluent", "high_end", "private"],
        "edges": [50_000, 200_000, 500_000, 2_000_000, 6_000_000],
        "coefficients": [0.0, -0.30, -0.55, -0.75, -0.90, -0.80],
    },
    "tenure": {
        "keys": ["0-11", "12-35", "36-119", "120+"],
        "edges": [12, 36, 120],
        "coefficients": [0.50, 0.0, -0.45, -0.80],
    },
    "products": {
        "keys": ["1", "2", "3-4", "5+"],
        "edges": [2, 3, 5],
        "coefficients": [0.35, 0.0, -0.40, -0.80],
    },
    "activity": {
        "keys": ["0", "1-3", "4-11", "12+"],
        "edges": [1, 4, 12],
        "coefficients": [0.70, 0.0, -0.35, -0.60],
    },
}
BASE_MONTHLY_HAZARD = 0.010
CORPORATE = -0.50
DEATH = {"monthly_at_40": 0.00012, "growth_per_year_of_age": 0.09}
OTHER_CAUSES = {"bank": 0.00010, "merged": 0.00008}


def band(name: str, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The number of the band each value falls in; an edge belongs to the band above it."""
    edges = np.array(BANDS[name]["edges"], dtype=np.float64)
    return np.asarray(np.searchsorted(edges, values, side="right"), dtype=np.int64)


def closing(
    corporate: npt.NDArray[np.bool_],
    aum_avg: Floats,
    tenure_months: npt.NDArray[Any],
    products: npt.NDArray[Any],
    own_transactions: npt.NDArray[Any],
) -> Floats:
    """Monthly probability that a customer closes the relationship, by cloglog.

    Corporate customers have no tier: their own coefficient stands in its place.
    """
    tier = np.where(corporate, CORPORATE, _coefficient("tier", aum_avg))
    eta = np.log(-np.log1p(-BASE_MONTHLY_HAZARD)) + tier
    eta = eta + _coefficient("tenure", tenure_months) + _coefficient("products", products)
    eta = eta + _coefficient("activity", own_transactions)
    hazard: Floats = -np.expm1(-np.exp(eta))
    return hazard


def death(corporate: npt.NDArray[np.bool_], age: npt.NDArray[Any]) -> Floats:
    """Monthly probability of death, growing with age; companies do not die."""
    rate = DEATH["monthly_at_40"] * np.exp(DEATH["growth_per_year_of_age"] * (age - 40.0))
    return np.where(corporate, 0.0, np.minimum(rate, 0.05))


def _coefficient(name: str, values: npt.NDArray[Any]) -> Floats:
    return np.array(BANDS[name]["coefficients"], dtype=np.float64)[band(name, values)]


def truth() -> dict[str, Any]:
    """Everything a later test needs to compare fitted values with the simulated ones."""
    return {
        "exit_cause_closed": {
            "form": "h = 1 - exp(-exp(eta)), eta = log(-log(1 - base)) + tier + tenure + products + activity",
            "event": "customers.closed_on falls in month t and exit_cause is 'closed'",
            "at_risk": "every customer with a row in customer_months for month t - 1, t in the window",
            "base_monthly_hazard": BASE_MONTHLY_HAZARD,
            "reference": "personal, mass, 12-35 months, 2 products, 1-3 own transactions",
            "corporate": {"coefficient": CORPORATE, "meaning": "in place of the tier coefficient"},
            "covariates": {
                "tier": "aum_avg of month t - 1 in yuan, personal customers only",
                "tenure": "whole calendar months from the month of joined_on to month t - 1",
                "products": "products of month t - 1",
                "activity": "own_transactions of month t - 1",
            },
            "bands": BANDS,
            "edges": "a value belongs to the last band whose lower edge it reaches; edges[0] opens band 1",
        },
        "exit_cause_death": {
            "form": "min(0.05, monthly_at_40 * exp(growth_per_year_of_age * (age - 40))), personal only",
            "age": "year of month t minus birth_year",
            **DEATH,
        },
        "other_exit_causes_monthly": OTHER_CAUSES,
        "causes": "exclusive within a month; each probability is the one of its cause, not conditional",
    }
