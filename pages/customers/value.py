"""Customer value: who holds how much, how unequally, and who is about to change the tier."""

from ui.parts.breakdown import children_table
from ui.parts.finding import show_finding
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
children_table(of_people(view), PAGE.below, key="children")

left, right = halves()
with left:
    size_figure(view, key="sizes")
    tier_table(view, key="tiers")
    mix_figure(view, key="mix")
    whale_figure(view, key="whale")
with right:
    lorenz_figure(view, key="lorenz")
    quadrant_table(view, key="quadrants")
    score_table(view, key="scores")
    top_table(view, key="tops")
decile_table(view, key="deciles")
near_edge(view, key="near")
