"""The matrix of tier migration: shares, customers or AUM from tier to tier, with who came and the margins."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from charts import matrix
from charts.theme import Figure
from data_access.subject import message
from data_access.view.view import View
from metrics.migration.marts import COUNTS
from metrics.migration.states import STATES, WATCHED
from ui.base.formats import Scale, interval_said, scale_in, short, unit_of
from ui.base.link import go
from ui.base.words import t
from ui.migration.choices import CELL, CELLS, STANDS
from ui.migration.states import MATRIX, names, order
from ui.parts.choice import name_of
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table

TOTAL, SHARE, CUSTOMERS = "total", *CELLS[:2]
AUM = CELLS[2:]
SHOWN = dict(
    zip(
        CELLS,
        (message("Share"), message("Customers"), message("AUM before"), message("AUM now")),
        strict=True,
    )
)
Found = dict[str, Any]  # a row of the metric


def cells_choice(cells: pl.DataFrame, shows: str, *, key: str) -> str:
    """Which numbers the matrix has: a share, customers, or AUM where it is delivered."""
    known = [name for name in CELLS if name in cells.columns]
    shows = shows if shows in known else SHARE
    st.session_state[key] = shows
    st.segmented_control(
        t("Numbers in the matrix"),
        known,
        format_func=lambda name: t(SHOWN[name]),
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: go(cells=st.session_state[key] or shows),
    )
    return shows


def with_margins(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells with the sum of each row, of each column and of all: what was there then, and is now."""
    sums, total = [pl.col(name).sum() for name in COUNTS if name in cells.columns], pl.lit(TOTAL)
    margins = [
        cells.group_by("from_tier", maintain_order=True).agg(sums).with_columns(to_tier=total),
        cells.group_by("to_tier", maintain_order=True).agg(sums).with_columns(from_tier=total),
        cells.select(sums).with_columns(from_tier=total, to_tier=total),
    ]
    return pl.concat([cells, *margins], how="diagonal").with_columns(way=pl.col("way").fill_null(0))


def aum_scale(view: View, cells: pl.DataFrame) -> Scale:
    """One unit for all AUM of the matrix."""
    values = [value for name in AUM if name in cells.columns for value in cells[name].to_list()]
    measure = view.catalogue()[MATRIX].measure(AUM[0])
    scale = scale_in(view, measure, values)
    return replace(scale, decimals=2)  # small flows stand beside the stock of a tier


def unit(view: View, cells: pl.DataFrame, shows: str) -> str:
    """What the numbers of the matrix are of."""
    if shows == SHARE:
        return t("% of the tier before")
    return t("customers") if shows == CUSTOMERS else aum_scale(view, with_margins(cells)).unit


def written(row: Found, shows: str, scale: Scale) -> str:
    """A cell's number; where there is no share, customers. Nothing where nobody went that way."""
    if not row["customers"] or (shows in AUM and not row[shows]):
        return ""
    if shows in AUM:
        text = scale.text(row[shows])
        return f"<{10**-scale.decimals:g}" if text == scale.text(0) else text
    if shows == SHARE and row["share"] is not None:
        return matrix.percent(row["share"])
    return short(row["customers"])


def told(view: View, row: Found, words: tuple[dict[str, str], ...]) -> str:
    """Which cell it is, and its share with interval."""
    lines = [f"{words[0][row['from_tier']]} → {words[1][row['to_tier']]}"]
    if row["share"] is not None and row["customers"]:
        lines += [f"{matrix.percent(row['share'])}%", interval_said(row, row["n"])]
    elif is_few(view, row):
        lines.append(
            t("fewer than {n} customers before: too few for a share", n=view.store.policy.floor_rank)
        )
    return "\n".join(lines)


def amounts(cells: pl.DataFrame, scale: Scale) -> dict[str, str]:
    """What else is told of each cell: customers, what they held and hold; each as a line for its number."""
    units = {CUSTOMERS: unit_of("customers"), **dict.fromkeys(AUM, scale.unit)}
    return {
        name: t("{name}: {value}", name=t(SHOWN[name]), value=f"{{}} {unit}".strip())
        for name, unit in units.items()
        if name in cells.columns
    }


def amount(row: Found, name: str, scale: Scale) -> str:
    """The number of such a line."""
    return f"{row[name]:,}" if name == CUSTOMERS else scale.text(row[name])


