"""The page of tier migration as it is drawn: tables that add up, the flow chosen, months without a past."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data_access.build.build import build
from data_access.codes.banding import CORPORATE
from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from data_access.windows import months_later
from metrics import CONTRACT, SUBJECTS
from sample_data.bank import write
from tests.metrics.asking import look
from tests.pages import test_review as review
from tests.pages.reading import Open, data_of
from tests.pages.test_service_and_bridge import cells

page = review.page  # the fixture
MIGRATION = "pages/customers/migration.py"


@pytest.fixture(scope="module")
def store(bank: Path) -> Store:
    return open_store(read_config(bank, CONTRACT))


@pytest.mark.parametrize("distance", ["1", "12"])
def test_ladder_and_flow_add_up(distance: str, bank: Path, page: Open) -> None:
    asked = {"distance": distance, "from_tier": "outside", "to_tier": "mass", "period": "2026-10"}
    data = data_of(page(bank, MIGRATION, lang="en", **asked))
    ladder = data["migration_ladder"]
    for name in ("opening", "risen_in", "fallen_out", "entered", "closing"):
        assert cells(ladder, name, "total") == [sum(cells(ladder, name, "child"))] != [0]
    assert cells(ladder, "risen_in", "total") == cells(ladder, "risen_out", "total")
    mass = next(row for row in ladder["rows"] if row["cells"]["tier"]["key"] == "mass")
    flow = data["migration_flow_table"]
    [total] = cells(flow, "customers", "total")
    assert total == mass["cells"]["entered"]["value"]  # new customers of the lowest tier
    assert total == sum(cells(flow, "customers", "child", "own", "between")) > 0
    if distance == "1":  # then the cards are of the same step
        items = {item["id"]: item["raw"] for item in data["cards"]["items"]}
        assert items["migration.rates.upgraded"] == cells(ladder, "risen_in", "total")[0]
        assert items["migration.rates.downgraded"] == cells(ladder, "fallen_in", "total")[0]
        for name in ("entered", "left"):  # corporate customers, who have no tier, are in neither
            assert items[f"migration.rates.{name}"] == cells(ladder, name, "total")[0] > 0
            assert cells(data["children"], f"migration.rates.{name}", "total") == cells(ladder, name, "total")
    seen = data["observation"]
    for name in ("observed", "due", "held"):
        assert cells(seen, name, "total") == [sum(cells(seen, name, "child"))]


def test_a_link_with_a_way_that_does_not_exist_says_so(bank: Path, page: Open) -> None:
    at = page(bank, MIGRATION, lang="en", from_tier="gold", distance="7")
    assert at.query_params["distance"] == "12"
    assert any("months compared" in one.value for one in [*at.warning, *at.info, *at.caption])
    assert at.query_params["from_tier"] == "none"
    assert cells(data_of(at)["migration_flow_table"], "customers", "total")[0] > 0  # the largest flow instead


def test_the_first_months_have_no_past(bank: Path, store: Store, page: Open) -> None:
    """No step in the first month; a year back is not offered in the second."""
    first, second = (f"{month:%Y-%m}" for month in store.months[:2])
    at = page(bank, MIGRATION, lang="en", period=first)
    assert "migration_ladder" not in data_of(at)
    said = [one.value for one in at.caption]  # at the end of the page, in one quiet line
    assert any("month before" in one for one in said) and any("six month ends" in one for one in said)
    assert "migration_ladder" in data_of(page(bank, MIGRATION, lang="en", period=second, distance="12"))


@pytest.mark.slow
def test_months_that_are_not_kept_are_told_apart_from_those_not_delivered(
    bank: Path, store: Store, page: Open
) -> None:
    """Every distance that is not offered says why; the outlook, too; nothing is asked for that is there."""
    at = page(bank, MIGRATION, lang="en", period=f"{store.months[11]:%Y-%m}", distance="12")
    said = [one.value for one in [*at.caption, *at.info]]
    assert "3 months, 6 months: This is kept for the last 13 months only." in said
    lacking = months_later(store.months[0], -1)
    assert f"12 months: This takes month ends that are not delivered: {lacking:%Y-%m}." in said
    later = page(bank, MIGRATION, lang="en", period=f"{store.months[-5]:%Y-%m}", states="watch")
    said = [one.value for one in [*later.caption, *later.info]]
    assert "This is kept for the last 4 months only." in said
    assert not any("a year and more are delivered" in one for one in said)
    assert "3 months, 6 months, 12 months: This is kept for the newest month end only." in said
    first = data_of(page(bank, MIGRATION, lang="en", period=f"{store.months[1]:%Y-%m}"))["cards"]
    [card] = [item for item in first["items"] if item["id"] == "migration.observation.observed"]
    assert card["missing"].startswith("This takes month ends that are not delivered")
    newest = page(bank, MIGRATION, lang="en")
    assert not any("kept for" in one.value for one in [*newest.caption, *newest.info])


def outlet_of(store: Store) -> str:
    """The institution without others below where most customers changed tier within a month."""
    frame = pl.read_parquet(store.file("lists", "customers_migrated_1.parquet"))
    leaves = [node for node in frame["node"].unique().sort() if not store.tree.children(node)]
    return str(store.tree.ids[max(leaves, key=lambda node: frame.filter(node=node).height)])


def drawn(at: AppTest, key: str) -> dict[str, Any]:
    """What a figure was given."""
    [found] = [each.proto for each in at.get("plotly_chart") if key in each.proto.id]
    return dict(json.loads(found.spec))


def test_margins_of_the_matrix_are_the_stocks(bank: Path, store: Store, page: Open) -> None:
    """Rows sum to what was there then, columns to what is there now, in customers and in money."""
    then, now = store.months[-13], store.months[-1]
    tiers = {tier.key for tier in store.policy.tiers}
    for shows, column, end in (
        ("customers", "customers", "from"),
        ("customers", "customers", "to"),
        ("aum_from", "aum", "from"),
        ("aum_to", "aum", "to"),
    ):
        data = data_of(page(bank, MIGRATION, lang="en", cells=shows, distance="12"))["migration_cells_table"]
        months = {"from": then, "to": now}
        view = look(store, SUBJECTS, store.tree.ids[0], months[end].replace(day=1), months[end])
        stock = {
            row["tier"]: row[column]
            for row in view.metric("book.summary", "tier").to_dicts()
            if row["tier"] in tiers and row["customers"]
        }
        if end == "from":
            margin = {r["cells"]["tier"]["key"]: r["cells"]["total"]["value"] for r in data["rows"]}
        else:
            margin = {key: cell.get("value") for key, cell in data["rows"][-1]["cells"].items()}
        assert {tier: n for tier, n in margin.items() if tier in tiers and n} == stock, shows
        for row in data["rows"]:
            values = [
                cell["value"] or 0 for key, cell in row["cells"].items() if key not in ("tier", "total")
            ]
            assert sum(values) == row["cells"]["total"]["value"]
    at = page(bank, MIGRATION, lang="en", cells="customers", distance="12")
    entered = cells(data_of(at)["migration_ladder"], "entered", "total")[0]
    rows = {r["cells"]["tier"]["key"]: r for r in data_of(at)["migration_cells_table"]["rows"]}
    assert rows["outside"]["cells"]["total"]["value"] == entered > 0
    assert rows["total"]["cells"]["outside"]["value"] > 0


def test_rows_of_few_are_marked_and_have_customers(bank: Path, store: Store, page: Open) -> None:
    """Too few for a share are too few for the share alone; a share says its interval and what is held."""
    few = page(bank, MIGRATION, lang="en", at=outlet_of(store), distance="1", cells="share")
    fig, counts = drawn(few, "migration_matrix"), data_of(few)["migration_cells_table"]
    heads = dict(zip(fig["layout"]["yaxis"]["tickvals"], fig["layout"]["yaxis"]["ticktext"], strict=True))
    [heat] = [trace for trace in fig["data"] if trace["type"] == "heatmap"]
    marked = 0
    for row in counts["rows"][:-1]:
        state, total = row["cells"]["tier"]["key"], row["cells"]["total"]["value"]
        is_few = state not in ("outside", "elsewhere") and 0 < total < 30
        assert ("n&lt;30" in heads[state].replace("<br>", " ")) == is_few
        texts = heat["text"][heat["y"].index(state)]
        assert all(not text or text.startswith("<i>") for text in texts) == (
            is_few or state in ("outside", "elsewhere") or not total
        ), state
        if is_few:
            assert any(text == f"<i>{total}</i>" for text in texts)
            marked += 1
    assert marked
    every = drawn(page(bank, MIGRATION, lang="en", distance="12", cells="share"), "migration_matrix")
    [heat] = [trace for trace in every["data"] if trace["type"] == "heatmap"]
    at = heat["x"].index("mass")
    said = heat["customdata"][heat["y"].index("mass")][at]
    lines = heat["hovertemplate"]
    assert "95 % interval" in said[0] and "AUM before: %{customdata[2]} M CNY" in lines and "AUM now" in lines


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_heads_of_many_states_stay_level_and_short(lang: str, bank: Path, store: Store, page: Open) -> None:
    """Marks stand in a row's head, which a phone shows; no head of a column is turned or wide."""
    asked = {"lang": lang, "states": "watch", "distance": "1", "at": outlet_of(store)}
    fig = drawn(page(bank, MIGRATION, **asked), "migration_matrix")
    across, down = fig["layout"]["xaxis"], fig["layout"]["yaxis"]
    assert across["tickangle"] == 0 and len(across["ticktext"]) > len(store.policy.tiers)
    for text in across["ticktext"]:
        lines = [sum(1 + (ord(c) > 0x2E7F) for c in line) for line in text.split("<br>")]
        assert max(lines) <= 8 and len(lines) <= 3, text
    assert sum("n&lt;30" in text for text in down["ticktext"]) > 0
    assert across["range"] == [-0.5, len(across["ticktext"]) - 0.5]  # unseen points take no room
    assert "annotations" not in fig["layout"]


