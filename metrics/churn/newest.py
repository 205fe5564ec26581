"""The newest forecast of one churn: its rows, what was learned for it, and which is meant."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from data_access.errors import NotDelivered
from data_access.learned import Models, learned_of
from data_access.subject import Ask, Only, Period
from metrics.churn.bands import DEFINITIONS
from metrics.churn.learned import Churn


def always(_: Period) -> tuple[date | None, date | None]:
    """All that is stored: these metrics are told of the newest data only."""
    return None, None


def definition_of(ask: Ask) -> int:
    return DEFINITIONS.index(ask.parameters["definition"])


def told(ask: Ask) -> Mapping[str, Any]:
    """What was learned of the churn asked for; refuses where nothing was."""
    found = ask.learned(Churn).of.get(ask.parameters["definition"])
    if not found:
        raise NotDelivered(
            "There is no churn forecast: at least 100 customers must have left while months were delivered; "
            "silent churn also needs customer_months.own_transactions and aum."
        )
    return found


def newest(rows: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """The rows of the newest forecast of the churn asked for."""
    origin = date.fromisoformat(told(ask)["models"][0]["origin"])
    return rows.filter(pl.col("definition") == definition_of(ask), pl.col("month") == origin)


def newest_only(parameters: Mapping[str, str], models: Models) -> Only:
    """The churn and horizon asked for, and the newest origin: all that is read of the forecast."""
    found = learned_of(models, Churn).of.get(parameters["definition"])
    only: dict[str, tuple[Any, ...]] = {"definition": (DEFINITIONS.index(parameters["definition"]),)}
    only |= {"horizon": (int(parameters["horizon"]),)} if "horizon" in parameters else {}
    return only | ({"month": (date.fromisoformat(found["models"][0]["origin"]),)} if found else {})


BOTH = {"churn_forecast": always, "churn_gradients": always}
