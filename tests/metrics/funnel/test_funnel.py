"""The funnel by hand: one deal per edge. As of 31 March 2026; three stages."""

from pathlib import Path
from typing import Any

import pytest

DEALS = """opportunity_id,outcome,created_on,closed_on,stage,expected_amount,amount,expected_close_on
straight,won,2026-01-01,2026-01-31,three,100,90,
skips,won,2026-01-02,2026-02-10,three,100,,
back,open,2026-01-03,,one,40,,2026-03-30
today,open,2026-01-04,,two,,,2026-03-31
undated,open,2026-01-05,,two,7,,2026-04-01
ageless,open,,,one,3,,2025-01-01
lapsed,lapsed,2026-01-06,2026-03-31,one,5,,2026-01-01
lost,lost,2026-02-01,2026-02-01,one,5,,
old,lost,2025-11-01,2026-01-20,two,5,,
nowhere,open,2026-02-02,,,1,,
late,lost,2025-10-01,2025-10-10,two,9,,
"""
EVENTS = """opportunity_id,stage,entered_on,seq
straight,one,2026-01-01,1
straight,two,2026-01-11,2
straight,three,2026-01-31,3
skips,one,2026-01-02,1
skips,three,2026-02-10,2
back,one,2026-01-03,1
back,two,2026-01-05,2
back,one,2026-01-09,3
today,two,2026-01-04,2
today,one,2026-01-04,1
lapsed,one,2026-01-06,1
lost,one,2026-02-01,1
late,one,2025-10-01,1
late,two,2025-10-20,2
old,one,2025-11-01,1
old,two,2025-12-01,2
"""
CONFIG = """
[tables.opportunities]
csv = "deals.csv"
as_of = 2026-03-31
[tables.stage_events]
csv = "events.csv"
as_of = 2026-03-31
[[stages]]
key = "one"
[[stages]]
key = "two"
[[stages]]
key = "three"
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, run: Any) -> Path:
    folder: Path = tmp_path_factory.mktemp("funnel")
    for name, text in (("deals.csv", DEALS), ("events.csv", EVENTS), ("cockpit.toml", CONFIG)):
        (folder / name).write_text(text, encoding="utf-8")
    assert run("build", "--config", folder / "cockpit.toml", "--today", "2026-04-10").code == 0
    return folder / "cockpit.toml"


@pytest.fixture(scope="module")
def ask(config: Path, run: Any) -> Any:
    return lambda name, *more: run("metric", name, "--config", config, "--format", "json", *more).rows


def test_the_cohort_of_january(ask: Any) -> None:
    """Five deals began in January; a skipped stage counts as reached, moving back takes nothing away."""
    one, two, three = ask("funnel.stages", "--month", "2026-01")[:3]
    assert (one["entered"], one["reached_next"], one["conversion"]) == (5, 4, 0.8)  # all but lapsed
    assert (two["entered"], two["reached_next"]) == (
        4,
        2,
    )  # straight and skips came to three, in February too
    assert (three["entered"], three["reached_next"], three["conversion"]) == (2, None, None)


@pytest.mark.parametrize(
    ("day", "count", "amount"),
    [
        # one: ageless, and late until it is lost; its stage of the 20th was written down afterwards
        ("2025-10-09", {"one": 2, "two": 0, "three": 0}, {"one": 12, "two": 0}),
        ("2025-10-10", {"one": 1, "two": 0, "three": 0}, {"one": 3, "two": 0}),
        ("2025-10-25", {"one": 1, "two": 0, "three": 0}, {"one": 3, "two": 0}),
        # two: old, since that day; one: ageless, which stands there at every day
        ("2025-11-30", {"one": 2, "two": 0, "three": 0}, {"one": 8, "two": 0}),
        ("2025-12-01", {"one": 1, "two": 1, "three": 0}, {"one": 3, "two": 5}),
        # one: straight, skips, ageless, lapsed; two: back, today, undated, old
        ("2026-01-07", {"one": 4, "two": 4, "three": 0}, {"one": 208, "two": 52}),
        # back went back to one
        ("2026-01-10", {"one": 5, "two": 3, "three": 0}, {"one": 248, "two": 12}),
        # straight was won that day, old was lost before; skips is still in one
        ("2026-01-31", {"one": 4, "two": 2, "three": 0}, {"one": 148, "two": 7}),
        # lapsed is open until the day before it lapsed; nowhere has no stage
        ("2026-03-30", {"one": 3, "two": 2, "three": 0, "unknown": 1}, {"one": 48, "two": 7, "unknown": 1}),
        ("2026-03-31", {"one": 2, "two": 2, "three": 0, "unknown": 1}, {"one": 43, "two": 7, "unknown": 1}),
    ],
)
def test_open_deals_at_a_day(day: str, count: dict[str, int], amount: dict[str, int], ask: Any) -> None:
    rows = {row["stage"]: row for row in ask("funnel.stages", "--from", "2025-10-01", "--to", day)}
    assert {stage: row["open_count"] for stage, row in rows.items()} == count
    assert {stage: rows[stage]["open_amount"] for stage in amount} == amount


def test_decisions(ask: Any) -> None:
    [row] = ask("funnel.outcomes", "--from", "2025-11-01", "--to", "2026-03-31")
    assert (row["won"], row["lost"], row["lapsed"], row["open"]) == (2, 2, 1, 5)
    assert row["win_rate"] == 0.5
    assert (row["won_amount"], row["average_deal"]) == (90, 90)  # one of the two has an amount
    assert row["won_days_median"] == (30 + 39) / 2
    [row] = ask("funnel.outcomes", "--month", "2026-02")
    assert (row["won"], row["lost"], row["won_days_median"]) == (1, 1, 39)


def test_the_median_cycle(ask: Any) -> None:
    """Decided: lost after 0 days, straight 30, skips 39, old 80; censored: lapsed 84, today 86, back 87.

    S(0) = 6/7, S(30) = 5/7, S(39) = 4/7, S(80) = 3/7. In January alone old enters at the age of 61,
    and all others but straight are younger than 30 days at its end: S(30) = 0.
    """
    since = ("--from", "2025-11-01", "--to", "2026-03-31")
    assert ask("funnel.outcomes", *since)[0]["cycle_days_median"] == 80
    assert ask("funnel.outcomes", "--month", "2026-01")[0]["cycle_days_median"] == 30


def test_days_in_a_stage(ask: Any) -> None:
    """In one: today 0, back 2, straight 10, old 30, skips 39, lapsed 84; back again 81, censored."""
    since = ask("funnel.stages", "--from", "2025-11-01", "--to", "2026-03-31")
    rows = {row["stage"]: row["median_days"] for row in since}
    # S: 0 → 6/7, 2 → 5/7, 10 → 4/7, 30 → 3/7
    assert rows["one"] == 30
    # in two: straight 20, back 4, today 86 censored, old 50: 4 → 3/4, 20 → 1/2
    assert rows["two"] == 20
    assert rows["three"] is None


def test_overdue(ask: Any) -> None:
    """Open, and expected before the day of the data: back (by a day) and ageless; not today, not lapsed."""
    assert ask("funnel.overdue") == [{"deals": 2, "amount": 43, "days_late": (1 + 454) / 2}]


# ------------------------------------------- the rules, with the same deals


def stage_of(ask: Any, stage: str, *more: str) -> dict[str, Any]:
    return next(row for row in ask("funnel.stages", *more) if row["stage"] == stage)


def test_a_window_counts_only_deals_observed_that_long(ask: Any) -> None:
    """January's five deals began on the 1st to the 6th; the data end on 31 March, 84 to 89 days later."""
    whole = stage_of(ask, "one", "--month", "2026-01", "--set", "window=30")
    assert (whole["entered"], whole["reached_next"], whole["immature"]) == (5, 3, 0)  # skips needs 39 days
    young = stage_of(ask, "one", "--month", "2026-01", "--set", "window=86")
    # first deals on the 1st, 2nd, 3rd and 4th are 86 days old or more; lapsed, of the 6th, is not
    assert (young["entered"], young["immature"]) == (4, 1)
    none = stage_of(ask, "one", "--month", "2026-01", "--set", "window=365")
    assert (none["entered"], none["conversion"], none["immature"]) == (0, None, 5)


