"""Complaints of every institution equal plain Python on the raw rows."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.view.view import View
from metrics.book import subject as book
from metrics.complaints import subject as complaints
from tests.metrics.asking import built, look
from tests.metrics.brute_force import Book, Funnel
from tests.metrics.complaints.bank import add_complaints, bank_with_deals
from tests.metrics.event_bank import Delivery
from tests.metrics.funnel.force import product_limit, wilson
from tests.metrics.random_banks import banks
from tests.metrics.sameness import same, same_row
from tests.metrics.small_bank import Row

SUBJECTS = (book.SUBJECT, complaints.SUBJECT)
SUMS = ("regulator", "opened", "resolved", "open", "in_time", "promised", "repeated")


class Cases:
    """The complaints of a bank with what is said of each, in plain Python."""

    def __init__(self, made: Delivery, last: date) -> None:
        self.book, self.last = Book(made.bank), last
        funnel = Funnel(made.bank, self.book)
        kinds = {person["customer_id"]: person["kind"] or "unknown" for person in made.bank.customers}
        order = sorted(made.complaints, key=lambda row: (row["opened_on"], row["case_id"]))
        self.rows: list[Row] = []
        for case in order:
            before = [
                (case["opened_on"] - other["opened_on"]).days
                for other in self.rows
                if other["customer_id"] and other["customer_id"] == case["customer_id"]
            ]
            self.rows.append(
                case
                | {
                    "repeated": any(days <= 90 for days in before),
                    "answer": case["answered_on"] or case["resolved_on"],
                    "kind": kinds.get(case["customer_id"], "unknown"),
                    "tier": funnel.tier(case["customer_id"], case["opened_on"]),
                    "category": case["category"] or "unknown",
                    "source": case["source"] or "unknown",
                }
            )

    def of(self, booked: set[str], **only: str) -> list[Row]:
        return [
            case
            for case in self.rows
            if case["institution_id"] in booked and all(case[key] == value for key, value in only.items())
        ]

    def judged(self, case: Row) -> tuple[date, bool] | None:
        """When it turned out whether the promise was kept, and whether it was."""
        if case["due_on"] is None:
            return None
        if case["answer"] and case["answer"] <= case["due_on"]:
            return case["answer"], True
        day = case["due_on"] + timedelta(1)
        return (day, False) if day <= self.last else None

    def summary(self, booked: set[str], first: date, last: date, **only: str) -> Row:
        cases = self.of(booked, **only)
        opened = [case for case in cases if first <= case["opened_on"] <= last]
        due = [found for case in cases if (found := self.judged(case)) and first <= found[0] <= last]
        row: Row = {
            "opened": len(opened),
            "regulator": sum(case["source"] == "regulator" for case in opened),
            "repeated": sum(case["repeated"] for case in opened),
            "resolved": sum(
                bool(case["resolved_on"]) and first <= case["resolved_on"] <= last for case in cases
            ),
            "open": sum(
                case["opened_on"] <= last and not (case["resolved_on"] and case["resolved_on"] <= last)
                for case in cases
            ),
            "in_time": sum(kept for _, kept in due),
            "promised": len(due),
        }
        row |= dict.fromkeys(("on_time", "low", "high"))
        if due:
            row["on_time"] = row["in_time"] / len(due)
            row["low"], row["high"] = wilson(row["in_time"], len(due))
        times = []
        for case in cases:
            if case["opened_on"] > last or (case["resolved_on"] and case["resolved_on"] < first):
                continue
            is_over = bool(case["resolved_on"]) and case["resolved_on"] <= last
            until = case["resolved_on"] if is_over else last
            enter = max(0, (first - case["opened_on"]).days)
            times.append((enter, (until - case["opened_on"]).days, is_over))
        return row | {"median_days": product_limit(times)}

    def late(self, booked: set[str], **only: str) -> Row:
        late = [
            case
            for case in self.of(booked, **only)
            if case["due_on"] and case["due_on"] < self.last and case["answer"] is None
        ]
        held = self.book.months[max(self.book.months)]
        aum = sum((held.get(case["customer_id"]) or {}).get("aum") or 0 for case in late)
        forwarded = sum(case["source"] == "regulator" for case in late)
        return {"cases": len(late), "regulator": forwarded, "aum": aum}


@pytest.mark.slow
@banks(6)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(1, 10),
    customers=st.integers(3, 20),
    months=st.integers(1, 4),
)
def test_complaints_of_every_institution(seed: int, nodes: int, customers: int, months: int) -> None:
    made = bank_with_deals(seed, nodes, customers, months, 1)
    add_complaints(made, seed)
    rng, last = random.Random(seed), made.bank.months[-1]
    if not all(Book(made.bank).months.values()):
        return  # a month without a customer is not delivered
    cases = Cases(made, last)
    first = min(case["opened_on"] for case in made.complaints)
    middle = first + timedelta((last - first).days // 2)
    spans = [(first, last), (last.replace(day=1), last), (middle, last), (first, middle), (middle, middle)]
    with built(made, *SUBJECTS, shuffle=seed % 3) as store:
        for key in made.bank.parent:
            when = rng.choice(spans)
            view, booked = look(store, SUBJECTS, key, *when), made.bank.subtree(key)
            [row] = view.metric("complaints.summary").to_dicts()
            for name, number in cases.summary(booked, *when).items():
                same(row[name], number, name, (key, when))
            _per_customers(row, cases, booked, when, (key, when))
            [late] = view.metric("complaints.late").to_dicts()
            assert late == cases.late(booked), key
            _parts(view, made, cases, key, when)


def _per_customers(row: Row, cases: Cases, booked: set[str], when: tuple[date, date], where: Any) -> None:
    """Per 10,000 customers of the last month end up to the period's last day, as far as months go back."""
    ends = [end for end in cases.book.delivered if end <= when[1]]
    held = [r for r in cases.book.months[ends[-1]].values() if r["institution_id"] in booked] if ends else []
    if held:
        assert row["per_10k"] == pytest.approx(row["opened"] * 10_000 / len(held)), where
    else:
        assert row["per_10k"] is None, where


def _parts(view: View, made: Delivery, cases: Cases, key: str, when: tuple[date, date]) -> None:
    """By children, category, source, kind and tier: each right, all adding up."""
    ways: dict[str, dict[str, dict[str, Any]]] = {
        "children": {
            part: {"booked": booked}
            for part, booked in (
                {child: made.bank.subtree(child) for child in made.bank.children(key)} | {"own": {key}}
            ).items()
        }
    }
    for by in ("category", "source", "kind", "tier"):
        ways[by] = {value: {by: value} for value in {case[by] for case in cases.rows}}
    [whole] = view.metric("complaints.summary").to_dicts()
    for by, parts in ways.items():
        column = "institution" if by == "children" else by
        rows = {row[column]: row for row in view.metric("complaints.summary", by).to_dicts()}
        late = {row[column]: row for row in view.metric("complaints.late", by).to_dicts()}
        assert rows.keys() | late.keys() <= parts.keys(), (by, key)
        for name in SUMS:
            assert sum(row[name] for row in rows.values()) == whole[name], (name, by, key, when)
        for value, only in parts.items():
            asked = {"booked": made.bank.subtree(key)} | only
            same_row(
                rows.get(value), cases.summary(first=when[0], last=when[1], **asked), (by, value, key, when)
            )
            same_row(late.get(value), cases.late(**asked), (by, value, key))
