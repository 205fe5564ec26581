"""From which tier customers went to which: the cells that the matrix and the ladder are made of."""

from collections.abc import Mapping

import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.subject import Ask
from data_access.windows import stock_month
from metrics.migration.availability import (
    why_no_steps,
)
from metrics.migration.marts import COUNTS, NEAR
from metrics.migration.observation_steps import WATCH
from metrics.migration.states import CORRECTED, STATES, states_of
from metrics.statistics.intervals import share, wilson


def steps(rows: Mapping[str, pl.DataFrame], ask: Ask, mart: str = "migration") -> pl.DataFrame:
    """The stored steps of the distance asked for that end in the period; of more than a month, at its end."""
    distance = int(ask.parameters["distance"])
    at = stock_month(ask.period)
    frame = rows[mart if distance == NEAR else f"{mart}_far"]
    first = min(ask.period.first, at) if distance == NEAR else at
    return frame.filter(pl.col("month").is_between(first, at), distance=distance)


def cells_of(rows: Mapping[str, pl.DataFrame], ask: Ask, *, is_watch: bool) -> pl.DataFrame:
    at, known = stock_month(ask.period), why_no_steps(ask) is None
    frame = steps(rows, ask, "migration_watch" if is_watch else "migration")
    frame = frame.filter(pl.col("month") == at, pl.lit(known))
    cells = frame.group_by("group", "from_tier", "to_tier").agg(pl.col(name).sum() for name in COUNTS)
    words = states_of([tier.key for tier in ask.policy.tiers])
    tiers = [code for code in words if is_watch or code < WATCH]
    seen = set(cells["from_tier"]) | set(cells["to_tier"])
    live = [code for code in range(FIRST_TIER) if code in seen] + tiers
    ways = [(a, b) for a in (*live, *STATES) for b in (*live, *STATES) if a in live or b in live]
    if not cells.height:
        ways = []
    grid = pl.DataFrame(ways, schema={"from_tier": pl.Int16, "to_tier": pl.Int16}, orient="row")
    found = ask.groups.join(grid, how="cross").join(
        cells, on=["group", "from_tier", "to_tier"], how="left", maintain_order="left"
    )
    found = found.with_columns(pl.col(name).fill_null(0) for name in COUNTS).with_columns(
        n=pl.col("customers").sum().over("group", "from_tier")
    )
    here = pl.col("from_tier") >= 0
    corrected = (pl.col("customers") < 0).any().over("group", "from_tier")
    note = (
        pl.when(here & corrected)
        .then(pl.lit(CORRECTED))
        .when(here & (pl.col("n") < ask.policy.floor_rank))
        .then(pl.lit(f"n<{ask.policy.floor_rank}"))
    )
    whole = pl.when(here & note.is_null()).then(pl.col("n"))
    low, high = wilson(pl.col("customers"), whole)
    names = dict(enumerate(ask.codes["tier"])) | words | STATES
    word = [
        pl.col(end).replace_strict(names, return_dtype=pl.String).alias(end)
        for end in ("from_tier", "to_tier")
    ]
    told = {"share": share(pl.col("customers"), whole), "low": low, "high": high, "note": note}
    return found.select("group", *word, *COUNTS, "n", **told)
