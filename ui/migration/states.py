"""The states of tier migration as the page shows them: which there are, in which order, in which words."""

import polars as pl

from data_access.view.view import View
from metrics.migration.marts import ELSEWHERE, OUTSIDE
from metrics.migration.states import STATES, WATCHED, states_of
from ui.base.words import t
from ui.migration.choices import CELL, STANDS
from ui.parts.choice import name_of

MATRIX = "migration.matrix"


def ranked(view: View, states: str) -> list[str]:
    """The states in their order, lowest first; of a tier, who is in observation stands below who is not."""
    tiers = [tier.key for tier in view.store.policy.tiers]
    return tiers if states == STANDS[0] else list(states_of(tiers).values())


def shown(view: View, distance: str, states: str) -> pl.DataFrame:
    """The cells of tiers and of what they exchange customers with, each with its `way` and `count`.

    Customers without a tier are shown where they exchange with tiers: corporate ones stay among themselves.
    """
    return view.once("migration_cells", (distance, states), lambda: _shown(view, distance, states))


def _shown(view: View, distance: str, states: str) -> pl.DataFrame:
    tiers = {state: number for number, state in enumerate(ranked(view, states))}
    cells = view.metric(MATRIX, distance=distance, states=states)
    cells = cells.filter(pl.any_horizontal(pl.col(*CELL).is_in(list(tiers))))
    touched = cells.filter(pl.col("customers") > 0)
    seen = {*tiers, *touched["from_tier"], *touched["to_tier"]} if touched.height else set()
    cells = cells.filter(pl.col("from_tier").is_in(seen), pl.col("to_tier").is_in(seen))
    outside = STATES[OUTSIDE]
    ways = [
        (tiers[b] > tiers[a]) - (tiers[b] < tiers[a])
        if a in tiers and b in tiers
        else (a == outside) - (b == outside)
        for a, b in cells.select("from_tier", "to_tier").iter_rows()
    ]
    return cells.with_columns(way=pl.Series(ways, dtype=pl.Int64), count="customers")


def order(view: View, cells: pl.DataFrame, end: str, states: str) -> list[str]:
    """States from the highest tier down, then those without a tier, elsewhere and outside.

    A tier is there with nobody in it too, its observation is not.
    """
    down = [tier.key for tier in view.store.policy.tiers]
    every = [*reversed(ranked(view, states)), "unknown", "untiered", STATES[ELSEWHERE], STATES[OUTSIDE]]
    sums = dict(cells.group_by(end).agg(pl.col("customers").sum()).iter_rows())
    return [state for state in every if state in down or sums.get(state)]


def names(view: View, end: str) -> dict[str, str]:
    """The states of one end in words."""
    words = {key: name_of(view, "tier", {"tier": key}) for key in view.store.codes["tier"]}
    outside, elsewhere = (t("New"), t("Moved in")) if end == "from_tier" else (t("Gone"), t("Moved out"))
    watched = {key + WATCHED: t("{tier}, in observation", tier=word) for key, word in words.items()}
    return words | watched | {STATES[OUTSIDE]: outside, STATES[ELSEWHERE]: elsewhere}