def test_managers_hold_the_customers_that_the_page_tells_of(bank: Path, store: Store, page: Open) -> None:
    """Corporate customers are not among them; where they are chosen, nobody else is."""
    at = most_corporate(store)
    data = data_of(page(bank, MIGRATION, lang="en", at=at))
    ladder = data["migration_ladder"]
    assert cells(data["children"], "book.managers.customers", "total") == cells(ladder, "closing", "total")
    kinds = {}
    for kind in ("personal", "corporate"):
        data = data_of(page(bank, MIGRATION, lang="en", at=at, kind=kind))["children"]
        [kinds[kind]] = cells(data, "book.managers.customers", "total")
    assert kinds["personal"] == cells(ladder, "closing", "total")[0]
    assert kinds["corporate"] > 0


def most_corporate(store: Store) -> str:
    """The institution without others below that has the most corporate customers."""
    frame = pl.read_parquet(store.file("marts", "managers.own.parquet"))
    newest = frame.filter(pl.col("month") == pl.col("month").max(), pl.col("kind") == CORPORATE)
    sums = dict(newest.group_by("node").agg(pl.col("customers").sum()).iter_rows())
    return str(store.tree.ids[max((n for n in sums if not store.tree.children(n)), key=sums.__getitem__)])


@pytest.mark.slow
def test_a_flow_of_an_outlet_names_its_customers(bank: Path, store: Store, page: Open) -> None:
    """As many as the matrix has; of older months none, and a sentence; above outlets none."""
    at, told = outlet_of(store), 0
    for then, now in (("outside", "mass"), ("mass", "outside"), ("mass", "emerging"), ("emerging", "mass")):
        data = data_of(page(bank, MIGRATION, lang="en", at=at, distance="1", from_tier=then, to_tier=now))
        flow, listed = data.get("migration_flow_table"), data.get("migration_flow_list")
        customers = cells(flow, "customers", "total")[0] if flow else 0
        assert len(listed["rows"] if listed else []) == customers
        told += customers
    assert told
    asked = {"distance": "1", "from_tier": "mass", "to_tier": "mass"}
    before = page(bank, MIGRATION, lang="en", at=at, period=f"{store.months[-2]:%Y-%m}", **asked)
    assert "migration_flow_list" not in data_of(before)
    assert any("newest month end only" in one.value for one in before.info)
    assert "migration_flow_list" not in data_of(page(bank, MIGRATION, lang="en", distance="1"))


