"""Steps with observation, the customers behind a flow, and where entrants stand: as plain Python has them."""

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest

from data_access.view.store import Store
from metrics.book import subject as book
from metrics.migration import subject as migration
from metrics.migration.lists import LISTED
from metrics.migration.states import STATES
from tests.metrics.asking import built, by_hand, look
from tests.metrics.brute_force import TIERS, Book
from tests.metrics.event_bank import TODAY, Delivery, make
from tests.metrics.migration import force as migration_force
from tests.metrics.migration.test_migration import told
from tests.metrics.random_banks import examples
from tests.metrics.small_bank import month_end

EXAMPLES = examples(1)
SUBJECTS = (book.SUBJECT, migration.SUBJECT)


def banks(months: int) -> list[Delivery]:
    """Random banks of so many months, whose last one is not in the future."""
    found: list[Delivery] = []
    seed = 0
    while len(found) < EXAMPLES:
        seed += 1
        rng = random.Random(seed)
        made = make(seed, rng.randint(4, 8), rng.randint(20, 50), months)
        if made.bank.months[-1] < TODAY:
            found.append(made)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("made", banks(18))
def test_steps_with_observation_of_every_institution(made: Delivery) -> None:
    records, rng = Book(made.bank), random.Random(1)
    last, distances = records.delivered[-1], set()
    with built(made, *SUBJECTS) as store:
        for key in made.bank.parent:
            inside = made.bank.subtree(key)
            far = [(last, distance) for distance in (3, 6, 12)]
            for at, distance in [(rng.choice(records.delivered[-13:]), 1), (last, 1), *far]:
                where = (key, at, distance)
                asked = {"distance": str(distance), "states": "watch"}
                view = look(store, SUBJECTS, key, at.replace(day=1), at)
                whole = view.metric("migration.matrix", **asked).to_dicts()
                expected = migration_force.watch_cells(records, inside, True, at, distance)
                assert told(whole) == expected, where
                distances |= {distance} if expected else set()
                parts = view.metric("migration.matrix", "children", **asked).to_dicts()
                for child in made.bank.children(key):
                    below = migration_force.watch_cells(records, made.bank.subtree(child), True, at, distance)
                    assert told(parts, child) == below, (child, where)
                own = migration_force.watch_cells(records, {key}, False, at, distance)
                assert told(parts, "own") == own, where
                added: Counter[tuple[str, str]] = Counter()
                for row in parts:
                    added[row["from_tier"], row["to_tier"]] += row["customers"]
                assert {c: n for c, n in added.items() if n} == {c: v[0] for c, v in expected.items() if v[0]}
                if whole:
                    _margins(store, key, whole, at, distance)
    assert distances == {1, 3, 6, 12}


def _margins(store: Store, key: str, rows: list[dict[str, Any]], at: date, distance: int) -> None:
    """At both ends the states are the customers held and observed of that month end."""
    then = month_end((at.year - 2026) * 12 + at.month - 1 - distance)
    for end, month in (("from_tier", then), ("to_tier", at)):
        view = look(store, SUBJECTS, key, month.replace(day=1), month)
        stock = {row["tier"]: row for row in view.metric("migration.observation", "tier").to_dicts()}
        for tier in TIERS:
            states = Counter({f"{tier}_watch": 0, tier: 0})
            for row in rows:
                if row[end] in states:
                    states[row[end]] += row["customers"]
            expected = stock.get(tier, {"held": 0, "observed": 0})
            assert states[f"{tier}_watch"] == expected["observed"], (key, end, tier)
            assert sum(states.values()) == expected["held"], (key, end, tier)


@pytest.mark.slow
@pytest.mark.parametrize("made", banks(15))
def test_entrants_and_lists_of_every_institution(made: Delivery) -> None:
    records = Book(made.bank)
    last, seen = records.delivered[-1], 0
    with built(made, *SUBJECTS) as store:
        for key in made.bank.parent:
            for at in records.delivered[-3:]:
                view = look(store, SUBJECTS, key, at.replace(day=1), at)
                rows = view.metric("migration.cohort").to_dicts()
                expected = migration_force.cohort(records, made.bank.subtree(key), True, at)
                found = {row["tier"]: {n: row[n] for n in expected.get(row["tier"], {})} for row in rows}
                assert found == expected, (key, at)
                for row in rows:
                    ways = ("kept", "fallen", "left", "transferred_out", "without_tier")
                    assert sum(row[name] for name in ways) == row["customers"]
                    assert row["kept_share"] is None  # fewer than thirty
                    assert row["hidden"] == ("n<30" if row["customers"] else None)
                seen += sum(row["customers"] for row in rows)
                parts = view.metric("migration.cohort", "children").to_dicts()
                for name in ("customers", "kept", "transferred_out"):
                    total = sum(row[name] for row in rows)
                    assert sum(part[name] for part in parts) == total, (key, at, name)
            _lists(store, made.bank.children(key), records, key, last)
    assert seen


