"""Each customer's kind, own tags and tier, which stand beside the rows of the months."""

import narwhals as nw
import polars as pl

from data_access.codes.banding import tier_code
from data_access.codes.coding import KINDS, Codes
from data_access.intake.config import Config


def kinds_of(config: Config, codes: Codes, customers: pl.DataFrame | None) -> pl.DataFrame | None:
    """Each customer's kind and own tags as codes; None without a table of customers."""
    if customers is None:
        return None
    by_code = {kind: code for code, kind in enumerate(KINDS)}
    kind = pl.lit(0, dtype=pl.Int16)
    if "kind" in customers.columns:
        kind = pl.col("kind").replace_strict(by_code, default=0, return_dtype=pl.Int16)
    coded = {tag: codes.coded(customers, tag) for tag in config.tables["customers"].tags}
    return customers.select("customer_no", kind=kind, **coded)


def with_kind_and_tier(
    rows: pl.DataFrame, kinds: pl.DataFrame | None, basis: str | None, config: Config
) -> pl.DataFrame:
    """The rows of a month with kind, tags and the tier of what the customer holds (`basis`)."""
    if kinds is not None:
        rows = rows.join(kinds, on="customer_no", how="left", maintain_order="left")
    else:
        rows = rows.with_columns(kind=pl.lit(0, dtype=pl.Int16))
    rows = rows.with_columns(pl.col("kind", "^tag_.*$").fill_null(0))
    value = nw.col(basis) if basis else nw.lit(None, dtype=nw.Int64)
    tier = tier_code(value, nw.col("kind"), config.policy, config.minor_units)
    return nw.from_native(rows).with_columns(tier=tier).to_native()
