"""Sales funnel: how far new deals come, what is open, what was decided, where it differs."""

import streamlit as st

from charts import bars, funnel
from ui.breakdown import plain_table
from ui.choice import breakdown_choice, breakdown_rates
from ui.deals import overdue_deals
from ui.figure import figure
from ui.key_figures import key_figures
from ui.page import current_view, heading, stage_names, trend_figure
from ui.words import t

view = current_view()
cards = ("win_rate", "won_amount", "won", "open", "open_amount", "cycle_days_median", "average_deal", "lapsed")
key_figures(view, [("funnel.outcomes", name) for name in cards], key="cards")

stages = view.metric("funnel.stages")
names = stage_names(view)
words = {"undated": t("no dates delivered"), "entered": t("Entered"), "reached_next": t("Reached the next stage"),
         "conversion": t("Conversion")}  # fmt: skip
left, right = st.columns([2, 3], gap="medium")
with left:
    heading(t("Deals that began in the period"), t("and how far they have come since"))
    if stages["entered"].sum():
        figure(funnel.bars(stages, labels=names, words=words, alt=t("Deals of the period by stage reached")), key="funnel")
    else:
        st.info(t("No deal began in the period."))
with right:
    heading(t("Stages"))
    columns = ("entered", "conversion", "open_count", "open_amount", "median_days")
    notes = {"entered": t("no dates"), "conversion": "", "median_days": t("not reached yet")}
    plain_table(view, view.catalogue()["funnel.stages"], stages, ("stage", t("Stage")), columns,
                caption=t("Stages"), key="stages", names=names, notes=notes)  # fmt: skip

left, right = st.columns([2, 3], gap="medium")
with left:
    heading(t("Closing rate by month"), t("with its 95 % interval"))
    trend_figure(view, "funnel.outcomes", {"win_rate": t("Closing rate")}, band=("low", "high"), months=12,
                 alt=t("Closing rate by month with its interval"), key="trend")  # fmt: skip
with right:
    by = breakdown_choice(view, "funnel.outcomes", key="by")
    rates, overall, words = breakdown_rates(view, by)
    if rates["n"].sum():
        figure(bars.ranked(rates, "name", "win_rate", low="low", high="high", unit="%", reference=overall, labels=words,
                           count="n", alt=t("Closing rates compared, with intervals")), key="rates")  # fmt: skip
    else:
        st.info(t("Nothing was decided in the period."))
overdue_deals(view, key="overdue")
