"""Customer value by hand: every edge of tiers, near edges, quadrants and kinds in one small bank."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_access.errors import CallError, NotDelivered
from data_access.view.store import Store
from data_access.view.view import View
from metrics import target
from metrics.book import subject as book
from metrics.value import subject as value
from tests.metrics.asking import by_hand, look

SUBJECTS = (book.SUBJECT, value.SUBJECT, target.SUBJECT)
TABLES = {
    "institutions": "institution_id,parent_id,level\ntop,,head_office\na,top,outlet\nb,top,outlet\n",
    "managers": "manager_id,name,institution_id\nm,Manager,a\n",
    "customers": """
customer_id,institution_id,manager_id,kind
edge,a,m,personal
short,a,m,personal
far,a,,personal
over,a,m,personal
debt,b,,personal
mover,b,,personal
firm,b,,corporate
nobody,b,,personal
""",
    "customer_months": """
month,customer_id,institution_id,aum,aum_avg,contribution,products,own_transactions
2025-12-31,edge,a,199999.99,199999.99,1,1,0
2025-12-31,mover,a,700000,700000,1,1,0
2025-12-31,firm,b,900000,900000,1,1,0
2026-01-31,edge,a,150000,200000,10,3,4       # on the edge of middle by its average: in it, gap 0
2026-01-31,short,a,180000,180000,20,3,3      # exactly 10 % below middle: near; one transaction short of loyal
2026-01-31,far,a,200000,179999.99,30,2,9     # a cent further away: not near; high value by its month end
2026-01-31,over,a,220000,220000,40,,9        # exactly 10 % above: not near; products unknown: not loyal
2026-01-31,debt,b,-500,-500,-300,1,0         # overdrawn, and costs money
2026-01-31,mover,b,700000,700000,50,4,5      # moved from a to b: counted at both ends of the year
2026-01-31,firm,b,1000000,1000000,90,9,9     # corporate: in none of it unless chosen
2026-01-31,nobody,b,,,,,                     # no amounts at all
""",
    "targets": """
