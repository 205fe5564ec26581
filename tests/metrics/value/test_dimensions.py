"""Contribution, loyalty, potential and the five largest customers: by hand, and against plain Python."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.errors import CallError, NotDelivered
from data_access.policy import COMPONENTS, Policy, read_policy
from data_access.view.store import Store
from data_access.view.view import View
from metrics.book import subject as book
from metrics.value import subject as value
from tests.metrics.asking import built, by_hand, look
from tests.metrics.brute_force import TIERS, Book
from tests.metrics.event_bank import make
from tests.metrics.random_banks import banks
from tests.metrics.small_bank import EDGES, Row
from tests.metrics.value.force import Value

SUBJECTS = (book.SUBJECT, value.SUBJECT)
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))
TABLES = {
    "institutions": "institution_id,parent_id,level\ntop,,head_office\na,top,outlet\nb,top,outlet\n",
    "customers": "customer_id,institution_id,kind\n"
    + "".join(f"{name},a,personal\n" for name in ("cut", "cent", "best", "debt", "blank", "twin"))
    + "firm,b,corporate\n",
    "customer_months": """
month,customer_id,institution_id,aum,contribution,fee_income,products,own_transactions,deposit
2026-01-31,cut,a,180000,20,1,2,1,5000            # on every first cut: 25 points; 90 % of middle's edge: 100
2026-01-31,cent,a,179999.99,19.99,0.99,1,0,4999.99  # a cent below each: no point; 89.99 %: 75
2026-01-31,best,a,9000000,5000,900,9,40,900000   # above every cut; the highest tier has no next one
2026-01-31,debt,a,-500,-300,0,1,0,-500           # losses and overdrafts have no point
2026-01-31,blank,b,,,,,,                         # nothing known: counted, without a point
2026-01-31,twin,b,180000,,,,,                    # holds the same as cut, at another institution
2026-01-31,firm,b,99000000,9000,900,9,40,900000  # corporate: in none of it unless chosen
""",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return by_hand(tmp_path_factory.mktemp("dimensions"), SUBJECTS, TABLES, "[policy]\nfloor_gini = 1\n")


def scores(view: View) -> dict[tuple[str, str], tuple[Any, Any]]:
    rows = view.metric("value.dimensions").select("dimension", "component", "score", "high").rows()
    return {(dimension, component): (score, high) for dimension, component, score, high in rows}


def test_scores_by_hand(store: Store) -> None:
    found = scores(look(store, SUBJECTS, "a", *JANUARY))
    assert found == {  # four customers: cut, cent, best, debt
        ("contribution", "all"): ((25 + 0 + 100 + 0) / 4, 1),
        ("contribution", "contribution"): (125 / 4, 1),
        ("contribution", "fee_income"): (125 / 4, 1),
        ("loyalty", "all"): (125 / 4, 1),
        ("loyalty", "products"): (125 / 4, 1),
        ("loyalty", "own_transactions"): (125 / 4, 1),
        # cut (100 + 25) / 2 = 62.5 is high; best (0 + 100) / 2 is not
        ("potential", "all"): ((62.5 + 37.5 + 50 + 0) / 4, 1),
        ("potential", "next_tier"): ((100 + 75 + 0 + 0) / 4, 2),
        ("potential", "deposit"): (125 / 4, 1),
    }


def test_who_is_counted(store: Store) -> None:
    """Unknown numbers are no point but a customer; firms only where chosen, and without a next tier."""
    rows = look(store, SUBJECTS, "b", *JANUARY).metric("value.dimensions").to_dicts()
    assert {row["customers"] for row in rows} == {2}
    assert {row["component"]: row["score"] for row in rows}["next_tier"] == 50  # twin 100, blank 0
    firms = scores(look(store, SUBJECTS, "top", *JANUARY, kind="corporate"))
    assert firms["contribution", "all"] == (100, 1)
    assert firms["potential", "next_tier"] == (0, 0)
    [a, b] = look(store, SUBJECTS, "top", *JANUARY).metric("value.products", "children").to_dicts()
    assert (a["products"], a["products_mean"]) == (13, 13 / 4)
    assert (b["products"], b["customers"]) == (0, 2)


def test_the_five_largest_by_hand(store: Store) -> None:
    """Whoever holds nothing is none of the five; equal amounts are two customers."""
    [row] = look(store, SUBJECTS, "top", *JANUARY).metric("value.largest").to_dicts()
    assert row["aum"] == 9_000_000_00 + 2 * 180_000_00 + 179_999_99
    assert (row["customers"], row["share"]) == (5, 1)  # the overdraft takes nothing off
    [firm] = look(store, SUBJECTS, "top", *JANUARY, kind="corporate").metric("value.largest").to_dicts()
    assert firm["aum"] == 99_000_000_00


def test_few_customers_are_not_told(tmp_path: Path) -> None:
    """At the floor it is told, one below it is not."""
    for floor, told in ((5, True), (6, False)):
        folder = tmp_path / str(floor)
        folder.mkdir()
        store = by_hand(folder, SUBJECTS, TABLES, f"[policy]\nfloor_gini = {floor}\n")
        [row] = look(store, SUBJECTS, "top", *JANUARY).metric("value.largest").to_dicts()
        assert (row["aum"] is not None, row["share"] is not None) == (told, told)
        assert row["hidden"] == (None if told else "n<6")


def test_what_is_not_delivered_counts_for_nothing(tmp_path: Path) -> None:
    """Without fee income the month's contribution tells all; without products there is no loyalty."""
    lines = [
        line.partition("#")[0].strip().split(",") for line in TABLES["customer_months"].strip().splitlines()
    ]
    first = "\n".join(",".join(line[:5]) for line in lines)
    store = by_hand(tmp_path, SUBJECTS, TABLES | {"customer_months": first.replace(",fee_income", ",x")})
    view = look(store, SUBJECTS, "a", *JANUARY)
    found = scores(view)
    assert {component for _, component in found} == {"all", "contribution", "next_tier"}
    assert found["contribution", "all"] == found["contribution", "contribution"] == (125 / 4, 1)
    assert ("loyalty", "all") not in found
    with pytest.raises(NotDelivered, match="products"):
        view.metric("value.products")