def _lists(store: Store, below: list[str], records: Book, key: str, last: date) -> None:
    """Of an institution without others below, every flow has as many names as the matrix has customers."""
    if below:
        return
    view, names = look(store, SUBJECTS, key, last.replace(day=1), last), store.codes["tier"]
    words = dict(enumerate(names)) | STATES
    for distance, name in LISTED.items():
        cells = migration_force.cells(records, {key}, True, last, int(distance))
        expected = {cell: values for cell, values in cells.items() if cell[0] != cell[1]}
        listed: dict[tuple[str, str], list[int]] = {}
        frame = view.list(name)
        for row in frame.to_dicts():
            sums = listed.setdefault((words[row["from_tier"]], words[row["to_tier"]]), [0, 0])
            sums[0] += 1
            sums[1] += row["moved"]
        assert {c: tuple(v) for c, v in listed.items()} == {
            cell: (n, now - then) for cell, (n, then, now) in expected.items()
        }, (key, distance)
        if frame.height:
            assert frame["weight"].to_list() == sorted(frame["weight"].to_list(), reverse=True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A bank of fifteen months from 2025-01; who is not named in a month has no account. CNY."""
    lives = {
        # one amount a month from 2025-01 on; None: not there
        "rose, stays": [9, 60_000, *[60_000] * 13],  # entered in 2025-02 from below: kept
        "rose, higher": [9, 60_000, *[300_000] * 13],  # now above what it entered: kept
        "rose, fell": [9, 60_000, *[60_000] * 11, 40_000, 40_000],  # in observation, yet by its amount fallen
        "came, left": [None, 60_000, *[60_000] * 10, None, None, None],  # new, and gone
        "came down": [300_000, 60_000, *[60_000] * 13],  # from above: entered too
        "stays": [60_000] * 15,  # entered nothing
        "came back": [None, 60_000, None, *[60_000] * 12],  # the way between does not matter
        "falls by rule": [*[300_000] * 9, *[100_000] * 6],  # two months observed, lost with the third
    }
    months = []
    for who, amounts in lives.items():
        for number, amount in enumerate(amounts):
            if amount is not None:
                day = month_end(number - 12)
                months.append(f"{day},{who},A,{amount},{amount},0")
    people = "\n".join(f"{who.replace(',', ';')},A,personal" for who in lives)
    return by_hand(
        tmp_path_factory.mktemp("watch"),
        SUBJECTS,
        {
            "institutions": "institution_id,parent_id,level\nH,,head_office\nA,H,outlet",
            "customers": "customer_id,institution_id,kind\n" + people,
            "customer_months": "month,customer_id,institution_id,aum,aum_avg,market_value\n"
            + "\n".join(_no_comma(line) for line in months),
        },
        settings="[policy]\nfloor_rank = 5\n",
    )


def _no_comma(line: str) -> str:
    """A name's own comma is none of the file's."""
    return line.replace(", ", "; ")


def at(store: Store, day: date) -> Any:
    return look(store, SUBJECTS, "H", day.replace(day=1), day)


def test_entrants_by_hand(store: Store) -> None:
    rows = {r["tier"]: r for r in at(store, date(2026, 2, 28)).metric("migration.cohort").to_dicts()}
    row = rows["emerging"]
    assert row["month"] == date(2025, 2, 28)
    counts = ("customers", "from_below", "from_above", "new", "kept", "fallen", "left")
    assert tuple(row[name] for name in counts) == (6, 3, 1, 2, 4, 1, 1)
    assert row["kept_share"] == 4 / 6 and row["kept_low"] < 4 / 6 < row["kept_high"]
    assert rows["middle"]["customers"] == 0 and rows["middle"]["kept_share"] is None
    assert at(store, date(2026, 1, 31)).metric("migration.cohort").is_empty()  # thirteen months only


def test_observation_by_hand(store: Store) -> None:
    """At 300,000 to September, at 100,000 from October 2025: held until November, lost in December."""
    ways = {}
    for month in (10, 11, 12):
        rows = at(store, month_end(month - 13)).metric("migration.matrix", distance="1", states="watch")
        ways[month] = {(r["from_tier"], r["to_tier"]): r["customers"] for r in rows.to_dicts()}
    assert ways[10]["middle", "middle_watch"] == 1
    assert ways[11]["middle_watch", "middle_watch"] == 1
    assert ways[12]["middle_watch", "emerging"] == 1
    early = at(store, date(2025, 6, 30)).metric("migration.matrix", distance="1", states="watch")
    assert early.is_empty()  # six months of June's, but not of May's
    july = at(store, date(2025, 7, 31)).metric("migration.matrix", distance="1", states="watch")
    assert july.height


def test_upgrades_per_downgrade_by_hand(store: Store) -> None:
    [february] = at(store, date(2025, 2, 28)).metric("migration.rates").to_dicts()
    assert (february["upgraded"], february["downgraded"], february["up_down_ratio"]) == (3, 1, 3.0)
    # Wilson for 3 of 4 is (0.3006, 0.9544), as odds
    assert february["ratio_low"] == pytest.approx(0.3006 / 0.6994, abs=1e-3)
    assert february["ratio_high"] == pytest.approx(0.9544 / 0.0456, abs=0.05)
    [march] = at(store, date(2025, 3, 31)).metric("migration.rates").to_dicts()
    assert march["downgraded"] == 0 and march["up_down_ratio"] is None and march["ratio_high"] is None
