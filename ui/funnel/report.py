"""The sales pages as sections of a report: the funnel, what changed in it, what it will bring."""

import polars as pl

from data_access.view.view import View
from metrics.funnel.stages import COHORT
from ui.base.words import t
from ui.funnel.bridge import LEVELS, STEPS, pipeline_bridge_rows, steps
from ui.funnel.choices import CLOSING
from ui.funnel.outlook import outlook_rows
from ui.funnel.stages import stage_rows
from ui.paper.model import Chart, Section, on_paper
from ui.paper.section import cards, said
from ui.parts.contents import Page, chosen
from ui.parts.model import Table


def funnel(view: View, page: Page) -> Section:
    """How far the deals of the period came, the stages, and the pipeline from opening to closing."""
    stages = stage_rows(view)
    begun = view.metric("funnel.stages", rule=COHORT, window="")
    entered = begun.filter(pl.col("entered").is_not_null())
    names = {row.cells["stage"].key: row.cells["stage"].text for row in stages.rows}
    charts: tuple[Chart, ...] = ()
    if entered.height and entered["entered"].sum():
        labels = tuple(names[key] for key in entered["stage"])
        values = tuple(float(value) for value in entered["entered"])
        bars = Chart(
            "bar", t("Deals that began in the period"), t("deals"), labels, ((t("Entered"), values),), 0
        )
        charts = (bars,)
    column, frame, scales = steps(view, chosen(view, CLOSING))
    tables: tuple[Table, ...] = (on_paper(t("Stages"), stages),)
    if any(frame["deals"]) or any(frame["moves"]):
        shown = frame.filter((pl.col(column) != 0) | pl.col("step").is_in(LEVELS))
        scale = scales[column]
        course = tuple(value / scale.divisor for value in shown[column])
        words = tuple(t(STEPS[step]) for step in shown["step"])
        title = t("What changed in the pipeline")
        charts = (*charts, Chart("waterfall", title, scale.unit, words, ((title, course),), scale.decimals))
        tables = (*tables, on_paper(title, pipeline_bridge_rows(view, frame, scales)))
    return Section(t(page.title), said(view, page), cards(view, page.cards), charts, tables)


def outlook(view: View, page: Page) -> Section:
    """The weighted pipeline by stage, and against the plan."""
    found = outlook_rows(view)
    tables = (on_paper(t("Weighted pipeline by stage"), found),) if found else ()
    return Section(t(page.title), said(view, page), cards(view, page.cards), tables=tables)
