"""Tasks and events as their institutions wrote them, identities in them masked for everybody.

Events are inherited downwards, tasks are not.
"""

from datetime import date

import polars as pl

from data_access.access.masking import masked
from data_access.tree import Ranges
from data_access.view.store import Store

SCHEMA = {"node": pl.Int64, "text": pl.String, "owner": pl.String, "due_on": pl.Date, "days_late": pl.Int64}


def _of(store: Store, nodes: list[int], kind: str) -> pl.DataFrame | None:
    """Annotations of a kind written at these institutions; None where none are delivered."""
    if not store.has("annotations"):
        return None
    numbers = {store.tree.numbers[node]: node for node in nodes}
    stored = store.rows("tables", "annotations.parquet")
    here = stored.filter(pl.col("institution_no").is_in(list(numbers)) & (pl.col("kind") == kind)).collect()
    for name, dtype in {"owner": pl.String, "due_on": pl.Date, "done_on": pl.Date}.items():
        if name not in here.columns:
            here = here.with_columns(pl.lit(None, dtype=dtype).alias(name))
    node = pl.col("institution_no").replace_strict(numbers, return_dtype=pl.Int64)
    texts = [masked(text) for text in here["text"]]
    return here.with_columns(pl.Series("text", texts, dtype=pl.String), node=node)


def tasks(store: Store, scope: Ranges, node: int) -> pl.DataFrame:
    """Open tasks of an institution and its children, as far as they are in the scope; overdue ones first."""
    nodes = [at for at in (node, *store.tree.children(node)) if any(a <= at <= b for a, b in scope)]
    found = _of(store, nodes, "task")
    if found is None:
        return pl.DataFrame(schema=SCHEMA)
    today = store.as_of.get("annotations") or max(store.as_of.values())
    late = (pl.lit(today) - pl.col("due_on")).dt.total_days()
    still = found.filter(pl.col("done_on").is_null() & (pl.col("date") <= today)).with_columns(days_late=late)
    return still.sort("due_on", "node", nulls_last=True).select(pl.col(c).cast(d) for c, d in SCHEMA.items())


def events(store: Store, node: int) -> list[tuple[date, str]]:
    """Events of an institution and of those above it, oldest first."""
    found = _of(store, store.tree.path(node), "event")
    return [] if found is None else list(found.sort("date").select("date", "text").iter_rows())
