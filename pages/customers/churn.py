"""Churn: who will leave, with how much money, why, how well that was foretold, and whom to keep."""

from ui.base.words import t
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
from ui.parts.folded import folded
from ui.parts.page import current_view, halves

view = current_view()
reachable(view)
churn_choice(view, key="choice")
if foretold(view):
    churn_finding(view)
    churn_cards(view, key="cards")
    origin_note(view)
    keep_list(view, key="keep")
    league_table(view, key="children")
    horizon_table(view, key="horizons")
    follow_table(view, key="follow")
    silent_table(view, key="silent")
    with folded(t("Risk by tier and what drives it"), key="risks"):
        risk_table(view, key="risks")
        churn_bridge_figure(view, key="bridge")
        driver_figure(view, key="drivers")
    with folded(t("Model and method: past forecasts against what happened"), key="record"):
        left, right = halves()
        with left:
            control_figure(view, key="control")
        with right:
            calibration_figure(view, key="calibration")
        record_table(view, key="record")
    method_drawer(view, key="method")
retention_figure(view, key="retention")
