"""Why customers leave: risk multiples of the model, and how far it can be trusted."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from data_access.subject import Ask, Measure, message
from metrics.churn.forecast import told
from metrics.churn.measures import DEFINITION
from metrics.churn.outlook import of_churn
from metrics.statistics.bounds import bounds

TEST = ("statistic", "df", "p_value", "largest")


def _repeated(ask: Ask, rows: list[dict[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """The whole bank's figures for every group: they are the model's, not the group's."""
    return ask.groups.join(pl.DataFrame(rows, schema=dict(schema), orient="row"), how="cross")


def drivers(_: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """By what factor a customer's monthly risk of leaving differs from the reference, all else equal.

    One row per group, driver and level, the whole bank's figures in every group. hazard_ratio: the risk
    multiple against the driver's reference level (1, is_reference), with its 95 % interval; of a
    complementary log-log model of monthly counts (Prentice and Gloeckler 1978). cox_hazard_ratio: the same by
    lifelines' Cox model at equal tenure, null for tenure itself. months_at_risk and exits of the level;
    shared_with: the level whose coefficient a level with too few customers shares.
    """
    rows = [{**row, "shared_with": row["with"]} for row in told(ask)["drivers"]]
    names = {
        "driver": pl.String,
        "level": pl.String,
        "hazard_ratio": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "cox_hazard_ratio": pl.Float64,
        "months_at_risk": pl.Int64,
        "exits": pl.Int64,
        "is_reference": pl.Boolean,
        "shared_with": pl.String,
    }
    return _repeated(ask, [{name: row[name] for name in names} for row in rows], names)


def checks(_: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How far the model holds: whether a driver works alike at every tenure, and whether customers changed.

    One row per group and driver, the whole bank's figures in every group. statistic, df, p_value: likelihood
    ratio test of the driver's interaction with tenure; largest: the factor by which a tenure band departs
    most (with many customers any departure is significant). moved: the share of today's customers that would
    have to change the level to look like those learned from. trained_from, trained_to: months learned from.
    in_last_band: of at_risk customers in the last of them those in the last band of tenure, which one month
    more with the bank changes nothing for, however long beyond what was observed.
    """
    found, model = told(ask), told(ask)["models"][0]
    tests = {row["driver"]: row for row in found["interactions"]}
    rows = [
        {
            "driver": row["driver"],
            **{name: tests.get(row["driver"], {}).get(name) for name in TEST},
            "moved": row["moved"],
            "trained_from": model["first"],
            "trained_to": model["last"],
            "months": model["months"],
            "in_last_band": model.get("in_last_band"),
            "at_risk": model.get("at_risk"),
        }
        for row in found["drift"]
    ]
    names = {
        "driver": pl.String,
        "statistic": pl.Float64,
        "df": pl.Int64,
        "p_value": pl.Float64,
        "largest": pl.Float64,
        "moved": pl.Float64,
        "trained_from": pl.String,
        "trained_to": pl.String,
        "months": pl.Int64,
        "in_last_band": pl.Int64,
        "at_risk": pl.Int64,
    }
    frame = _repeated(ask, rows, names)
    return frame.with_columns(pl.col("trained_from", "trained_to").str.to_date())


_DRIVER = Measure(name="driver", label=message("Driver"), unit="text")
DRIVERS = (
    of_churn(
        "drivers",
        message("Churn risk multiples"),
        drivers,
        {},
        (
            _DRIVER,
            Measure(name="level", label=message("Level"), unit="text"),
            Measure(name="hazard_ratio", label=message("Risk multiple"), unit="ratio"),
            *bounds("ratio"),
            Measure(name="cox_hazard_ratio", label=message("Risk multiple by Cox"), unit="ratio"),
            Measure(name="months_at_risk", label=message("Customer months"), unit="count"),
            Measure(name="exits", label=message("Left"), unit="count"),
            Measure(name="is_reference", label=message("Reference"), unit="text"),
            Measure(name="shared_with", label=message("Counted with"), unit="text"),
        ),
        DEFINITION,
        by=(),
    ),
    of_churn(
        "checks",
        message("Churn model checks"),
        checks,
        {},
        (
            _DRIVER,
            Measure(name="statistic", label=message("Likelihood ratio"), unit="score"),
            Measure(name="df", label=message("Degrees of freedom"), unit="count"),
            Measure(name="p_value", label=message("p-value"), unit="ratio"),
            Measure(name="largest", label=message("Largest departure"), unit="ratio"),
            Measure(name="moved", label=message("Customers who differ"), unit="rate"),
            Measure(name="trained_from", label=message("Learned from"), unit="text"),
            Measure(name="trained_to", label=message("Learned up to"), unit="text"),
            Measure(name="months", label=message("Months"), unit="count"),
            Measure(name="in_last_band", label=message("In the last band of tenure"), unit="customers"),
            Measure(name="at_risk", label=message("Customers at risk"), unit="customers"),
        ),
        DEFINITION,
        by=(),
    ),
)
