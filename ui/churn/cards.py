"""The churn forecast on top of its page: the choice, the finding, the cards, and the three horizons."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from data_access.subject import message
from data_access.view.view import View
from metrics.churn.settings import SILENT_FLOOR, SILENT_MONTHS
from ui.base.formats import plain, unit_of
from ui.base.link import go
from ui.base.words import language, t
from ui.churn.choices import DEFINITION, HORIZON
from ui.churn.institutions import judged
from ui.churn.method import churn_reliability
from ui.churn.words import (
    KINDS_OF_CHURN,
    OBSERVED,
    definition_of,
    horizon_of,
    leavers,
    leavers_span,
    money_span,
    money_text,
    no_forecast,
    origin_of,
    ratios,
    share_of,
    suited,
    within,
)
from ui.parts.cards import cards
from ui.parts.contents import Choice, chosen
from ui.parts.customers import money
from ui.parts.key_figures import colours
from ui.parts.model import Card
from ui.parts.page import of_all, of_all_note

HINTS = {
    "closed": message(
        "Closed: the relationship with the bank was ended. Deaths and closings by the bank "
        "are not counted. The forecast starts from {day}."
    ),
    "silent": message(
        "Silent: {n} month ends in a row without an own transaction and with AUM below "
        "{floor}. That is known only {n} months later, so the forecast starts from {day}."
    ),
}


def choices(view: View) -> list[tuple[Choice, str, Callable[[str], str]]]:
    """What a reader may choose, with its words: a kind of churn where months are delivered, a horizon where
    there is a forecast."""
    kind = (DEFINITION, t("Kind of churn"), lambda value: t(KINDS_OF_CHURN[value]))
    ahead = (HORIZON, t("Months ahead"), lambda value: t("{n} months", n=value))
    found = [kind] if view.store.months else []
    return found if no_forecast(view) else [*found, ahead]


def churn_choice(view: View, *, key: str) -> None:
    """Which churn, never both at once, and how many months ahead; what would change nothing is not asked."""
    names = choices(view)
    if not names:
        return
    with st.container(horizontal=True, gap="medium"):
        for choice, label, worded in names:
            widget = f"{key}_{choice.name}"
            st.session_state[widget] = chosen(view, choice)
            st.segmented_control(
                label,
                sorted(choice.offered, key=lambda value: (len(value), value)),
                key=widget,
                required=True,
                format_func=worded,
                label_visibility="collapsed",
                on_change=lambda name=choice.name, widget=widget: go(**{name: st.session_state[widget]}),
            )
    if view.store.months and view.period.last < (newest := view.store.months[-1]):
        st.info(t("Churn is told of the newest month end, {day}, whatever the period.", day=newest))


def origin_note(view: View) -> None:
    """Whether the model is reliable, what is meant by leaving, and the month end that it starts from."""
    policy = view.store.policy
    floor = f"{policy.of(SILENT_FLOOR):,} {money(view, [view.store.minor_units]).unit}"
    hint = t(HINTS[definition_of(view)], n=policy.of(SILENT_MONTHS), floor=floor, day=origin_of(view))
    st.caption(plain(f"{churn_reliability(view)} {hint}"))


def churn_items(view: View) -> list[Card]:
    """Leavers and balance at risk, what came of the last forecast, and of last month's list."""
    look, months = suited(view), horizon_of(view)
    row = look.metric("churn.expected").row(0, named=True)
    other = 12 if months != 12 else 6
    also = look.metric("churn.expected", horizon=str(other)).row(0, named=True)
    metric = view.catalogue()["churn.expected"]
    share = row["leaver_share"]
    found = [
        _leavers(view, row, months),
        _money(
            view,
            "balance_at_risk",
            t("Balance at risk in {n} months", n=months),
            row["balance_at_risk"],
            within(money_span(view, row)),
            t(metric.measure("balance_at_risk").definition),
        ),
        _item(
            "leaver_share",
            t("Expected to leave"),
            share_of(share) or None,
            "%",
            share,
            "rate",
            missing=t("no customers here"),
        ),
        _item(
            "customers",
            t("Customers in the forecast"),
            f"{row['customers']:,}",
            unit_of("customers"),
            row["customers"],
            "customers",
            note=money_text(view, row["balance"]),
        ),
        _leavers(view, also, other),
        _ratio(look),
    ]
    if not view.store.has("customer_months", "aum"):
        found = [
            replace(card, note="") if card.id == "churn.customers" else card
            for card in found
            if card.id != "churn.balance_at_risk"
        ]
    return found + (_silent(view, look) if definition_of(view) == "silent" else _followed(look))


