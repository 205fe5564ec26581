"""The institution tree of the synthetic bank: one root, ragged, the fates a real one has."""

from pathlib import Path

import polars as pl
import pytest

from sample_data.bank import write
from sample_data.institutions.places import regions
from sample_data.institutions.streets import quarters, streets
from tests.sample_data.conftest import Bank, read

LEVELS = ["head_office", "branch_1", "branch_2", "subbranch_1", "subbranch_2", "outlet"]


@pytest.fixture(scope="module")
def pairs(bank: Bank) -> pl.DataFrame:
    """Every institution beside its parent."""
    parents = bank.institutions.select(pl.all().name.prefix("parent_"))
    return bank.institutions.join(parents, left_on="parent_id", right_on="parent_institution_id")


def test_one_root_and_no_cycle(bank: Bank) -> None:
    above = dict(bank.institutions.select("institution_id", "parent_id").iter_rows())
    assert [node for node, parent in above.items() if parent is None] == ["00"]
    for node in above:
        steps = 0
        while above[node] is not None:
            node, steps = above[node], steps + 1
            assert steps < len(LEVELS), "a path is never longer than the levels"
        assert node == "00"


def test_levels_fall_in_order(bank: Bank, pairs: pl.DataFrame) -> None:
    assert set(bank.institutions["level"]) == set(LEVELS)
    order = {level: number for number, level in enumerate(LEVELS)}
    for level, above in pairs.select("level", "parent_level").iter_rows():
        assert order[above] < order[level]


def test_ragged(pairs: pl.DataFrame) -> None:
    outlets = pairs.filter(pl.col("level") == "outlet")
    departments = outlets.filter(pl.col("peer_group").is_null())
    assert set(departments["parent_level"]) == {"head_office", "branch_1"}
    ordinary = outlets.filter(pl.col("peer_group").is_not_null())
    assert set(ordinary["parent_level"]) >= {"branch_1", "subbranch_1", "subbranch_2"}


def test_as_many_outlets_as_asked_for(bank: Bank) -> None:
    assert bank.institutions.filter(level="outlet").height == 40


def test_siblings_have_names_of_their_own(bank: Bank) -> None:
    for name in ("name", "name_en"):
        assert not bank.institutions.select("parent_id", name).is_duplicated().any()
    assert bank.institutions["name_en"].str.contains(r"^[A-Za-z' -]+$").all()


def test_children_open_after_their_parents(pairs: pl.DataFrame) -> None:
    assert (pairs["opened_on"] > pairs["parent_opened_on"]).all()


def test_peer_groups_compare_three_kinds(bank: Bank) -> None:
    outlets = bank.institutions.filter(level="outlet")
    sizes = outlets.drop_nulls("peer_group")["peer_group"].value_counts()
    assert set(sizes["peer_group"]) == {"A", "B", "C"} and sizes["count"].min() > 5
    assert bank.institutions.filter(level="branch_1")["peer_group"].null_count() == 0


def test_departments_and_branches_own_customers(bank: Bank) -> None:
    owned = bank.customer_months.join(bank.institutions, on="institution_id")
    assert owned.filter(pl.col("name") == "总行营业部").height > 0
    assert owned.filter(pl.col("name") == "浙江分行营业部").height > 0
    assert owned.filter(pl.col("level") == "head_office").height > 0
    assert owned.filter(pl.col("level") == "branch_1").height > 0


def test_merged_outlets_hand_their_customers_over(bank: Bank) -> None:
    merged = bank.institutions.drop_nulls("merged_into")
    assert merged.height >= 1
    for gone, closed_on, taker in merged.select("institution_id", "closed_on", "merged_into").iter_rows():
        rows = bank.customer_months.filter(institution_id=gone)
        assert rows["month"].max() == closed_on, "its last month is the one it closed in"
        stayed = rows.filter(month=closed_on).select("customer_id")
        after = bank.customer_months.filter(pl.col("month") > closed_on).join(stayed, on="customer_id")
        first = after.sort("month").group_by("customer_id", maintain_order=True).first()
        moved = (first["institution_id"] == taker).sum()
        assert moved >= 0.9 * stayed.height > 0, "nearly all; a few leave or move in the same month"


def test_closed_and_new_outlets_hold_no_rows_outside_their_time(bank: Bank) -> None:
    rows = bank.customer_months.join(bank.institutions, on="institution_id")
    assert bank.institutions.filter(
        pl.col("closed_on").is_not_null() & pl.col("merged_into").is_null()
    ).height
    assert rows.filter(pl.col("month") > pl.col("closed_on")).height == 0
    new = bank.institutions.filter(pl.col("opened_on") > bank.customer_months["month"].min())
    assert new.height >= 1
    assert rows.filter(pl.col("month") < pl.col("opened_on")).height == 0
    assert bank.customer_months.join(new, on="institution_id").height > 0, "a new outlet finds customers"


def test_an_empty_and_an_almost_empty_outlet(bank: Bank) -> None:
    outlets = bank.institutions.filter(level="outlet").select("institution_id")
    last = bank.customer_months.filter(month=bank.customer_months["month"].max())
    ever = set(bank.customer_months["institution_id"])
    assert [outlet for outlet in outlets["institution_id"] if outlet not in ever]
    counts = last.join(outlets, on="institution_id").group_by("institution_id").len()
    assert counts["len"].min() in (2, 3)


def test_an_almost_empty_outlet_stays_so(tmp_path: Path) -> None:
    write(tmp_path, customers=600, months=96, outlets=40)
    bank = read(tmp_path)
    outlets = bank.institutions.filter(level="outlet")
    counts = (
        bank.customer_months.join(outlets, on="institution_id", how="semi")
        .group_by("institution_id", "month")
        .len()
    )
    over_time = counts.group_by("institution_id").agg(
        pl.len().alias("months"), pl.col("len").min().alias("least"), pl.col("len").max().alias("most")
    )
    steady = over_time.filter((pl.col("months") == 96) & (pl.col("least") >= 2) & (pl.col("most") == 3))
    assert steady.height >= 1, "who leaves is replaced, and nobody is added"


def test_places_are_complete() -> None:
    known = regions()
    assert len(known) == 36 == len({region.code for region in known})
    without_cities = {region.place.zh for region in known if not region.cities}
    assert without_cities == {"北京", "上海", "天津", "重庆", "大连", "青岛", "宁波", "厦门", "深圳"}
    for region in known:
        below = [*region.districts, *(district for city in region.cities for district in city.districts)]
        assert len(below) >= 4, region.place


@pytest.mark.parametrize("start", [0, 17, 9_999])
def test_street_names_never_repeat(start: int) -> None:
    names = [place.zh for place, _ in zip(streets("鹿城", start), range(400), strict=False)]
    assert names[0] == "五马街" and len(set(names)) == 400
    assert "城东" not in {place.zh for place in quarters("城东", start)}
