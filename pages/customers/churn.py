"""Churn: who will leave, with how much money, why, how well that was foretold, and whom to keep."""

from ui.churn.bridge import churn_bridge_figure
from ui.churn.cards import churn_cards, churn_choice, origin_note
from ui.churn.finding import churn_finding
from ui.churn.horizons import horizon_table
from ui.churn.institutions import control_figure, league_table, risk_table
from ui.churn.lists import follow_table, keep_list, silent_table
from ui.churn.method import method_drawer
from ui.churn.record import calibration_figure, driver_figure, record_table
from ui.churn.retention import retention_figure
from ui.churn.words import foretold, reachable
from ui.parts.page import current_view, halves

view = current_view()
reachable(view)
churn_choice(view, key="choice")
if foretold(view):
    churn_finding(view)
    churn_cards(view, key="cards")
    origin_note(view)
    silent_table(view, key="silent")
    horizon_table(view, key="horizons")
    league_table(view, key="children")
    keep_list(view, key="keep")
    risk_table(view, key="risks")
    churn_bridge_figure(view, key="bridge")
    left, right = halves()
    with left:
        driver_figure(view, key="drivers")
    with right:
        control_figure(view, key="control")
        calibration_figure(view, key="calibration")

    follow_table(view, key="follow")
    record_table(view, key="record")
    method_drawer(view, key="method")
retention_figure(view, key="retention")