def test_strict_order_does_not_credit_a_stage_that_was_skipped(ask: Any) -> None:
    two = stage_of(ask, "two", "--month", "2026-01", "--set", "order=strict")
    assert (two["entered"], two["reached_next"]) == (
        3,
        1,
    )  # straight, back and today came to two; skips never


def test_what_happened_in_january(ask: Any) -> None:
    """Every stay that began in the month, by what had become of it at the month's end."""
    one = stage_of(ask, "one", "--month", "2026-01", "--set", "rule=throughput")
    # straight, back and today went on; skips and lapsed are still here, and so is back, which came again
    assert (one["entered"], one["reached_next"], one["still_here"]) == (6, 3, 3)
    two = stage_of(ask, "two", "--month", "2026-01", "--set", "rule=throughput")
    # straight was won on the 31st: written down as stage three on the day of the decision, so it went on
    assert (two["entered"], two["reached_next"], two["moved_back"], two["still_here"]) == (3, 1, 1, 1)
    assert (two["lost"], two["lapsed"]) == (0, 0)  # old was lost in January but came to two in December
    three = stage_of(ask, "three", "--month", "2026-01", "--set", "rule=throughput")
    assert three["entered"] == 0


def test_a_stock_has_no_conversion(ask: Any) -> None:
    one = stage_of(ask, "one", "--month", "2026-01", "--set", "rule=snapshot")
    assert (one["entered"], one["conversion"], one["open_count"]) == (None, None, 4)