institution_id,metric,basis,period_start,period_end,value
top,value.summary.increase,level,2026-01-01,2026-12-31,4
""",
}
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return by_hand(tmp_path_factory.mktemp("value"), SUBJECTS, TABLES, "[policy]\nfloor_gini = 1\n")


@pytest.fixture
def top(store: Store) -> View:
    return look(store, SUBJECTS, "top", *JANUARY)


def column(view: View, name: str, key: str, value: str, **parameters: str) -> dict[str, Any]:
    return dict(view.metric(name, **parameters).select(key, value).iter_rows())


def test_tiers_are_those_of_the_average(top: View) -> None:
    assert column(top, "value.tiers", "tier", "customers") == {
        "mass": 1,
        "emerging": 2,
        "middle": 2,
        "affluent": 1,
        "high_end": 0,
        "private": 0,
        "unknown": 1,
    }
    shares = column(top, "value.tiers", "tier", "share_aum")
    assert shares["affluent"] == 700_000 / (150_000 + 180_000 + 200_000 + 220_000 - 500 + 700_000)


def test_corporate_customers_only_where_chosen(store: Store, top: View) -> None:
    firms = look(store, SUBJECTS, "top", *JANUARY, kind="corporate")
    tiers = column(firms, "value.tiers", "tier", "customers")
    assert tiers == {"untiered": 1}, "no row of a tier that is set for people"
    assert firms.metric("value.net_increase").row(0) == (None, None, None, None), "not known is not 0"
    assert firms.metric("value.summary").select("increase", "middle_above").row(0) == (None, None)
    assert firms.metric("value.near_edge").is_empty()
    assert column(top, "value.net_increase", "kind", "increase", by="kind") == {
        "personal": 2,
        "corporate": None,
    }
    assert set(top.metric("value.tiers", "kind").filter(kind="corporate")["tier"]) == {"untiered"}
    assert set(top.metric("value.near_edge", "kind")["kind"]) == {"personal"}
    assert top.metric("value.concentration")["total"][0] == 144_950_000
    assert firms.metric("value.concentration")["total"][0] == 100_000_000
    by_kind = column(top, "value.concentration", "kind", "customers", by="kind")
    assert by_kind == {"personal": 6, "corporate": 1}


def test_near_an_edge(top: View) -> None:
    """The lower limit belongs to it, the upper does not."""
    rows = {(row["tier"], row["side"]): row for row in top.metric("value.near_edge").to_dicts()}
    assert {key: row["customers"] for key, row in rows.items() if row["customers"]} == {
        ("emerging", "below"): 1,
        ("middle", "above"): 1,
    }
    assert rows["emerging", "below"]["gap"] == 2_000_000
    assert (rows["middle", "above"]["gap"], rows["middle", "above"]["aum"]) == (0, 15_000_000)


def test_the_list_near_an_edge(top: View) -> None:
    """Money × nearness: on the edge all the money counts, 10 % away none of it."""
    rows = top.list("customers_near_edge")
    assert rows["weight"].to_list() == [20_000_000, 0]
    assert rows["gap"].to_list() == [0, 2_000_000]
    assert [top.store.managers[no] for no in rows["manager_no"]] == ["Manager", "Manager"]


def test_quadrants(top: View) -> None:
    """A: high value and loyal; a customer without AUM is in none."""
    found = column(top, "value.quadrants", "quadrant", "customers")
    assert found == {"A": 1, "B": 2, "C": 1, "D": 2}  # mover; far, over; edge; short, debt
    assert column(top, "value.quadrants", "quadrant", "contribution")["D"] == (20 - 300) * 100


def test_net_increase(top: View, store: Store) -> None:
    """One on 31 December (the mover); edge and over came up. The firm is none of them."""
    assert top.metric("value.net_increase").row(0) == ("middle", 1, 3, 2)
    parts = column(top, "value.summary", "institution", "increase", by="children")
    assert parts == {"a": 1, "b": 1}  # a lost the mover and has two; b has the mover
    assert top.metric("value.net_increase", tier_from="affluent").row(0) == ("affluent", 1, 1, 0)
    december = look(store, SUBJECTS, "top", date(2025, 12, 1), date(2025, 12, 31))
    assert december.metric("value.net_increase").row(0) == ("middle", None, 1, None)
    with pytest.raises(CallError, match="gold"):
        top.metric("value.net_increase", tier_from="gold")


def test_managers_of_the_page_are_those_of_people(top: View) -> None:
    every = column(top, "book.managers", "manager", "customers", by="manager")
    people = column(top, "book.managers", "manager", "customers", by="manager", customers="people")
    assert every == {"Manager": 3, "unassigned": 5}
    assert people == {"Manager": 3, "unassigned": 4}  # the firm has none


def test_a_plan_names_the_net_increase(top: View) -> None:
    [plan] = top.metric("target.attainment").to_dicts()
    assert (plan["target"], plan["actual"], plan["attainment"], plan["gap"]) == (4, 2, 0.5, 2)


def test_losses_make_a_whale_curve_and_no_gini(top: View) -> None:
    [row] = top.metric("value.concentration", measure="contribution").to_dicts()
    assert row["total"] == (10 + 20 + 30 + 40 + 50 - 300) * 100
    assert row["gini"] is row["top20_share"] is None  # all together bring nothing
    assert row["hidden"] == "total≤0"
    assert top.metric("value.whale").is_empty()
    [a] = (
        look(top.store, SUBJECTS, "a", *JANUARY).metric("value.concentration", measure="contribution").rows()
    )
    assert a[-1] is None and None not in a[:-1], "nothing is missing, so nothing is said"


def test_an_overdraft_counts_as_nothing_held(top: View) -> None:
    [row] = top.metric("value.concentration").to_dicts()
    amounts = [0, 15_000_000, 18_000_000, 20_000_000, 22_000_000, 70_000_000]
    n, whole = len(amounts), sum(amounts)
    exact = sum((2 * i - n - 1) * x for i, x in enumerate(amounts, 1)) / (n * whole)
    assert row["gini_low"] <= exact <= row["gini_high"]
    assert row["mean"] == (whole - 50_000) / n


def test_few_customers_have_no_gini(tmp_path: Path) -> None:
    store = by_hand(tmp_path, SUBJECTS, TABLES)
    [row] = look(store, SUBJECTS, "top", *JANUARY).metric("value.concentration").to_dicts()
    assert row["gini"] is row["top20_share"] is None
    assert row["median"] is not None and row["hidden"] == "n<50"


def test_another_policy_builds_the_months_anew(tmp_path: Path) -> None:
    """Months of customers did not change, but where the edge is near did."""
    by_hand(tmp_path, SUBJECTS, TABLES)
    store = by_hand(tmp_path, SUBJECTS, TABLES, "[policy]\nnear_edge_share = 0.2\n")
    near = look(store, SUBJECTS, "top", *JANUARY).metric("value.near_edge")
    assert near["customers"].sum() == 4  # far and over are near now


def test_what_is_not_delivered_is_left_out(tmp_path: Path) -> None:
    lines = TABLES["customer_months"].strip().splitlines()
    plain = [",".join(line.partition("#")[0].strip().split(",")[:4]) for line in lines]
    store = by_hand(tmp_path, SUBJECTS, TABLES | {"customer_months": "\n".join(plain)})
    view = look(store, SUBJECTS, "top", *JANUARY)
    with pytest.raises(NotDelivered, match="products"):
        view.metric("value.quadrants")
    with pytest.raises(NotDelivered):
        view.metric("value.whale")
    assert "products" not in view.metric("value.deciles").columns
    assert "contribution" not in view.metric("value.tiers").columns
    assert view.metric("value.near_edge")["customers"].sum() == 2  # by AUM now: short and far
