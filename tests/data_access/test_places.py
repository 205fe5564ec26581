"""The tree as then: facts count where their institution hung on their day; against walks by hand."""

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from data_access.build.build import build
from data_access.errors import DataError, NotDelivered
from data_access.intake.config import read_config
from data_access.places import as_then, rows_then
from data_access.tree import build_tree, versions
from data_access.view.grants import CUSTOMERS, NOTHING, grant_of, in_tree
from data_access.view.store import Store, open_store
from metrics import CONTRACT, SUBJECTS
from tests.metrics.asking import look

COLUMNS = ["institution_id", "parent_id", "level", "valid_from", "valid_to", "closed_on", "merged_into"]
ENDS = [date(2025, month, day) for month, day in ((4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30))]
JULY = date(2025, 7, 1)
ROWS: list[tuple[Any, ...]] = [
    ("H", None, "head_office", None, None, None, None),
    ("N", "H", "branch_1", None, None, None, None),
    ("S", "H", "branch_1", None, None, None, None),
    ("mid", "N", "branch_2", None, date(2025, 6, 30), date(2025, 6, 30), "N"),  # a level that vanishes
    ("deep", "mid", "outlet", None, date(2025, 6, 30), None, None),
    ("deep", "N", "outlet", JULY, None, None, None),
    ("moves", "N", "outlet", None, date(2025, 6, 30), None, None),  # goes from north to south
    ("moves", "S", "outlet", JULY, None, None, None),
    ("old", "N", "outlet", None, None, date(2025, 7, 31), "moves"),  # a merger across branches
    ("new", "S", "outlet", date(2025, 8, 1), None, None, None),  # a split: half of moves' customers
]