@pytest.mark.slow
def test_states_with_observation(bank: Path, store: Store, page: Open) -> None:
    """The chooser offers states in observation; where six months are not known at both ends, it says so."""
    at = page(bank, MIGRATION, lang="en", states="watch", distance="1")
    boxes = {box.label: box for box in at.selectbox}
    offered = boxes["Tier before"].options
    assert "Emerging, in observation" in offered and "Mass, in observation" not in offered
    asked = {"from_tier": "emerging_watch", "to_tier": "mass", "distance": "1"}
    flow = data_of(page(bank, MIGRATION, lang="en", states="watch", **asked))["migration_flow_table"]
    assert cells(flow, "customers", "total") == [sum(cells(flow, "customers", "child", "own", "between"))]
    early = page(bank, MIGRATION, lang="en", states="watch", period=f"{store.months[2]:%Y-%m}")
    assert any("six month ends in a row" in one.value for one in early.caption)
    assert "migration_ladder" in data_of(early)


def test_entrants_stand_somewhere(bank: Path, page: Open) -> None:
    """By tier they add up; each is kept, fallen, gone, elsewhere or without a tier."""
    data = data_of(page(bank, MIGRATION, lang="en"))["cohort"]
    names = ("customers", "kept", "fallen", "left", "transferred_out", "without_tier")
    keys = set(data["rows"][-1]["cells"])
    sums = {name: cells(data, name, "total")[0] for name in names if name in keys}
    assert sums["customers"] == sum(sums.values()) - sums["customers"] > 0
    for name in sums:
        assert sums[name] == sum(cells(data, name, "child"))


