"""Why deals are won or lost: by reason and competitor, by product, source and owner, against the others."""

from ui.base.words import t
from ui.funnel.page import REASONS
from ui.funnel.reasons import losses, owners_table, peers_table
from ui.parts.choice import amounts_table, breakdown_choice, rates_figure
from ui.parts.finding import show_finding
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, halves

view = current_view()
available(view, "funnel.outcomes")
show_finding(view, REASONS)
key_figures(view, REASONS.cards, key="cards")
left, right = halves()
with left:
    losses(view, "lost_reason", t("Lost reason"), key="reasons")
with right:
    losses(view, "competitor", t("Competitor"), key="competitors")
left, right = halves()
with left:
    by = breakdown_choice(view, "funnel.outcomes", t("Closing rate by"), key="by")
    rates_figure(view, by, key="rates")
with right:
    amounts_table(view, by, key="amounts")
peers_table(view, key="peers")
owners_table(view, key="owners")
