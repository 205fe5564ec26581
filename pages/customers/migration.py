"""Tier migration: who rose, fell, came and left, between which tiers, where, and where it leads."""

from ui.base.words import t
from ui.migration.cohort import cohort_table
from ui.migration.outlook import outlook_figure
from ui.migration.page import OPENS, PAGE
from ui.migration.summary import migration_section, observation_table
from ui.parts.breakdown import children_table
from ui.parts.finding import show_finding
from ui.parts.folded import folded
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, halves, trend_figure
from ui.value.spread import of_people, whom_note

view = current_view()
available(view, "migration.rates")
show_finding(view, PAGE)
key_figures(view, PAGE.cards, key="cards", opens=OPENS)
whom_note(view)
migration_section(view, key="migration")
children_table(of_people(view), PAGE.below, key="children")
observation_table(view, key="observation")
with folded(t("Where it leads: rates by month, the next months, groups by year"), key="ahead"):
    left, right = halves()
    with left:
        lines = {"upgrade_rate": t("Upgrade rate"), "downgrade_rate": t("Downgrade rate")}
        title, alt = (
            t("Upgrade and downgrade rate by month"),
            t("Share of customers who rose and fell by month"),
        )
        trend_figure(view, "migration.rates", lines, title=title, alt=alt, key="trend")
    with right:
        outlook_figure(view, key="outlook")
    cohort_table(view, key="cohort")
