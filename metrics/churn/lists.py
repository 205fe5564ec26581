"""Whom to keep: the customers of an institution with the highest expected loss, and why they are at risk."""

import numpy as np
import polars as pl

from data_access.subject import Inputs, ListOf, message
from metrics.churn.bands import CLOSED, DEFINITIONS, SILENT
from metrics.churn.change_marts import due_on, met, ranked
from metrics.churn.model import DRIVERS, Fit, read_fit, tenure_band
from metrics.churn.scores import customers_at, models_of, origin_of, scored
from metrics.churn.settings import CHURN_LISTED, SILENT_MONTHS
from metrics.churn.spells import has_silent, seen

REASONS = 3
WORTH = 0.05  # a driver that raises the risk by less is no reason (of the logarithm, so about 5 %)
PLACE = ("institution_no", "kind", "tier", "held")


def reasons(model: Fit, customers: pl.DataFrame) -> pl.DataFrame:
    """Each customer's up to three drivers that raise the risk most above their reference level.

    `reason_1` … `reason_3`: driver and level (its code) as “activity:1”; null where there is none.
    """
    rows = customers.with_columns(tenure=tenure_band(pl.col("months")))
    x = model.design(rows)
    parts = []
    for driver in DRIVERS:
        mine = [at for at, (name, _) in enumerate(model.names, 1) if name == driver]
        parts.append(x[:, mine] @ model.beta[mine])
    above = np.column_stack(parts)
    order = np.argsort(-above, axis=1, kind="stable")[:, :REASONS]
    texts = np.column_stack(
        [
            rows.select(pl.format(f"{driver}:{{}}", pl.col(driver))).to_series().to_numpy()
            for driver in DRIVERS
        ]
    )
    found = {}
    for rank in range(REASONS):
        at = order[:, rank]
        lines = np.arange(len(at))
        strong = pl.Series(above[lines, at] > WORTH)
        words = pl.Series(texts[lines, at], dtype=pl.String)
        found[f"reason_{rank + 1}"] = pl.select(pl.when(strong).then(words)).to_series()
    return pl.DataFrame(found)


def _silent_for(inputs: Inputs) -> pl.DataFrame:
    """Months that each customer has been silent up to now, as far as it is not yet churn."""
    if not has_silent(inputs):
        return pl.DataFrame(schema={"customer_no": pl.Int64, "silent_for": pl.Int64})
    length = inputs.policy.of(SILENT_MONTHS)
    rows: pl.DataFrame = seen(inputs, max(inputs.months), range(1 - length, 1)).collect("polars").to_native()
    silent = [pl.col(f"silent_{-back}").fill_null(0) == 1 for back in range(length)]
    runs = (pl.all_horizontal(silent[: back + 1]).cast(pl.Int64) for back in range(length))
    return rows.select("customer_no", silent_for=pl.sum_horizontal(*runs))


def _listed(inputs: Inputs, definition: int) -> pl.DataFrame:
    """Customers who can leave, the highest expected loss within six months first.

    The chance is that of the forecast's origin; institution, tier and money are those of the newest month
    end, for who has left or moved since is no customer to keep here.
    """
    models = models_of(inputs, definition)
    if not models:
        return pl.DataFrame(schema={"institution_no": pl.Int64, "manager_no": pl.Int64})
    origin = origin_of(models[0])
    customers = scored(inputs, definition, models[0], customers_at(inputs, definition, origin))[0]
    customers = customers.with_columns(tier_then=pl.col("tier"))
    if origin != max(inputs.months):
        here = customers_at(inputs, CLOSED, max(inputs.months)).select("customer_no", *PLACE)
        customers = customers.drop(PLACE).join(here, on="customer_no", how="inner", maintain_order="left")
    customers = customers.join(_silent_for(inputs), on="customer_no", how="left", maintain_order="left")
    rows = ranked(inputs, customers)
    listed = min(inputs.policy.of(CHURN_LISTED), inputs.policy.list_cap)
    rows = rows.filter(pl.col("loss") > 0, pl.col("place") < listed)
    rows = rows.hstack(reasons(read_fit(models[0]["own"]), rows.with_columns(tier="tier_then")))
    as_of = inputs.as_of.get("contacts", max(inputs.months))
    rows = rows.join(met(inputs, None, as_of), on="customer_no", how="left", maintain_order="left")
    has_contacts = pl.lit(inputs.has("contacts", "customer_id", "contacted_on"))
    return rows.select(
        "institution_no",
        "manager_no",
        "customer_no",
        "kind",
        pl.col("tier").cast(pl.Int16),
        "loss",
        "place",
        "reason_1",
        "reason_2",
        "reason_3",
        "last_contact",
        amount="held",
        chance="p_6",
        due_on=pl.when(has_contacts).then(due_on(inputs, as_of)),
        silent_for=pl.col("silent_for").fill_null(0),
    )


def list_closed(inputs: Inputs) -> pl.DataFrame:
    """Customers who may close the relationship, the most at stake first."""
    return _listed(inputs, CLOSED)


def list_silent(inputs: Inputs) -> pl.DataFrame:
    """Customers who may fall silent, the most at stake first."""
    return _listed(inputs, SILENT)


LISTS = tuple(
    ListOf(f"churn_{name}", message("Customers to keep"), ("customer_months.aum",), build)
    for name, build in zip(DEFINITIONS, (list_closed, list_silent), strict=True)
)