def customers(row: dict[str, Any]) -> Any:
    return row["customers"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two customers at each outlet; two of `moves` are at `new` from August on."""
    folder = tmp_path_factory.mktemp("then")
    frame = pl.DataFrame(ROWS, schema=COLUMNS, orient="row", infer_schema_length=None)
    frame.write_csv(folder / "i.csv")
    rows = []
    for end in ENDS:
        for at in ("deep", "moves", "old", "mid"):
            gone = {"old": date(2025, 7, 31), "mid": date(2025, 6, 30)}.get(at, date.max)
            held = {date.max: at, date(2025, 6, 30): "N"}.get(gone, "moves") if end > gone else at
            rows += [(end, f"{at}{n}", held, 100 + n) for n in range(2)]
        held = "new" if end > date(2025, 7, 31) else "moves"
        rows += [(end, f"split{n}", held, 50) for n in range(2)]
    schema = ["month", "customer_id", "institution_id", "aum"]
    pl.DataFrame(rows, schema=schema, orient="row").write_csv(folder / "cm.csv")
    (folder / "cockpit.toml").write_text(
        'auth = "none"\n[tables.institutions]\ncsv = "i.csv"\n[tables.customer_months]\ncsv = "cm.csv"\n',
        encoding="utf-8",
    )
    config = read_config(folder / "cockpit.toml", CONTRACT)
    build(config, SUBJECTS, date(2025, 11, 20), lambda _step, _share: None)
    return open_store(config)


def counted(store: Store, key: str, end: date, name: str = "customers") -> int:
    view = look(store, SUBJECTS, key, end.replace(day=1), end)
    return int(view.metric("book.summary")[name].item())


def test_as_now_an_institutions_whole_history_hangs_where_it_hangs_today(store: Store) -> None:
    """Year on year stays comparable: the merged one with who took it over, the moved one in the south."""
    for end in ENDS:
        assert (counted(store, "N", end), counted(store, "S", end)) == (4, 6)
        assert counted(store, "moves", end) == (6 if end <= date(2025, 7, 31) else 4)


def test_as_then_facts_count_where_they_were(store: Store) -> None:
    then = store.then
    assert then is not None
    for end in ENDS[:3]:
        assert (counted(then, "N", end), counted(then, "S", end)) == (10, 0)
        assert counted(then, "mid", end) == 4
        assert counted(then, "deep@2025-06-30", end) == 2 and counted(then, "deep", end) == 0
    july, august = ENDS[3], ENDS[4]
    assert (counted(then, "N", july), counted(then, "S", july)) == (6, 4)  # `old` is in the north to its end
    assert (counted(then, "N", august), counted(then, "S", august)) == (4, 6)
    assert [counted(then, "H", end) for end in ENDS] == [10] * 6


def test_as_then_children_add_up_and_say_their_days(store: Store) -> None:
    then = store.then
    assert then is not None
    view = look(then, SUBJECTS, "N", date(2025, 6, 1), date(2025, 6, 30))
    rows = {
        row["institution"]: row["customers"] for row in view.metric("book.summary", "children").to_dicts()
    }
    assert {key: n for key, n in rows.items() if n} == {"moves@2025-06-30": 4, "old": 2, "mid": 4}
    assert then.tree.names[then.tree.node_of["moves@2025-06-30"]] == "moves（至2025-06-30）"


def test_a_move_inside_a_branch_of_then_is_none_of_it(store: Store) -> None:
    """`old` joins `moves` in August: across branches then, inside the south now."""
    then = store.then
    assert then is not None
    august = ENDS[4]
    assert counted(store, "S", august, "moved_in") == 0
    assert counted(then, "S", august, "moved_in") == 2
    assert counted(then, "N", august, "moved_out") == 2


def test_protected_answers_are_told_as_now_alone(store: Store) -> None:
    then = store.then
    assert then is not None
    with pytest.raises(NotDelivered, match="as now alone"):
        look(then, SUBJECTS, "N", date(2025, 6, 1), date(2025, 6, 30)).metric("satisfaction.nps")


def test_a_tree_that_never_was_another_has_no_then() -> None:
    frame = pl.DataFrame([("H", None), ("A", "H")], schema=["institution_id", "parent_id"], orient="row")
    assert rows_then(frame) is None


@pytest.mark.parametrize("seed", range(25))
def test_random_trees_that_change(seed: int) -> None:
    """Every institution on every day: its place has the path of the version in force; places are whole."""
    rng = random.Random(seed)
    size, days = rng.randint(3, 12), sorted(rng.sample(range(1, 300), rng.randint(1, 4)))
    dates = [date(2025, 1, 1) + timedelta(days=day) for day in days]
    rows: list[tuple[Any, ...]] = [("0", None, None, None)]
    for key in range(1, size):
        changes = [day for day in dates if rng.random() < 0.4]
        since: date | None = rng.choice([None, None, dates[0]])
        for end in [*[day for day in changes if since is None or day > since], None]:
            until = None if end is None else end - timedelta(days=1)
            rows.append((f"{key}", f"{rng.randrange(key)}", since, until))
            since = end
    frame = pl.DataFrame(
        rows,
        schema=["institution_id", "parent_id", "valid_from", "valid_to"],
        orient="row",
        infer_schema_length=None,
    ).with_columns(institution_no=pl.col("institution_id").cast(pl.Int64))
    try:
        trees = {day: build_tree(frame, day or date(1, 1, 1)) for day in versions(frame)}
    except DataError:  # a parent that begins later than its child: there is no such version
        with pytest.raises(DataError):
            rows_then(frame)
        return
    found = rows_then(frame)
    assert (found is None) is (len(trees) == 1)
    if found is None:
        return
    places = as_then(found)
    for probe in (date(1900, 1, 1), *dates, *[day - timedelta(days=1) for day in dates], date(2030, 1, 1)):
        in_force = trees[
            max((day for day in trees if day and day <= probe), default=None if None in trees else min(trees))
        ]
        ask = pl.DataFrame({"institution_no": range(size), "day": [probe] * size})
        booked = places.booked(ask.with_columns(no=pl.col("institution_no")), "day")
        assert sorted(booked["no"]) == list(range(size)), probe  # each has one place on each day
        for row in booked.to_dicts():
            if str(row["no"]) in in_force.node_of:
                path = [places.tree.ids[node].partition("@")[0] for node in places.tree.path(row["node"])]
                wanted = [in_force.ids[node] for node in in_force.path(in_force.node_of[str(row["no"])])]
                assert path == wanted, (probe, row)


def test_rights_follow_the_tree_as_then(store: Store) -> None:
    """Who holds the north sees what was the north's, and nothing of the south's; today's lists alone."""
    then = store.then
    assert then is not None
    now = grant_of(store.tree, [store.tree.node_of["N"]], frozenset({CUSTOMERS}))
    grant = in_tree(now, store.tree, then.tree)
    seen = {then.tree.ids[node] for node in range(len(then.tree)) if grant.covers(node)}
    assert seen == {"N", "mid", "deep@2025-06-30", "deep", "moves@2025-06-30", "old"}
    assert grant.home == then.tree.node_of["N"] and grant.of(CUSTOMERS) == grant.ranges
    assert in_tree(NOTHING, store.tree, then.tree) == NOTHING


def test_the_command_line_tells_both(store: Store, run: Any) -> None:
    config = store.snapshot.folder.parents[2] / "cockpit.toml"
    asked = ("metric", "book.summary", "--institution", "N", "--month", "2025-06", "--config", config)
    told = [run(*asked, "--tree", tree, "--format", "json").rows[0]["customers"] for tree in ("now", "then")]
    assert told == [4, 10]
    assert "write now or then" in run(*asked, "--tree", "ever").err
    brief = run("brief", "--institution", "N", "--period", "2025-06", "--tree", "then", "--config", config)
    assert brief.code == 0 and "按当时机构归属" in brief.out