def is_few(view: View, row: Found) -> bool:
    """Whether a row's tier has too few customers for a share."""
    has_share = row["from_tier"] not in (TOTAL, *STATES.values()) and row["to_tier"] != TOTAL
    return bool(has_share and 0 < row["n"] < view.store.policy.floor_rank)


def drawn(view: View, cells: pl.DataFrame, shows: str, states: str) -> Figure:
    """The matrix with its margins; rows of too few for a share are marked and have customers instead."""
    rows, columns = (order(view, cells, end, states) for end in CELL)
    whole, few = with_margins(cells), view.store.policy.floor_rank
    scale, listed = aum_scale(view, whole), whole.to_dicts()
    words = [names(view, end) | {TOTAL: t("Total")} for end in CELL]
    heads = [dict(each) for each in words]
    for key in view.store.codes["tier"]:  # short, for many stand side by side
        heads[1][key + WATCHED] = t("{tier} obs.", tier=name_of(view, "tier", {"tier": key}))
    if shows == SHARE:
        bare = {row["from_tier"] for row in listed if is_few(view, row)}
        heads[0] |= {key: t("{tier} n<{few}", tier=heads[0][key], few=few) for key in bare}
        heads[0] |= {key: t("{tier} (customers)", tier=heads[0][key]) for key in (TOTAL, *STATES.values())}
    sizes = [
        row["share"] or 0 if shows == SHARE else abs(row[shows] or 0) if row["to_tier"] != TOTAL else 0
        for row in listed
    ]
    lines = amounts(whole, scale)
    frame = whole.select(
        *CELL,
        tone=pl.Series(
            [row["way"] * size**0.5 for row, size in zip(listed, sizes, strict=True)], dtype=pl.Float64
        ),
        text=pl.Series([written(row, shows, scale) for row in listed], dtype=pl.String),
        told=pl.Series([told(view, row, tuple(words)) for row in listed], dtype=pl.String),
        is_bare=pl.Series([shows == SHARE and row["share"] is None for row in listed], dtype=pl.Boolean),
        is_flow=pl.Series(
            [TOTAL not in (row["from_tier"], row["to_tier"]) for row in listed], dtype=pl.Boolean
        ),
        **{name: pl.Series([amount(row, name, scale) for row in listed], dtype=pl.String) for name in lines},
    )
    return matrix.heat(
        frame,
        *CELL,
        names=(heads[0], heads[1]),
        ends=([*rows, TOTAL], [*columns, TOTAL]),
        amounts=lines,
        colours=colours(view),
        words={"then": t("Tier before"), "now": t("Tier now")},
        alt=t("{what} by tier before and tier now", what=t(SHOWN[shows])),
        wide=states != STANDS[0],
    )


def cell_rows(view: View, cells: pl.DataFrame, shows: str, states: str) -> Table:
    """The same numbers for keyboard and screen reader, with the interval of each."""
    rows, columns = (order(view, cells, end, states) for end in CELL)
    whole = with_margins(cells)
    scale = aum_scale(view, whole)
    words = tuple(names(view, end) | {TOTAL: t("Total")} for end in CELL)
    lines = amounts(whole, scale)
    at = {(row["from_tier"], row["to_tier"]): row for row in whole.to_dicts()}
    heads = [Column("tier", t("Tier before"), kind="name", phone=True)]
    heads += [Column(state, words[1][state], phone=state == TOTAL) for state in (*columns, TOTAL)]

    def cell(row: Found | None) -> Cell:
        if row is None:
            return Cell("")
        text, bare = written(row, shows, scale), shows == SHARE and row["share"] is None
        if text and shows == SHARE:
            text = t("{n} customers", n=text) if bare else f"{text}%"
        value = row[CUSTOMERS if shows == SHARE else shows]
        more = [line.format(amount(row, name, scale)) for name, line in lines.items()]
        return Cell(text, value, title="\n".join([told(view, row, words), *more]))

    body = [
        Row(
            {
                "tier": Cell(words[0][a], key=a),
                **{b: cell(at.get((a, b))) for b in (*columns, TOTAL)},
            },
            role="total" if a == TOTAL else "child",
        )
        for a in (*rows, TOTAL)
    ]
    return Table(heads, body)
