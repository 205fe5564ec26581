"""Business overview: how the institution stands, who makes the difference, what to do next."""

from ui.base.words import t
from ui.parts.breakdown import children_table
from ui.parts.finding import show_finding
from ui.parts.folded import folded
from ui.parts.key_figures import key_figures
from ui.parts.page import current_view, halves, trend_figure
from ui.review.alerts import alerts, tasks
from ui.review.causes import cause_figure
from ui.review.due import falling_due
from ui.review.heat import heat_table
from ui.review.moves import large_moves
from ui.review.note_menu import note_menu, plan_gaps
from ui.review.notes import notes_list, of_cards, read_notes
from ui.review.page import OPENS, OVERVIEW
from ui.review.side_by_side import course_figure
from ui.review.tile_map import tile_map
from ui.review.today import to_call

view = current_view()
notes = read_notes(view)
show_finding(view, OVERVIEW)
on_cards = of_cards(view, notes, OVERVIEW.cards)
key_figures(view, OVERVIEW.cards, key="cards", opens=OPENS, notes=on_cards)
heat_table(view, OVERVIEW.below, key="heat", notes=notes)
if view.store.has("targets"):
    label = t("Write a note on a plan gap")
    note_menu(view, notes, lambda: plan_gaps(view, notes), label=label, key="gaps")
notes_list(view, notes, key="notes")
to_call(view, key="today")
children_table(view, OVERVIEW.below, key="children")

left, right = halves()
with left:
    is_mapped = tile_map(view, OVERVIEW.below, key="map")
    if not is_mapped:
        cause_figure(view, key="causes")
with right:
    alerts(view, key="alerts", notes=notes)
    tasks(view, key="tasks")
with folded(t("Causes, 24 months, large moves, money falling due"), key="more"):
    if is_mapped:
        cause_figure(view, key="causes")
    course_figure(view, OVERVIEW.below, key="courses")
    left, right = halves()
    with left:
        lines = {"aum": t("Period end"), "aum_avg": t("Monthly average")}
        title, alt = t("AUM over 24 months"), t("AUM at period end and monthly average")
        trend_figure(view, "book.summary", lines, title=title, alt=alt, key="aum")
    with right:
        lines = {"joined": t("New customers"), "left": t("Lost customers")}
        title, alt = (
            t("New and lost customers over 24 months"),
            t("New and lost customers by month over 24 months"),
        )
        trend_figure(view, "book.summary", lines, title=title, alt=alt, key="customers")
    large_moves(view, key="moves")
    falling_due(view, key="due")
