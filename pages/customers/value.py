"""Customer value: who holds how much, how unequally, and who is about to change the tier."""

from ui.base.words import t
from ui.parts.breakdown import children_table
from ui.parts.finding import show_finding
from ui.parts.folded import folded
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, halves
from ui.value.near_edge import near_edge
from ui.value.page import PAGE
from ui.value.scores import score_table, top_table
from ui.value.spread import lorenz_figure, mix_figure, of_people, size_figure, whale_figure, whom_note
from ui.value.tables import decile_table, quadrant_table, tier_table

view = current_view()
available(view, "value.summary")
show_finding(view, PAGE)
key_figures(view, PAGE.cards, key="cards")
whom_note(view)

left, right = halves()
with left:
    tier_table(view, key="tiers")
with right:
    mix_figure(view, key="mix")
children_table(of_people(view), PAGE.below, key="children")
near_edge(view, key="near")

with folded(t("How the money is spread: sizes, shares of the top, tenths"), key="spread"):
    left, right = halves()
    with left:
        size_figure(view, key="sizes")
        whale_figure(view, key="whale")
    with right:
        lorenz_figure(view, key="lorenz")
        top_table(view, key="tops")
    decile_table(view, key="deciles")
with folded(t("Loyalty and value"), key="loyalty"):
    left, right = halves()
    with left:
        quadrant_table(view, key="quadrants")
    with right:
        score_table(view, key="scores")
