"""The common pool of deals (商机池): which claimed ones have gone back to it, which go back next, and why.

This is reading work and always Polars; the builders get plain columns.
"""

from datetime import date

import polars as pl

from data_access.codes.coding import Codes
from data_access.policy import Policy
from metrics.funnel.settings import POOL_CONTACT_DAYS, POOL_DEAL_DAYS, POOL_VISIT_DAYS

CLAIMED, RETURNING, RETURNED = 0, 1, 2
SOON_DAYS = 7
REASONS = ("no_contact", "no_visit", "no_deal")


def prepare_pool(
    deals: pl.DataFrame, contacts: pl.DataFrame, as_of: date, policy: Policy, codes: Codes
) -> pl.DataFrame:
    """Open deals that somebody holds or held: their state at a day, the day they go back, and the reason.

    A deal goes back on the day after the first of these limits has passed: no contact at all so many days
    after its entry; no effective visit for so many days since its entry or the last one; not won so many days
    after its entry. A contact counts if it names the deal, or no deal but its customer. A deal that
    was released earlier is back since then, for the reason delivered. Deals whose entry nobody knows
    are held without a limit.
    """
    opened = deals.filter(pl.col("outcome") == 0).with_columns(entry=pl.coalesce("first_on", "created_on"))
    held = opened.filter(pl.col("manager_no").is_not_null() | pl.col("released_on").is_not_null())
    met = _contacts_of(held, contacts)
    held = held.join(met, on="opportunity_no", how="left", maintain_order="left")

    def after(since: pl.Expr, days: int) -> pl.Expr:
        return since.dt.offset_by(f"{days + 1}d")

    limits = {
        "no_contact": pl.when(pl.col("contacted_on").is_null()).then(
            after(pl.col("entry"), policy.of(POOL_CONTACT_DAYS))
        ),
        "no_visit": after(pl.coalesce("visited_on", "entry"), policy.of(POOL_VISIT_DAYS)),
        "no_deal": after(pl.col("entry"), policy.of(POOL_DEAL_DAYS)),
    }
    released = pl.col("released_on") <= as_of
    held = held.with_columns(**limits).with_columns(
        return_on=pl.when(released).then("released_on").otherwise(pl.min_horizontal(*limits))
    )
    first = pl.coalesce(pl.when(pl.col(name) == pl.col("return_on")).then(pl.lit(name)) for name in limits)
    reason = pl.when(released).then(pl.col("release_reason").fill_null("released")).otherwise(first)
    soon = pl.lit(as_of).dt.offset_by(f"{SOON_DAYS}d")
    is_soon = pl.when(pl.col("return_on") <= soon).then(RETURNING).otherwise(CLAIMED)
    held = held.with_columns(
        day=pl.lit(as_of),
        state=pl.when(pl.col("return_on") <= as_of).then(RETURNED).otherwise(is_soon).cast(pl.Int16),
    )
    held = held.with_columns(
        pool_reason=pl.when(pl.col("state") != CLAIMED).then(reason), tier=pl.col("tier_last")
    )
    return held.with_columns(pool_reason=codes.coded(held, "pool_reason")).drop(*limits)


def _contacts_of(deals: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """The first contact since each deal's entry, and the last effective visit."""
    for name in ("opportunity_no", "customer_no"):
        if name not in contacts.columns:
            contacts = contacts.with_columns(pl.lit(None, dtype=pl.Int64).alias(name))
    for name in ("kind", "effective"):
        if name not in contacts.columns:
            contacts = contacts.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    asked = deals.select("opportunity_no", "customer_no", "entry")
    named = contacts.filter(pl.col("opportunity_no").is_not_null()).drop("customer_no")
    others = contacts.filter(pl.col("opportunity_no").is_null() & pl.col("customer_no").is_not_null())
    columns = ("opportunity_no", "entry", "contacted_on", "kind", "effective")
    met = pl.concat(
        [
            asked.join(named, on="opportunity_no").select(*columns),
            asked.join(others.drop("opportunity_no"), on="customer_no").select(*columns),
        ]
    ).filter(pl.col("contacted_on") >= pl.col("entry"))
    visit = (pl.col("kind") == "visit") & pl.col("effective").eq_missing(pl.lit("yes")).or_(
        pl.col("effective").is_null()
    )
    return met.group_by("opportunity_no").agg(
        contacted_on=pl.col("contacted_on").min(), visited_on=pl.col("contacted_on").filter(visit).max()
    )


def prepare_clashes(deals: pl.DataFrame, customers: pl.DataFrame | None) -> pl.DataFrame:
    """Customers on whom two managers or more are at work (撞单): their open deals have different owners.

    One row per customer, at the customer's own institution, where that is not delivered at that of the
    largest of the deals.
    """
    opened = deals.filter(
        (pl.col("outcome") == 0) & pl.col("manager_no").is_not_null() & pl.col("customer_no").is_not_null()
    )
    largest = opened.sort(pl.col("expected_amount").fill_null(0), "opportunity_no", descending=[True, False])
    found = largest.group_by("customer_no", maintain_order=True).agg(
        pl.col("institution_no", "kind", "manager_no").first(),
        tier=pl.col("tier_last").first(),
        managers=pl.col("manager_no").n_unique().cast(pl.Int64),
        deals=pl.len().cast(pl.Int64),
        amount=pl.col("expected_amount").fill_null(0).sum(),
    )
    found = found.filter(pl.col("managers") > 1)
    if customers is not None and "institution_no" in customers.columns:
        homes = customers.select("customer_no", home="institution_no")
        found = found.join(homes, on="customer_no", how="left", maintain_order="left")
        found = found.with_columns(institution_no=pl.coalesce("home", "institution_no")).drop("home")
    return found
