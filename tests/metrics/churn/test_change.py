"""What changed since last month's forecast, who is silent already, whether last month's list helped, whom to
keep: by hand, and against plain Python on a random bank."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import partial
from typing import Any

import polars as pl
import pytest

from data_access.policy import Policy
from data_access.view.store import Store
from metrics.churn import subject as churn
from metrics.churn.learning import Churn
from metrics.churn.lists import reasons
from metrics.churn.model import read_fit
from tests.metrics.asking import built, look
from tests.metrics.brute_force import Book
from tests.metrics.churn.bank import D, Lives, shift, with_lives
from tests.metrics.churn.force import Force, cell_of
from tests.metrics.event_bank import Delivery
from tests.metrics.funnel.force import wilson
from tests.metrics.small_bank import Row

SUBJECTS = (churn.SUBJECT,)
Told = tuple[Delivery, Lives, Store]
LISTED, RISK, LOSS = 3, 4, 1  # of the policy


@pytest.fixture(scope="module")
def told() -> Any:
    made = with_lives(4, 6, 200, 26, steady=0.6)
    rng = random.Random(4)
    last = max(Book(made.bank).delivered)
    ages = [0, 5, 27, 31, 40, 55, 85, 120, 200]
    made.contacts = [
        {
            "contact_id": f"C{n}",
            "customer_id": rng.choice(made.bank.customers)["customer_id"],
            "institution_id": "000",
            "contacted_on": last - timedelta(rng.choice(ages)),
        }
        for n in range(700)
    ]
    policy = f"churn_listed = {LISTED}\nlist_cap = 6\nchurn_least_risk = {RISK}\nchurn_least_loss = {LOSS}"
    with built(made, *SUBJECTS, policy=policy, today=date(2030, 1, 1)) as store:
        yield made, Lives(Book(made.bank)), store


def _views(told: Told) -> Any:
    made, lives, store = told
    last = max(lives.book.delivered)
    for key in made.bank.parent:
        yield made.bank.subtree(key), look(store, SUBJECTS, key, last.replace(day=1), last)


def _silent_run(lives: Lives, customer: str, at: date) -> int:
    run = 0
    while lives.silent(customer, shift(at, -run)):
        run += 1
    return run


def test_silent_for_how_long(told: Told) -> None:
    _, lives, _ = told
    last, length = max(lives.book.delivered), partial(_silent_run, lives)
    for booked, view in _views(told):
        rows = {row["months"]: row for row in view.metric("churn.already_silent").to_dicts()}
        for months in range(1, D):
            here = [row for row in lives.book.months[last].values() if row["institution_id"] in booked]
            now = [row for row in here if length(row["customer_id"], last) == months]
            stood, completed = 0, 0
            for back in range(12):
                at = shift(last, months - D - back)
                around = [shift(at, k) for k in range(-months, D - months + 1)]
                if not all(month in lives.book.delivered for month in around):
                    continue
                for row in lives.book.months[at].values():
                    if row["institution_id"] in booked and length(row["customer_id"], at) == months:
                        stood += 1
                        completed += lives.gone(row["customer_id"], at, "silent")
            expected = (len(now), sum(row["aum"] or 0 for row in now), stood, completed)
            assert (
                tuple(rows[months][name] for name in ("customers", "aum", "stood", "completed")) == expected
            )


def _ranked(
    lives: Lives, store: Store, role: str, definition: str = "closed", at: date | None = None
) -> dict[tuple[str, Any], list[tuple[float, str, Row]]]:
    """Customers of an origin by institution and manager, the highest expected loss first.

    `at`: those who are still there at a later month end, with what they hold and where they are then.
    """
    model = next(m for m in store.learned(Churn).of[definition]["models"] if m["role"] == role)
    force, found = Force(lives, definition, model), defaultdict(list)
    later = {row["customer_id"]: row for row in lives.at_risk(at, "closed")} if at else None
    there = list(lives.at_risk(force.origin, definition))

    def chance_of(row: Row) -> Any:
        return force.chance(cell_of(row), row["tenure"], 12), cell_of(row), row["tenure"]

    risk = _tenths(Counter(map(chance_of, there)))
    for then in there:
        row = then if later is None else later.get(then["customer_id"])
        if row is None:
            continue
        loss = force.chance(cell_of(then), then["tenure"], 6) * max(row["aum"] or 0, 0)
        if risk[chance_of(then)] < RISK or loss < LOSS * 100:
            continue
        manager = lives.people[row["customer_id"]]["manager_id"]
        found[row["institution_id"], manager].append((loss, row["customer_id"], row))
    return {key: sorted(rows, key=lambda one: (-one[0], one[1])) for key, rows in found.items()}


def _tenths(alike: Counter[Any]) -> dict[Any, int]:
    """The tenth of the bank that those of one chance are in, by the middle one of them."""
    total, before, found = sum(alike.values()), 0, {}
    for key in sorted(alike):
        middle = (before + alike[key] / 2) / total
        found[key], before = min(int(middle * 10) + 1, 10), before + alike[key]
    return found


def newcombe(a: Row, b: Row) -> tuple[float, float]:
    p, q = a["here"] / a["customers"], b["here"] / b["customers"]
    (l1, u1), (l2, u2) = wilson(a["here"], a["customers"]), wilson(b["here"], b["customers"])
    low, high = ((p - l1) ** 2 + (u2 - q) ** 2) ** 0.5, ((u1 - p) ** 2 + (q - l2) ** 2) ** 0.5
    return p - q - low, p - q + high


def test_what_became_of_last_months_list(told: Told) -> None:
    made, lives, store = told
    last = max(lives.book.delivered)
    first, ranks = shift(last, -1), _ranked(lives, store, "last month")
    still = lives.book.months[last]  # silent ones, who are at no risk of closing, are still here
    days: dict[str, list[date]] = defaultdict(list)
    for contact in made.contacts or []:
        days[contact["customer_id"]].append(contact["contacted_on"])
    duty, late = {tier.key: tier.duty_days for tier in Policy().tiers}, 0

    def in_time(who: str, row: Row) -> bool:
        nonlocal late
        before, until = [day for day in days[who] if day <= first], last
        if duty.get(row["tier"], 0):
            due = max(before) + timedelta(duty[row["tier"]]) if before else first
            until = due if first < due <= last else last
        after = [day for day in days[who] if first < day <= last]
        late += bool(after) and min(after) > until
        return bool(after) and min(after) <= until

    def squares(mine: list[Any]) -> tuple[float, float]:
        """The interval of a ratio of sums, from its residuals."""
        pairs = [(one[2]["aum"], max(still.get(one[1], {}).get("aum") or 0, 0)) for one in mine]
        total = sum(a for a, _ in pairs)
        ratio = sum(b for _, b in pairs) / total
        half = 1.959963984540054 * sum((b - ratio * a) ** 2 for a, b in pairs) ** 0.5 / total
        return max(ratio - half, 0), ratio + half

    for booked, view in _views(told):
        rows = {row["listed"]: row for row in view.metric("churn.follow_up").to_dicts()}
        for listed, (a, b) in {"yes": (0, LISTED), "no": (LISTED, 2 * LISTED)}.items():
            mine = [
                one
                for (place, _), ranked in ranks.items()
                if place in booked
                for one in ranked[a:b]
                if (one[2]["aum"] or 0) > 0
            ]
            here = [one for one in mine if one[1] in still]
            expected = {
                "customers": len(mine),
                "here": len(here),
                "contacted": sum(in_time(one[1], one[2]) for one in mine),
                "held_before": sum(one[2]["aum"] for one in mine),
                "held_after": sum(max(still[one[1]]["aum"] or 0, 0) for one in here),
            }
            assert {name: rows[listed][name] for name in expected} == expected, (listed, sorted(booked))
            if mine:
                found = rows[listed]["money_low"], rows[listed]["money_high"]
                assert found == pytest.approx(squares(mine), rel=1e-6, abs=1e-9)
        yes, no = rows["yes"], rows["no"]
        if yes["customers"] and no["customers"]:
            apart = yes["here"] / yes["customers"] - no["here"] / no["customers"]
            assert yes["here_difference"] == pytest.approx(apart)
            found = yes["difference_low"], yes["difference_high"]
            assert found == pytest.approx(newcombe(yes, no)), "Newcombe's method 10, written out"
        assert no["here_difference"] is None
    assert late, "somebody was seen, but too late"


@pytest.mark.parametrize("definition", ["closed", "silent"])
def test_how_many_are_in_the_last_band_of_tenure(told: Told, definition: str) -> None:
    _, lives, store = told
    model = store.learned(Churn).of[definition]["models"][0]
    months = [row["tenure"] for row in lives.months_at_risk(date.fromisoformat(model["last"]), definition)]
    old = sum(tenure >= 120 for tenure in months)
    assert 0 < old < len(months)
    for _, view in _views(told):
        row = view.metric("churn.checks", definition=definition).row(0, named=True)
        assert (row["in_last_band"], row["at_risk"]) == (old, len(months)), "the whole bank's everywhere"


@pytest.mark.parametrize("definition", ["closed", "silent"])
def test_who_left_for_the_cause_foretold_and_who_for_another(told: Told, definition: str) -> None:
    _, lives, store = told
    month, found = date.fromisoformat(store.learned(Churn).of[definition]["models"][0]["origin"]), 0
    exits = [row for row in lives.months_at_risk(month, definition) if row["cause"] is not None]
    for booked, view in _views(told):
        rows = view.metric("churn.bridge", definition=definition)
        steps = dict(rows.select("step", "customers").iter_rows())
        mine = [row["cause"] for row in exits if row["institution_id"] in booked]
        found += mine.count(definition)
        assert steps["left"] == mine.count(definition)
        assert steps["left_otherwise"] == len(mine) - mine.count(definition)
    assert found and any(row["cause"] != definition for row in exits)


@pytest.mark.parametrize("definition", ["closed", "silent"])
def test_whom_to_keep(told: Told, definition: str) -> None:
    """Where customers are now, not where they were when the forecast of silent churn starts."""
    made, lives, store = told
    last = max(lives.book.delivered)
    ranks = _ranked(lives, store, "newest", definition, last)
    if definition == "silent":
        origin = date.fromisoformat(store.learned(Churn).of["silent"]["models"][0]["origin"])
        then = {row["customer_id"]: row for row in lives.at_risk(origin, "silent")}
        now = {row["customer_id"]: row for row in lives.at_risk(last, "closed")}
        assert then.keys() - now.keys(), "somebody has left since"
        assert any(now[who]["institution_id"] != then[who]["institution_id"] for who in then.keys() & now)
    names = dict(
        pl.read_parquet(store.snapshot.folder / "ids" / "customers.parquet")
        .select("customer_no", "customer_id")
        .iter_rows()
    )
    contacts: dict[str, date] = {}
    for contact in made.contacts or []:
        who = contact["customer_id"]
        contacts[who] = max(contacts.get(who, contact["contacted_on"]), contact["contacted_on"])
    [whole] = [view for booked, view in _views(told) if len(booked) == len(made.bank.parent)]
    frame = whole.list(f"churn_{definition}")
    tree, duty = store.tree, {tier.key: tier.duty_days for tier in Policy().tiers}
    found = defaultdict(list)
    for row in frame.to_dicts():
        who = names[row["customer_no"]]
        found[tree.ids[row["node"]], lives.people[who]["manager_id"]].append((who, row))
    assert found.keys() == {key for key, ranked in ranks.items() if ranked[0][0] > 0}
    for key, listed in found.items():
        expected = list(ranks[key][: len(listed)])
        assert [who for who, _ in listed] == [one[1] for one in expected], key
        for (who, row), (loss, _, source) in zip(listed, expected, strict=True):
            assert row["loss"] == pytest.approx(loss, rel=1e-9) and row["amount"] == source["aum"]
            assert row["silent_for"] == _silent_run(lives, who, last) < D
            assert row["last_contact"] == contacts.get(who)
            days = duty.get(source["tier"], 0)
            due = contacts[who] + timedelta(days) if who in contacts else last
            assert row["due_on"] == (due if days else None), (who, source["tier"])


def test_reasons_are_what_raises_the_risk_above_the_reference() -> None:
    levels = {
        "tier": {2: 2, 5: 5},
        "products": {1: 1, 2: 2},
        "activity": {1: 1, 2: 2},
        "tenure": {1: 1, 2: 2},
    }
    model = read_fit(
        {
            "names": [("tier", 5), ("products", 1), ("activity", 1), ("tenure", 1)],
            "beta": [-4.0, -1.0, 0.4, 0.9, 0.02],
            "cov": [[0.0]],
            "levels": {driver: list(pairs.items()) for driver, pairs in levels.items()},
        }
    )
    customers = pl.DataFrame(
        [
            (2, 1, 1, 3),  # one product, no transactions, new; tenure is too weak to name
            (5, 2, 2, 20),  # affluent and active: nothing against it
            (5, 1, 2, 20),  # one product is all
        ],
        schema=["tier", "products", "activity", "months"],
        orient="row",
    )
    assert reasons(model, customers).rows() == [
        ("activity:1", "products:1", None),  # the tier is the reference itself
        (None, None, None),
        ("products:1", None, None),
    ]