def test_a_bank_without_any_of_it_says_what_is_needed(tmp_path: Path) -> None:
    months = "month,customer_id,institution_id\n2026-01-31,cut,a\n"
    store = by_hand(tmp_path, SUBJECTS, TABLES | {"customer_months": months})
    with pytest.raises(NotDelivered, match="fee_income"):
        look(store, SUBJECTS, "top", *JANUARY).metric("value.dimensions")


def test_the_bank_names_its_own_parts(tmp_path: Path) -> None:
    """Another weight changes the dimension and not the parts."""
    policy = """
[[components]]
key = "contribution"
dimension = "contribution"
weight = 1
cuts = [20, 100, 300, 1000]
[[components]]
key = "aum"
dimension = "contribution"
weight = 3
cuts = [1, 180000, 9000000, 10000000]
"""
    store = by_hand(tmp_path, SUBJECTS, TABLES, policy)
    found = scores(look(store, SUBJECTS, "a", *JANUARY))
    assert found["contribution", "aum"][0] == (50 + 25 + 75 + 0) / 4
    assert found["contribution", "all"][0] == ((25 + 3 * 50) + 3 * 25 + (100 + 3 * 75) + 0) / 16
    assert store.policy.components[1].cuts == (1, 180000, 9000000, 10000000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "salary"}, "salary"),
        ({"dimension": "beauty"}, "beauty"),
        ({"cuts": [1, 2, 3]}, "four rising"),
        ({"cuts": [4, 3, 2, 1]}, "four rising"),
        ({"weight": 0}, "four rising"),
    ],
)
def test_parts_that_make_no_sense_are_refused(change: dict[str, Any], said: str) -> None:
    entry = {"key": "aum", "dimension": "potential", "cuts": [1, 2, 3, 4]}
    assert isinstance(read_policy({"components": [entry]}), Policy)
    with pytest.raises(CallError, match=said):
        read_policy({"components": [entry | change]})
    with pytest.raises(CallError, match="once"):
        read_policy({"components": [entry, entry]})


@banks(4)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(1, 9),
    customers=st.integers(4, 80),
    months=st.integers(2, 3),
)
def test_every_institution_against_plain_python(seed: int, nodes: int, customers: int, months: int) -> None:
    made = make(seed, nodes, customers, months)
    records = Book(made.bank)
    assume(len(records.delivered) > 1)
    last = records.delivered[-1]
    with built(made, *SUBJECTS, policy="floor_gini = 1") as store:
        for key in made.bank.parent:
            view = look(store, SUBJECTS, key, last.replace(day=1), last)
            check_same(view, Value(records, made.bank.subtree(key), last), key)
        whole = made.bank.subtree(store.tree.ids[0])
        for kind in ("corporate", "personal"):
            view = look(store, SUBJECTS, 0, last.replace(day=1), last, kind=kind)
            check_same(view, Value(records, whole, last, kind), kind)


def points(row: Row, key: str, cuts: tuple[int, ...]) -> int:
    """By comparison with each cut; these banks' amounts are minor units."""
    if key == "next_tier":
        number = TIERS.index(row["tier"]) if row["tier"] in TIERS[:-1] else None
        share = None if number is None else row["aum_avg"] / EDGES[number] * 100
        return 0 if share is None else 25 * sum(share >= cut for cut in cuts)
    unit = 1 if key == "own_transactions" else 100
    return 25 * sum(row[key] is not None and row[key] >= cut * unit for cut in cuts)


def check_same(view: View, own: Value, where: Any) -> None:
    held = sorted((max(row["aum"], 0) for row in own.rows if row["aum"] is not None), reverse=True)
    [row] = view.metric("value.largest").to_dicts()
    if held:
        assert (row["customers"], row["aum"]) == (len(held), sum(held[:5])), where
        share = sum(held[:5]) / sum(held) if sum(held) else None
        assert row["share"] == pytest.approx(share), where
    else:
        assert row["aum"] is row["share"] is None, where
    found = scores(view)
    parts = [part for part in COMPONENTS if part.key != "products"]  # these banks deliver none
    for dimension in ("contribution", "loyalty", "potential"):
        mine = [part for part in parts if part.dimension == dimension]
        weights = sum(part.weight for part in mine)
        totals = [
            sum(part.weight * points(r, part.key, part.cuts) for part in mine) / weights for r in own.rows
        ]
        columns = {"all": totals} | {p.key: [points(r, p.key, p.cuts) for r in own.rows] for p in mine}
        for component, values in columns.items():
            mean = sum(values) / len(values) if values else None
            high = sum(v >= 60 - 1e-9 for v in values)
            assert found[dimension, component] == (pytest.approx(mean), high), (where, dimension, component)
        if own.rows:  # the parts explain the whole
            together = sum(part.weight * found[dimension, part.key][0] for part in mine) / weights
            assert found[dimension, "all"][0] == pytest.approx(together), where
