"""The pool of deals: each limit by hand, and against plain Python on random deals and contacts."""

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from data_access.codes.coding import Codes
from data_access.policy import Policy
from metrics.funnel.pool_prepare import prepare_pool

AS_OF = date(2026, 3, 31)
HEAD = (
    "opportunity_id,institution_id,customer_id,manager_id,outcome,created_on,expected_amount,released_on,"
    "release_reason\n"
)
DEALS = """fresh,a,c1,m1,open,2026-03-28,10,,
silent,a,c2,m1,open,2026-03-23,10,,
nearly,a,c3,m1,open,2026-03-24,10,,
called,a,c4,m1,open,2026-02-01,10,,
unvisited,a,c5,m1,open,2026-01-20,10,,
visited,a,c6,m1,open,2026-01-20,10,,
old,a,c7,m1,open,2025-09-01,10,,
others,a,c8,m1,open,2026-03-10,10,,
released,a,c9,,open,2026-03-25,10,2026-03-26,Moved away
nobody,a,c10,,open,2025-01-01,10,,
won,a,c11,m1,won,2025-01-01,10,,
sameday,a,c13,m1,open,2026-03-20,10,,
twice,a,c12,m1,open,2026-03-30,30,,
twice2,b,c12,m2,open,2026-03-30,40,,
"""
TREE = "institution_id,parent_id,level,name\ntop,,head_office,Top\na,top,outlet,A\nb,top,outlet,B\n"
CONTACTS = """contact_id,opportunity_id,customer_id,manager_id,institution_id,contacted_on,kind,effective
1,called,c4,m1,a,2026-02-07,call,yes
2,unvisited,c5,m1,a,2026-01-25,visit,no
3,,c6,m1,a,2026-02-15,visit,yes
4,old,c7,m1,a,2026-03-30,visit,yes
5,twice,c8,m1,a,2026-03-11,call,yes
6,,c2,m1,a,2026-03-22,call,yes
7,,c13,m1,a,2026-03-20,call,no
"""
CONFIG = """
[tables.institutions]
csv = "institutions.csv"
[tables.managers]
csv = "managers.csv"
[tables.customers]
csv = "customers.csv"
[tables.opportunities]
csv = "deals.csv"
as_of = 2026-03-31
[tables.contacts]
csv = "contacts.csv"
as_of = 2026-03-31
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, run: Any) -> Any:
    folder = tmp_path_factory.mktemp("pool")
    people = "customer_id,institution_id\n" + "".join(
        f"c{n},{'b' if n == 12 else 'a'}\n" for n in range(1, 14)
    )
    texts = {
        "institutions.csv": TREE,
        "managers.csv": "manager_id,name,institution_id\nm1,Ann,a\nm2,Bob,b\n",
        "customers.csv": people,
        "deals.csv": HEAD + DEALS,
        "contacts.csv": CONTACTS,
        "cockpit.toml": CONFIG,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert run("build", "--config", folder / "cockpit.toml", "--today", "2026-04-10").code == 0
    return lambda name, *more: (
        run("metric", name, "--config", folder / "cockpit.toml", "--format", "json", *more).rows
    )


def test_each_limit(ask: Any) -> None:
    rows = {row["pool_reason"]: row for row in ask("funnel.pool", "--by", "pool_reason")}
    found = {name: (row["returned"], row["returning_7d"]) for name, row in rows.items()}
    # silent: 7 days without a contact were over on the 30th (the call of the day before its entry does not
    # count), so it went back on the 31st; others: the contact with its customer names another deal; that of
    # the day of entry keeps sameday, whatever came of it.
    # nearly goes back on 1 April, fresh and the two new ones within the week too (5 and 7 April)
    assert found["no_contact"] == (2, 4)
    # unvisited: a visit without effect does not count, 60 days from 20 January; called: 60 days from entry
    # are over on 3 April; visited has until 17 April and is simply held
    assert found["no_visit"] == (1, 1)
    assert found["no_deal"] == (1, 0)  # old: visited yesterday, but 180 days are over
    assert found["Moved away"] == (1, 0)
    [whole] = ask("funnel.pool")
    assert (whole["returned"], whole["returning_7d"], whole["claimed"]) == (5, 5, 7)
    assert whole["claimed_amount"] == 10 * 5 + 30 + 40  # nobody's and won deals are in no state


def test_two_managers_at_work(ask: Any) -> None:
    [row] = ask("funnel.clashes")
    assert row == {"customers": 1, "deals": 2, "amount": 70}
    [below] = [row for row in ask("funnel.clashes", "--by", "children") if row["customers"]]
    assert below["institution"] == "b"  # where the customer is at home


def test_random_deals_by_plain_python() -> None:
    rng = random.Random(20261125)
    policy = Policy()
    deals, contacts = [], []
    for number in range(400):
        entry = rng.choice([None, *[AS_OF - timedelta(rng.randint(0, 250)) for _ in range(9)]])
        deals.append(
            {
                "opportunity_no": number,
                "customer_no": rng.choice([None, number // 2]),
                "institution_no": 0,
                "manager_no": rng.choice([None, 1, 2, 3]),
                "outcome": rng.choice([0, 0, 0, 1]),
                "first_on": entry if number % 3 else None,
                "created_on": entry,
                "tier_last": 0,
                "kind": 0,
                "expected_amount": 1,
                "released_on": AS_OF - timedelta(3) if number % 17 == 0 else None,
                "release_reason": None,
            }
        )
    for _ in range(600):
        contacts.append(
            {
                "opportunity_no": rng.choice([None, rng.randrange(400)]),
                "customer_no": rng.choice([None, rng.randrange(200)]),
                "contacted_on": AS_OF - timedelta(rng.randint(0, 200)),
                "kind": rng.choice(["call", "visit"]),
                "effective": rng.choice(["yes", "no", None]),
            }
        )
    dates = {"first_on": pl.Date, "created_on": pl.Date, "released_on": pl.Date, "release_reason": pl.String}
    codes = Codes()
    frame = prepare_pool(
        pl.DataFrame(deals, schema_overrides=dates, infer_schema_length=None),
        pl.DataFrame(contacts, infer_schema_length=None),
        AS_OF,
        policy,
        codes,
    )
    found = {row["opportunity_no"]: row for row in frame.to_dicts()}
    for deal in deals:
        held = deal["outcome"] == 0 and (deal["manager_no"] is not None or deal["released_on"])
        assert (deal["opportunity_no"] in found) == bool(held)
        if not held:
            continue
        on, why = _goes_back(deal, contacts)
        row = found[deal["opportunity_no"]]
        state = 0 if on is None or on > AS_OF + timedelta(7) else 2 if on <= AS_OF else 1
        assert (row["state"], row["return_on"]) == (state, on)
        assert codes.values["pool_reason"][row["pool_reason"]] == (why if state else "unknown")


def _goes_back(deal: dict[str, Any], contacts: list[dict[str, Any]]) -> tuple[date | None, str]:
    """The first day on which a limit has passed, and which."""
    if deal["released_on"]:
        return deal["released_on"], "released"
    entry = deal["first_on"] or deal["created_on"]
    if entry is None:
        return None, ""
    mine = []
    for contact in contacts:
        named = contact["opportunity_no"] == deal["opportunity_no"]
        loose = contact["opportunity_no"] is None and contact["customer_no"] is not None
        if (named or (loose and contact["customer_no"] == deal["customer_no"])) and contact[
            "contacted_on"
        ] >= entry:
            mine.append(contact)
    visits = [c["contacted_on"] for c in mine if c["kind"] == "visit" and c["effective"] != "no"]
    limits = [(max(visits, default=entry) + timedelta(61), "no_visit"), (entry + timedelta(181), "no_deal")]
    if not mine:
        limits.insert(0, (entry + timedelta(8), "no_contact"))
    return min(limits, key=lambda limit: limit[0])