def _item(
    name: str,
    label: str,
    value: str | None,
    unit: str,
    raw: float | None,
    noun: str,
    *,
    missing: str = "",
    note: str = "",
    definition: str = "",
) -> Card:
    return Card(
        label,
        value or "",
        unit if value else "",
        raw,
        noun,
        f"churn.{name}",
        missing,
        note=note,
        definition=definition,
    )


def _leavers(view: View, row: dict[str, Any], months: int) -> Card:
    """Expected leavers; a word where less than one is expected, or where nobody is left to leave."""
    value, label = row["expected_leavers"], t("Expected leavers in {n} months", n=months)
    few = t("less than 1 customer") if row["customers"] else t("no customers here")
    measure = view.catalogue()["churn.expected"].measure("expected_leavers")
    return _item(
        f"leavers_{months}",
        label,
        leavers(value) if value >= 1 else None,
        unit_of("customers"),
        value,
        "customers",
        missing=few,
        note=within(leavers_span(row)) if row["customers"] else "",
        definition=t(measure.definition),
    )


def _money(
    view: View, name: str, label: str, value: float, note: str, definition: str, missing: str = ""
) -> Card:
    scale = money(view, [value])
    return _item(
        name,
        label,
        scale.text(value) if value else None,
        scale.unit,
        value,
        "money",
        note=note if value else "",
        definition=definition,
        missing=missing or t("nothing at risk"),
    )


def _ratio(look: View) -> Card:
    """Of the newest forecast whose end is reached: left to foretold."""
    row = of_all(look, "churn.ranking").metric("churn.ranking").row(0, named=True)
    label, measure = t("Left of those foretold"), look.catalogue()["churn.ranking"].measure("ratio")
    if row["since"] is None or row["ratio"] is None:
        return _item("ratio", label, None, "", None, "ratio", missing=t("no record yet"))
    told = t(
        "{observed} of {expected}, {word}",
        observed=f"{row['observed']:,}",
        expected=leavers(row["expected"]),
        word=judged(row),
    )
    more = within(ratios(row), OBSERVED)
    definition = f"{t(measure.definition)} {t('Forecast of {day}.', day=row['since'])} {more}"
    told = t("; ").join(filter(None, (told, of_all_note(look, "churn.ranking"))))
    if row["outside"] == "few":
        return _item("ratio", label, None, "", None, "ratio", missing=told, definition=definition)
    return _item(
        "ratio", label, f"{row['ratio']:.2f}", "", row["ratio"], "ratio", note=told, definition=definition
    )


def _silent(view: View, look: View) -> list[Card]:
    """Customers who are silent, but not yet for long enough to be gone."""
    frame = look.metric("churn.already_silent")
    count, held = int(frame["customers"].sum()), int(frame["aum"].sum())
    label = t("Already silent for fewer than {n} months", n=view.store.policy.of(SILENT_MONTHS))
    missing = t("no silent customer")
    return [
        _item(
            "already_silent",
            label,
            f"{count:,}" if count else None,
            unit_of("customers"),
            count,
            "customers",
            missing=missing,
        ),
        _money(view, "already_silent_aum", t("AUM of those already silent"), held, "", "", missing),
    ]


def _followed(look: View) -> list[Card]:
    """What became of those on last month's list."""
    row = look.metric("churn.follow_up").row(0, named=True)
    shares = (
        ("contact_share", t("Last month's list: contacted in time"), "contacted"),
        ("here_share", t("Last month's list: still here"), "here"),
    )
    found = []
    for name, label, part in shares:
        share = row[name]
        told = t("{n} of {of}", n=f"{row[part] or 0:,}", of=f"{row['customers']:,}")
        missing = t("contacts are not delivered") if row["customers"] else t("nobody was on the list")
        found.append(
            _item(
                name,
                label,
                None if share is None else f"{share * 100:.1f}",
                "%",
                share,
                "rate",
                note="" if share is None else told,
                missing=missing,
                definition=t("This is not an experiment."),
            )
        )
    return found


def churn_cards(view: View, *, key: str) -> None:
    """The key figures as cards."""
    cards(churn_items(view), key=key, colours=colours(view), language=language())
