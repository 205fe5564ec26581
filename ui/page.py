"""What a page script starts from."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from charts import trend
from data_access.view import View
from ui.figure import figure
from ui.formats import Scale, scale_for
from ui.words import language, t


def current_view() -> View:
    """The view of this run: scope, period, comparison and filters as the frame has settled them."""
    view: View = st.session_state["view"]
    return view


def heading(title: str, note: str = "") -> None:
    """The title of a part of the page, and a quieter word beside it."""
    st.markdown(f"**{title}** :gray[{note}]" if note else f"**{title}**")


def chart_scale(view: View, name: str, column: str) -> Scale:
    """The scale of a chart's axis, from the column's value now."""
    measure = view.catalogue()[name].measure(column)
    now = view.metric(name, columns=(column,))
    return scale_for(measure, now[column].to_list(), view.store.manifest["currency"], view.store.minor_units)


def months_frame(
    view: View, name: str, columns: Sequence[str], scale: Scale, *, months: int = 12
) -> pl.DataFrame:
    """Columns of a metric over months, divided for the chart's axis; undelivered columns are left out."""
    here = [column for column in columns if _delivered(view, name, column)]
    series = view.series(name, *here, months=months)
    return series.with_columns(pl.col(column) / scale.divisor for column in here if column in series.columns)


def trend_figure(view: View, name: str, lines: dict[str, str], *, alt: str, key: str, months: int = 24,
                 band: tuple[str, str] | None = None) -> None:  # fmt: skip
    """Columns of a metric as lines over months; columns that are not delivered are left out."""
    here = {column: label for column, label in lines.items() if _delivered(view, name, column)}
    if not here:
        return
    scale = chart_scale(view, name, next(iter(here)))
    frame = months_frame(view, name, [*here, *(band or ())], scale, months=months)
    if "month" not in frame.columns or frame.is_empty():
        frame = frame.with_columns(pl.lit(None).alias(column) for column in here)
    if not any(value for column in here for value in frame.get_column(column)):
        st.info(t("There was nothing to show in these months."))
        return
    figure(
        trend.line(frame, "month", here, unit=scale.unit, alt=alt, band=band, decimals=scale.decimals),
        key=key,
    )


def stage_names(view: View) -> dict[str, str]:
    """Stage keys and their words."""
    zh = language() == "zh"
    names = {stage.key: stage.zh if zh else stage.en for stage in view.store.policy.stages}
    return {**names, "unknown": t("Stage unknown")}


def _delivered(view: View, name: str, column: str) -> bool:
    needs = view.catalogue()[name].measure(column).needs
    return needs is None or view.store.has(*needs)
