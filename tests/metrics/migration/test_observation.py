"""Customers in observation: the mart equals the rule applied to each customer, at every institution."""

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metrics.migration import subject as migration
from metrics.migration.observation_rule import observed as rule
from tests.metrics.asking import built, look
from tests.metrics.brute_force import TIERS, Book
from tests.metrics.event_bank import make
from tests.metrics.random_banks import banks

ALLOWED = [(3, 6), (2, 4), (1, 1)]  # months missed until a tier is lost, and one of private banking


@pytest.mark.slow
@banks(3)
@example(seed=5, nodes=4, customers=40, allowed=(2, 4))
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(1, 8),
    customers=st.integers(20, 60),
    allowed=st.sampled_from(ALLOWED),
)
def test_observation_of_every_institution(
    seed: int, nodes: int, customers: int, allowed: tuple[int, int]
) -> None:
    months = [*[allowed[0]] * 5, allowed[1]]
    made = make(seed, nodes, customers, 8)
    records = Book(made.bank)
    ends = made.bank.months
    order = {tier: number for number, tier in enumerate(TIERS)}
    held = {}
    for person in made.bank.customers:
        key = person["customer_id"]
        path = [records.months[end].get(key) for end in ends]
        held[key] = rule([order.get(row["tier"]) if row else None for row in path], months)
    policy = f"missed_months = {allowed[0]}\nmissed_months_private = {allowed[1]}"
    with built(made, migration.SUBJECT, policy=policy) as store:
        for key in made.bank.parent:
            inside = made.bank.subtree(key)
            for at, end in enumerate(ends):
                view = look(store, (migration.SUBJECT,), key, end.replace(day=1), end)
                [row] = view.metric("migration.observation").to_dicts()
                if len([month for month in records.delivered if month in ends[max(at - 5, 0) : at + 1]]) < 6:
                    assert set(row.values()) == {None}, (key, end)
                    continue
                expected = dict.fromkeys(("held", "observed", "observed_aum", "due", "due_aum"), 0)
                waiting: list[tuple[str, int, int]] = []
                by_tier: Counter[str] = Counter()
                for person, now in records.months[end].items():
                    stands = held[person][at]
                    if now["institution_id"] not in inside or stands is None:
                        continue
                    tier, waits = stands
                    path = [records.months[month].get(person) for month in ends[: at + 1]]
                    missed = next(
                        n for n, r in enumerate(reversed(path)) if r and order.get(r["tier"], -1) >= tier
                    )
                    expected["held"] += 1
                    by_tier[TIERS[tier]] += waits
                    waiting += [(TIERS[tier], months[tier] - missed, now["aum"] or 0)] if waits else []
                    for name, counts in (("observed", waits), ("due", waits and missed == months[tier] - 1)):
                        expected[name] += counts
                        expected[f"{name}_aum"] += counts * (now["aum"] or 0)
                assert row == expected, (key, end)
                parts = view.metric("migration.observation", "tier").to_dicts()
                assert {p["tier"]: p["observed"] for p in parts if p["observed"]} == +by_tier
                if end == records.delivered[-1]:  # the list is of the newest month end
                    listed = view.list("customers_observed").select("tier", "months_left", "amount").rows()
                    names = store.codes["tier"]
                    assert sorted((names[code], left, aum) for code, left, aum in listed) == sorted(waiting)
