"""Detractors whom nobody has called back in time: by institution, at an outlet the customers to call."""

from typing import Any

import polars as pl

from data_access.errors import CockpitError, NotDelivered
from data_access.subject import message
from data_access.view.refusals import check_filters
from data_access.view.view import View
from metrics.satisfaction.settings import CALLBACK_DAYS
from ui.base.formats import WHOLE, grouped
from ui.base.words import t
from ui.parts.lists import Counted, by_institution, scale_of
from ui.parts.model import Column
from ui.parts.one_customer import customer_rows
from ui.parts.quiet import heading, nothing, notice
from ui.parts.todo import ActionList, told


def _to_call_back(view: View) -> tuple[int, int]:
    if not view.store.snapshot.has("lists", "detractors.parquet") or not view.scope.sees_customers:
        raise NotDelivered("Detractors are listed when surveys and contacts name the customer.")
    check_filters(view.scope, view.catalogue()["satisfaction.nps"])
    rows = view.list("detractors")
    return rows.height, int(rows["amount"].sum())


DETRACTORS = ActionList(
    name="detractors",
    label=message("detractors not called back in time"),
    noun="answers",
    read=_to_call_back,
)


def detractors(view: View, *, key: str) -> None:
    """The list, or above the outlet the same list counted by institution."""
    days = view.store.policy.of(CALLBACK_DAYS)
    quiet = [
        t("not called back within {n} working days, at the date of the data", n=days),
        told(view, DETRACTORS),
    ]
    heading(t("Detractors to call back"), " · ".join(filter(None, quiet)))
    if not view.store.snapshot.has("lists", "detractors.parquet"):
        nothing(t("Detractors are listed when surveys and contacts name the customer."))
        return
    try:
        frame = view.list("detractors").sort("weight", descending=True, maintain_order=True)
    except CockpitError as error:
        notice(error)
        return
    if frame.is_empty():
        nothing(t("Every detractor of the last 90 days has been called back, or is not due yet."))
    elif view.store.tree.children(view.node):
        _by_institution(view, frame, key=key)
    else:
        _rows(view, frame, key=key)


def _by_institution(view: View, frame: pl.DataFrame, *, key: str) -> None:
    """Counted by the institutions below, with those booked at the institution itself."""
    scale = scale_of(view, frame, "amount")
    columns: list[Counted] = [
        (
            Column("cases", t("Detractors"), kind="bar", phone=True, adds_up=WHOLE),
            pl.len(),
            grouped,
        ),
        (
            Column("amount", t("Their AUM"), unit=scale.unit, phone=True, adds_up=scale),
            pl.col("amount").sum(),
            scale.text,
        ),
        (
            Column("late", t("Longest overdue"), unit=t("days")),
            pl.col("days_late").max(),
            grouped,
        ),
    ]
    by_institution(view, frame, columns, caption=t("Detractors to call back"), key=key)


def _rows(view: View, frame: pl.DataFrame, *, key: str) -> None:
    reasons = view.store.codes.get("reason", [])

    def reason(row: dict[str, Any]) -> str:
        return reasons[row["reason"]] if row["reason"] else t("none named")

    columns = {
        "nps": (t("Score"), lambda row: str(row["nps"])),
        "answered": (t("Answered on"), lambda row: str(row["responded_on"])),
        "late": (t("Days overdue"), lambda row: f"{row['days_late']:,}"),
        "reason": (t("Reason"), reason),
    }
    customer_rows(view, frame, columns, caption=t("Detractors to call back"), key=key, amount=t("AUM"))