def test_what_became_of_the_deals_of_january(ask: Any) -> None:
    [row] = ask("funnel.outcomes", "--month", "2026-01", "--set", "rule=cohort")
    assert (row["won"], row["lost"], row["lapsed"], row["open"]) == (2, 0, 1, 2)
    assert row["win_rate"] == 0.4  # of all five, open ones not decided
    [row] = ask("funnel.outcomes", "--month", "2026-01", "--set", "rule=cohort", "--set", "window=30")
    assert (row["won"], row["lapsed"], row["open"]) == (1, 0, 4)  # skips took 39 days, lapsed 84


@pytest.mark.parametrize("settings", [("window=soon",), ("window=-3",), ("rule=all",)])
def test_a_setting_that_does_not_exist_is_refused(settings: tuple[str, ...], config: Path, run: Any) -> None:
    answer = run("metric", "funnel.stages", "--config", config, "--set", *settings)
    assert (answer.code, answer.out) == (2, "")
    assert settings[0].partition("=")[2] in answer.err


def test_what_becomes_of_deals(ask: Any) -> None:
    """Aalen–Johansen by hand over all data: six dated deals and when they ended (days from the start)."""
    rows = ask("funnel.incidence")
    # lost after 0 days; straight won after 30, skips after 39, old lost after 80, lapsed after 84; late was
    # lost 9 days after its first stage; back and today are still open after 87 and 86 days
    assert [row["days"] for row in rows] == [0, 9, 30, 39, 80, 84]
    assert [row["at_risk"] for row in rows] == [8, 7, 6, 5, 4, 3]
    last = rows[-1]
    assert last["advanced"] == pytest.approx(2 / 8) and last["lost"] == pytest.approx(3 / 8)
    assert last["lapsed"] == pytest.approx(1 / 8) and last["still_open"] == pytest.approx(2 / 8)


def test_stalled_is_beyond_twice_the_usual_days(ask: Any) -> None:
    """Usual days: in one 4 by the median of all stays, in two 10; both are open for months."""
    rows = {row["stage"]: row for row in ask("funnel.stage_time")}
    assert (rows["one"]["stalled"], rows["one"]["stalled_amount"]) == (1, 40.0)  # back
    assert rows["two"]["stalled"] == 1  # today
    assert rows["cycle"]["stalled"] == 2
