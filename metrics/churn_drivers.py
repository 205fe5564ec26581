"""Why customers leave: risk multiples of the model, and how far it can be trusted."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from data_access.subject import Ask, Measure, message
from metrics.churn_outlook import DEFINITION, of_churn, told

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
        "driver": pl.String, "level": pl.String, "hazard_ratio": pl.Float64, "low": pl.Float64,
        "high": pl.Float64, "cox_hazard_ratio": pl.Float64, "months_at_risk": pl.Int64, "exits": pl.Int64,
        "is_reference": pl.Boolean, "shared_with": pl.String,
    }  # fmt: skip
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
            "moved": row["moved"], "trained_from": model["first"], "trained_to": model["last"],
            "months": model["months"], "in_last_band": model.get("in_last_band"),
            "at_risk": model.get("at_risk"),
        }
        for row in found["drift"]
    ]  # fmt: skip
    names = {
        "driver": pl.String, "statistic": pl.Float64, "df": pl.Int64, "p_value": pl.Float64,
        "largest": pl.Float64, "moved": pl.Float64, "trained_from": pl.String, "trained_to": pl.String,
        "months": pl.Int64, "in_last_band": pl.Int64, "at_risk": pl.Int64,
    }  # fmt: skip
    frame = _repeated(ask, rows, names)
    return frame.with_columns(pl.col("trained_from", "trained_to").str.to_date())


_DRIVER = Measure("driver", message("Driver"), "text")
DRIVERS = (
    of_churn("drivers", message("Churn risk multiples"), drivers, {},
             (_DRIVER, Measure("level", message("Level"), "text"),
              Measure("hazard_ratio", message("Risk multiple"), "ratio"),
              Measure("low", message("Lower bound"), "ratio"),
              Measure("high", message("Upper bound"), "ratio"),
              Measure("cox_hazard_ratio", message("Risk multiple by Cox"), "ratio"),
              Measure("months_at_risk", message("Customer months"), "count"),
              Measure("exits", message("Left"), "count"),
              Measure("is_reference", message("Reference"), "text"),
              Measure("shared_with", message("Counted with"), "text")), DEFINITION, by=()),
    of_churn("checks", message("Churn model checks"), checks, {},
             (_DRIVER, Measure("statistic", message("Likelihood ratio"), "score"),
              Measure("df", message("Degrees of freedom"), "count"),
              Measure("p_value", message("p-value"), "ratio"),
              Measure("largest", message("Largest departure"), "ratio"),
              Measure("moved", message("Customers who differ"), "rate"),
              Measure("trained_from", message("Learned from"), "text"),
              Measure("trained_to", message("Learned up to"), "text"),
              Measure("months", message("Months"), "count"),
              Measure("in_last_band", message("In the last band of tenure"), "customers"),
              Measure("at_risk", message("Customers at risk"), "customers")), DEFINITION, by=()),
)  # fmt: skip
