"""Who is at risk and how each month ends: as a state machine tells it, customer by customer."""

from datetime import date
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.intake.source import tag_column
from data_access.policy import Policy
from data_access.subject import Inputs
from data_access.view.store import Store
from metrics.book import subject as book
from metrics.churn.bands import ACTIVITY, CAUSES, DEFINITIONS, PRODUCTS, band_names
from metrics.churn.spells import at_risk, last_origin, person_months
from tests.metrics.asking import built, by_hand
from tests.metrics.brute_force import Book
from tests.metrics.churn.bank import D, Lives, shift, with_lives
from tests.metrics.random_banks import banks


def inputs_of(store: Store) -> Inputs:
    """The checked tables of a snapshot as a builder gets them."""
    folder = store.snapshot.folder / "tables"
    paths = {day: folder / "customer_months" / f"{day:%Y-%m}.parquet" for day in store.months}
    months = {
        day: nw.from_native(pl.scan_parquet(path).with_columns(month=pl.lit(day)))
        for day, path in paths.items()
    }
    tables = {name: nw.from_native(pl.scan_parquet(folder / f"{name}.parquet")) for name in ["customers"]}
    return Inputs(
        tables=tables,
        columns={name: tuple(columns) for name, columns in store.manifest["columns"].items()},
        tags={"customers": tuple(map(tag_column, store.manifest["dimensions"]["customers"]))},
        policy=store.policy,
        minor_units=store.minor_units,
        months=months,
    )


@banks(4)
@given(seed=st.integers(0, 10**6), months=st.sampled_from([3, 8, 11]))
def test_every_month_of_every_customer(seed: int, months: int) -> None:
    made = with_lives(seed, 3, 25, months)
    lives = Lives(Book(made.bank))
    with built(made, book.SUBJECT) as store:
        inputs = inputs_of(store)
        names = pl.read_parquet(store.snapshot.folder / "ids" / "customers.parquet")
        by_no = dict(names.select("customer_no", "customer_id").iter_rows())
        for definition, word in enumerate(DEFINITIONS):
            for month in [shift(made.bank.months[0], k) for k in range(-1, months + 1)]:
                frame = person_months(inputs, definition, month)
                found = [] if frame is None else frame.collect().to_native().to_dicts()
                causes = [None, *CAUSES]
                told = {
                    by_no[row["customer_no"]]: (
                        row["tenure"],
                        causes[row["cause"]],
                        row["products"],
                        row["activity"],
                    )
                    for row in found
                }
                expected = {
                    row["customer_id"]: (
                        row["tenure"],
                        row["cause"],
                        code(row["products"], PRODUCTS),
                        code(row["own_transactions"], ACTIVITY),
                    )
                    for row in lives.months_at_risk(month, word)
                }
                assert told == expected, (word, month)
                _origin(inputs, lives, definition, month, by_no)


def code(value: int | None, edges: tuple[int, ...]) -> int:
    return 0 if value is None else 1 + sum(value >= edge for edge in edges)


def _origin(inputs: Inputs, lives: Lives, definition: int, month: date, by_no: dict[int, str]) -> None:
    frame, word = at_risk(inputs, definition, month), DEFINITIONS[definition]
    if frame is None:
        assert not lives.told(month, word, 0)
        return
    found = {by_no[number] for number in frame.collect().to_native()["customer_no"]}
    assert found == {row["customer_id"] for row in lives.at_risk(month, word)}, (word, month)


CUSTOMERS = """
customer_id, joined_on, exit_cause
quiet,   2025-06-15,             # silent from March on: lost in March, known in May
closer,  2025-12-31, closed      # silent in February and March, then closed: the run never became three
sleeper, 2020-01-01,             # silent January to March, awake in April: back at risk
heir,    2019-05-01, death
gone,    , abroad                # an unknown cause; nobody knows since when it was a customer
"""
LIVES = {  # own transactions by month, January to July; None: not there
    "quiet": [1, 1, 0, 0, 0, 0, 0],
    "closer": [2, 0, 0, None, None, None, None],
    "sleeper": [0, 0, 0, 3, 1, 1, 1],
    "heir": [5, 5, 5, 5, None, None, None],
    "gone": [1, 1, None, None, None, None, None],
}


@pytest.fixture(scope="module")
def by_month(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], dict[str, tuple[int, str]]]:
    ends = [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
        date(2026, 6, 30),
        date(2026, 7, 31),
    ]
    rows = ["month,customer_id,institution_id,aum,own_transactions"]
    rows += [
        f"{end},{who},head_office,0,{life[at]}"
        for who, life in LIVES.items()
        for at, end in enumerate(ends)
        if life[at] is not None
    ]
    folder: Path = tmp_path_factory.mktemp("spells")
    store = by_hand(
        folder,
        [book.SUBJECT],
        {"customers": CUSTOMERS, "customer_months": "\n".join(rows)},
        "[policy]\nquarantine_share = 0.0\n",
    )
    inputs, found = inputs_of(store), {}
    names = dict(
        pl.read_parquet(store.snapshot.folder / "ids" / "customers.parquet")
        .select("customer_no", "customer_id")
        .iter_rows()
    )
    for definition, word in enumerate(DEFINITIONS):
        for end in ends:
            frame = person_months(inputs, definition, end)
            if frame is not None:
                found[word, end.month] = {
                    names[row["customer_no"]]: (row["tenure"], ("", *CAUSES)[row["cause"]])
                    for row in frame.collect().to_native().to_dicts()
                }
    return found


def test_closed_churn_by_hand(by_month: dict[tuple[str, int], dict[str, tuple[int, str]]]) -> None:
    february = by_month["closed", 2]  # as they were at the end of January; tenure in whole calendar months
    assert february == {
        "quiet": (7, ""),
        "closer": (1, ""),
        "sleeper": (72, ""),
        "heir": (80, ""),
        "gone": (-1, ""),
    }
    march = by_month["closed", 3]
    assert march["gone"] == (-1, "other") and march["closer"] == (2, "")
    assert march["sleeper"] == (73, "silent"), "silent at the third month end in a row: known now"
    april = by_month["closed", 4]
    assert april["closer"] == (3, "closed"), "two silent months are no silent churn: it was closed"
    assert "sleeper" not in april, "silently gone, though awake again at the end of April"
    assert by_month["closed", 5] == {"quiet": (10, "silent"), "sleeper": (75, ""), "heir": (83, "death")}
    assert by_month["closed", 6] == {"sleeper": (76, "")}, "back at risk since April"


def test_silent_churn_by_hand(by_month: dict[tuple[str, int], dict[str, tuple[int, str]]]) -> None:
    assert sorted(month for word, month in by_month if word == "silent") == [4, 5], (
        "two month ends before the origin to look back at, and three after it until silence is known"
    )
    assert by_month["silent", 4] == {"closer": (3, "closed"), "heir": (82, "")}, (
        "quiet was lost in March already, the first month of its run; sleeper is in its run until March"
    )
    assert by_month["silent", 5] == {"sleeper": (75, ""), "heir": (83, "death")}


def test_words_and_the_last_origin() -> None:
    assert band_names(ACTIVITY, 0) == ["unknown", "0", "1-3", "4-11", "12+"]
    policy = Policy(own={"silent_months": D})
    given = type("I", (), {"policy": policy})()
    assert last_origin(given, 0, date(2026, 10, 31)) == date(2026, 10, 31)
    assert last_origin(given, 1, date(2026, 10, 31)) == date(2026, 7, 31)