@pytest.mark.slow
def test_a_list_that_was_cut_says_so(tmp_path: Path, page: Open) -> None:
    """One name an institution and manager is kept: the page tells how many went all the same."""
    write(tmp_path, customers=900, months=3, outlets=3)
    file = tmp_path / "cockpit.toml"
    text = file.read_text("utf-8").replace("[policy]\n", "[policy]\nlist_cap = 1\n")
    file.write_text(text, encoding="utf-8")
    build(read_config(file, CONTRACT), SUBJECTS, date(2026, 11, 3), lambda _step, _share: None)
    at, cut = outlet_of(open_store(read_config(file, CONTRACT))), 0
    for then, now in (("mass", "emerging"), ("emerging", "mass"), ("outside", "mass"), ("mass", "outside")):
        shown = page(file, MIGRATION, lang="en", at=at, distance="1", from_tier=then, to_tier=now)
        data, captions = data_of(shown), [one.value for one in shown.caption]
        if "migration_flow_table" not in data:
            continue
        [went] = cells(data["migration_flow_table"], "customers", "total")
        listed = len(data["migration_flow_list"]["rows"]) if "migration_flow_list" in data else 0
        said = f"The first {listed} of {went}."
        assert any(text.endswith(said) for text in captions) == (listed < went), (then, now)
        cut += listed < went
    assert cut
