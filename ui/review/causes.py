"""Why AUM changed, as a waterfall."""

from typing import Any

import polars as pl

from charts import waterfall
from data_access import periods
from data_access.subject import Period, message
from data_access.view.view import View
from ui.base.formats import Scale, scale_in
from ui.base.words import t
from ui.parts.changes import basis
from ui.parts.figure import figure
from ui.parts.key_figures import colours
from ui.parts.key_items import delivered
from ui.parts.quiet import heading, nothing

STEPS = {  # in a word or two: seven stand side by side on a phone
    "opening": message("Opening"),
    "joined": message("Who joined"),
    "kept": message("Kept, net inflow"),
    "market_value": message("Market value"),
    "left": message("Who left"),
    "transferred": message("Transfers"),
    "tier_change": message("Changes of tier"),
    "closing": message("Closing"),
}


def causes(view: View) -> tuple[pl.DataFrame, Scale, View] | None:
    """The steps since the day compared with; None where nothing is delivered or known."""
    metric = view.catalogue()["book.waterfall"]
    measure = metric.measure("amount")
    if not delivered(view, measure) or not view.store.months:
        return None
    whole = view.suited(metric)
    before = periods.compared(whole.period, whole.comparison, flow=False)
    start = periods.whole_months(before).last
    stretch = Period(periods.months_back(Period(start.replace(day=1), start), -1).first, whole.period.last)
    if stretch.first > stretch.last or not whole.covers(view.catalogue()["book.summary"], stretch, flow=True):
        stretch = whole.period
    look = whole.during(stretch)
    frame = look.metric(metric.name)
    if frame["amount"].null_count():
        return None
    opening, closing = (frame.filter(pl.col("step") == step)["amount"][0] for step in ("opening", "closing"))
    return (
        frame,
        scale_in(view, measure, [opening, closing]),
        look,
    )


def cause_figure(view: View, *, key: str) -> None:
    """The waterfall between the comparison and now; steps without money are left out."""
    found = causes(view)
    if found is None:
        return
    frame, scale, look = found
    labels, values = bars(frame, scale)
    measure = view.catalogue()["book.summary"].measure("aum")
    heading(
        t("AUM by cause"),
        t("{first} to {last}", first=look.period.first, last=look.period.last)
        if look.period != view.period
        else basis(look, measure),
    )
    if not any(values):
        nothing(t("There was nothing to show in these months."))
        return
    fig = waterfall.steps(
        labels,
        values,
        unit=scale.unit,
        alt=t("AUM from opening to closing by cause"),
        colours=colours(view),
        decimals=scale.decimals,
        cut=t("axis from {start}"),
    )
    figure(fig, key=key)


def bars(frame: pl.DataFrame, scale: Scale) -> tuple[list[str], list[float]]:
    """Names and scaled values of the steps that hold money; opening and closing always."""
    rows: list[dict[str, Any]] = [
        row for row in frame.to_dicts() if row["amount"] or row["step"] in ("opening", "closing")
    ]
    return [t(STEPS[row["step"]]) for row in rows], [row["amount"] / scale.divisor for row in rows]
