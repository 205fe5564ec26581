"""The branches of the head office on a grid of China's provinces, by the measure most are behind in."""

import polars as pl
import streamlit as st

from charts import tiles
from data_access.view.view import View
from ui.base.link import CHILDREN, go
from ui.base.words import language, t
from ui.parts.contents import Wanted
from ui.parts.figure import figure
from ui.parts.model import Cell
from ui.parts.quiet import heading
from ui.review.heat import heat
from ui.review.provinces import PLACES, Place, place_in

FEWEST = 2  # branches that make a picture
MARKS = {"bad": "! ", "good": "✓ "}
TONES = {"bad": -1, "good": 1}


def placed(view: View, below: Wanted) -> dict[str, tuple[Place, Cell]]:
    """The branches that carry a place in their name, each with how it stands; of two in one place the first.

    Nothing below the head office, where levels are other than branches, and where fewer than two have one.
    """
    tree = view.store.tree
    if tree.parent[view.node] >= 0 or view.rows != CHILDREN or (found := heat(view, below)) is None:
        return {}
    told: dict[str, tuple[Place, Cell]] = {}
    for one, cell in found.standing.items():
        place = place_in(tree.names[tree.node_of[one]])
        if place is not None and cell.text and place not in [taken for taken, _ in told.values()]:
            told[one] = place, cell
    return told if len(told) >= FEWEST else {}


def tile_map(view: View, below: Wanted, *, key: str) -> bool:
    """Drawn on a wide screen; a phone has the table above, of which this is the picture. Whether it was."""
    found, told = heat(view, below), placed(view, below)
    if found is None or not told:
        return False
    head = next(column for column in found.table.columns if column.key == found.worst)
    with st.container(key="wide_only"):
        heading(t("Where: {measure}", measure=head.label), head.unit)
        drawn = _tiles(view, told)
        alt = t(
            "{measure} of the branches on a grid of provinces: {told}", measure=head.label, told=_said(drawn)
        )
        taken = set(zip(drawn["row"], drawn["column"], strict=True))
        rest = [(one.row, one.column) for one in PLACES if (one.row, one.column) not in taken]
        figure(tiles.tiles(drawn, rest, alt=alt), key=key, on_select=lambda chosen: go(at=str(chosen)))
        said = [t("Orange !: behind or worse, blue ✓: on course or better; the stronger, the farther.")]
        left = [view.name(one) for one in found.standing if one not in told]
        if left:
            said.append(t("Not on the grid: {names}.", names=t(", ").join(left)))
        st.caption(" ".join(said))
    return True


def _tiles(view: View, told: dict[str, tuple[Place, Cell]]) -> pl.DataFrame:
    values = [abs(cell.value) for _, cell in told.values() if isinstance(cell.value, int | float)]
    most = max(values, default=0.0) or 1.0

    def tone(cell: Cell) -> float:
        far = abs(cell.value) / most if isinstance(cell.value, int | float) else 0.0
        return TONES.get(cell.mark, 0) * (0.2 + 0.8 * far)

    rows = [
        {
            "id": one,
            "row": place.row,
            "column": place.column,
            "label": place.name if language() == "zh" else place.name_en,
            "text": MARKS.get(cell.mark, "") + cell.text,
            "told": "\n".join(filter(None, [view.name(one), cell.text, cell.note])),
            "tone": tone(cell),
        }
        for one, (place, cell) in told.items()
    ]
    return pl.DataFrame(rows)


def _said(drawn: pl.DataFrame) -> str:
    return t(", ").join(f"{row['label']} {row['text']}" for row in drawn.to_dicts())
