"""Satisfaction: by hand, and of every institution of random banks against plain Python on the raw rows."""

import random
from collections.abc import Callable
from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.errors import CallError, NotDelivered
from data_access.periods import parse
from data_access.view.grants import grant_of
from data_access.view.rows import OWN
from metrics.book import subject as book
from metrics.satisfaction import subject as satisfaction
from tests.metrics.asking import built, by_hand, look
from tests.metrics.random_banks import banks
from tests.metrics.satisfaction.bank import answers, invitations, of, with_surveys
from tests.metrics.small_bank import Row

SUBJECTS = (book.SUBJECT, satisfaction.SUBJECT)
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
HERE = [  # no cell is hidden
    "floor_score = 1",
    "floor_comments = 1",
]


def counted(rows: list[Row], sent: list[Row]) -> Row:
    """The NPS of some answers in plain Python."""
    n = len(rows)
    p, d = sum(row["nps"] >= 9 for row in rows), sum(row["nps"] <= 6 for row in rows)
    came = [row for row in sent if any(row.get(name) is not None for name in ("nps", "csat", "effort"))]
    return {
        "n": n,
        "promoters": p,
        "detractors": d,
        "passives": n - p - d,
        "nps": 100 * (p - d) / n if n else None,
        "invited": len(sent),
        "responded": len(came),
    }


def agrees(found: Row, expected: Row, where: Any) -> None:
    for name, number in expected.items():
        assert found[name] == (None if number is None else pytest.approx(number)), (name, where)


@pytest.mark.slow
@banks(4)
@given(seed=st.integers(0, 10**6), nodes=st.integers(1, 9))
def test_scores_of_every_institution(seed: int, nodes: int) -> None:
    """Nothing hidden: every number is that of the raw rows. The floors of the policy: right or hidden."""
    made, rng = with_surveys(seed, nodes), random.Random(seed)
    if not made.surveys:
        return
    spans = [parse(text) for text in ("2026-01", "2026-03", "2026-Q1", "2026-Q2", "2026")]
    for policy in ("\n".join(HERE), ""):
        with built(made, *SUBJECTS, policy=policy, shuffle=seed % 3) as store:
            for key in made.bank.parent:
                span, survey = rng.choice(spans), rng.choice(["transaction", "transaction", "relationship"])
                rows, first, last = made.surveys, span.first, span.last

                def expected(
                    booked: set[str],
                    keep: Callable[[Row], bool] = lambda _: True,
                    survey: str = survey,
                    first: date = first,
                    last: date = last,
                ) -> Row:
                    given_ = of(answers(made.surveys, "nps", first, last, survey), booked, keep)
                    return counted(given_, of(invitations(made.surveys, first, last, survey), booked, keep))

                view = look(store, SUBJECTS, key, first, last)
                parts = {None: made.bank.subtree(key), OWN: {key}}
                parts |= {child: made.bank.subtree(child) for child in made.bank.children(key)}
                for by in (None, "children"):
                    for row in view.metric("satisfaction.nps", by, survey=survey).to_dicts():
                        whole = expected(parts[row.get("institution")])
                        if row["hidden"]:
                            assert not policy
                            assert {row[name] for name in whole} == {None}
                        else:
                            agrees(row, whole, (seed, key, by, row))
                by_channel = view.metric("satisfaction.nps", "channel", survey=survey).to_dicts()
                for row in by_channel if policy else []:
                    if row["channel"] not in ("other", "unknown"):
                        told = expected(parts[None], lambda r, value=row["channel"]: r["channel"] == value)
                        pooled = any(r["channel"] == "other" and r["n"] for r in by_channel) and not row["n"]
                        if not pooled:
                            agrees(row, told, (seed, key, row))
                assert sum(r["n"] or 0 for r in by_channel) in (0, expected(parts[None])["n"])
                if policy:
                    _others(view, rows, parts[None], first, last, survey)


def _others(view: Any, rows: list[Row], booked: set[str], first: date, last: date, survey: str) -> None:
    """Satisfaction rate, effort, histogram and reasons of an institution."""
    for name, measure, least, part in (("csat", "csat", 4, "top2"), ("effort", "effort", 5, "agree")):
        given_ = [row[measure] for row in of(answers(rows, measure, first, last, survey), booked)]
        [row] = view.metric(f"satisfaction.{name}", survey=survey).to_dicts()
        mean = sum(given_) / len(given_) if given_ else None
        good = sum(score >= least for score in given_)
        agrees(row, {"n": len(given_), part: good, "mean": mean}, (name, booked))
        told = view.metric("satisfaction.scores", measure=measure, survey=survey).to_dicts()
        assert [row["answers"] for row in told] == [given_.count(int(row["score"])) for row in told]
    unhappy = [r for r in of(answers(rows, "nps", first, last, survey), booked) if r["nps"] <= 6]
    named = [r["reason"] for r in unhappy if r.get("reason")]
    for row in view.metric("satisfaction.reasons", survey=survey).to_dicts():
        assert row["detractors"] == named.count(row["reason"])


INSTITUTIONS = """
institution_id, parent_id, level
A, , head_office
B, A, branch_1
C, A, branch_1
D, A, branch_1
"""
COLUMNS = "response_id,survey_kind,customer_id,institution_id,invited_on,responded_on,nps,csat,effort,reason"


def bank(folder: Path, lines: list[str], settings_: str = "", **more: str) -> Any:
    text = "\n".join([COLUMNS, *lines])
    return by_hand(
        folder,
        SUBJECTS,
        {"institutions": INSTITUTIONS, "surveys": text, **more},
        settings_,
        {"surveys": date(2026, 10, 31)} | {name: date(2026, 10, 31) for name in more},
    )


def lines(at: str, day: str, *scores: int, kind: str = "transaction", start: int = 0) -> list[str]:
    return [
        f"{at}{day}{kind}{start + i},{kind},,{at},2026-{day},2026-{day},{score},,,"
        for i, score in enumerate(scores)
    ]


def test_edges_by_hand(tmp_path: Path) -> None:
    rows = [
        *lines("B", "10-05", 10, 9, 8, 7, 6, 0),  # 2 promoters, 2 passives, 2 detractors: 0 points
        *lines("C", "10-05", 10, 10, 10, 10, 10),  # exactly five: told
        *lines("D", "10-05", 9, 9, 9, 9, 9, 9, kind="relationship"),  # never mixed with the others
        "x1,transaction,,C,2026-06-30,2026-10-01,9,,,",  # invited in June, an answer of October
        "x2,transaction,,C,2026-10-31,,,,,",  # asked, not answered
        "x3,,,C,2026-10-31,2026-10-31,,4,,",  # no kind named: a transaction; no NPS, but a grade
    ]
    store = bank(tmp_path, rows)
    view = look(store, SUBJECTS, "A", *OCTOBER)
    found = {row["institution"]: row for row in view.metric("satisfaction.nps", "children").to_dicts()}
    agrees(
        found["B"], {"n": 6, "promoters": 2, "passives": 2, "detractors": 2, "nps": 0.0, "hidden": None}, "B"
    )
    agrees(found["C"], {"n": 6, "nps": 100.0, "invited": 7, "responded": 6, "response_rate": 6 / 7}, "C")
    agrees(found["D"], {"n": 0, "nps": None, "low": None, "hidden": None}, "D")
    [row] = view.metric("satisfaction.nps", survey="relationship").to_dicts()
    agrees(row, {"n": 6, "nps": 100.0, "invited": 6}, "relationship")
    # adjusted: 2.75 promoters and 2.75 detractors of 9 answers
    assert found["B"]["high"] == pytest.approx(1.959963984540054 * 100 * sqrt(5.5 / 9 / 9))


def test_four_answers_hide_a_neighbour_too(tmp_path: Path) -> None:
    rows = [*lines("B", "10-05", *[9] * 20), *lines("C", "10-05", *[5] * 4), *lines("D", "10-05", *[9] * 9)]
    view = look(bank(tmp_path, rows), SUBJECTS, "A", *OCTOBER)
    found = {row["institution"]: row for row in view.metric("satisfaction.nps", "children").to_dicts()}
    assert found["C"]["hidden"] == found["D"]["hidden"] == "n<5"  # D is the next smallest
    assert found["C"]["n"] is found["D"]["n"] is found["C"]["invited"] is None
    assert found["B"]["n"] == 20
    assert view.metric("satisfaction.nps")["n"][0] == 33
    rest = look(view.store, SUBJECTS, "A", *OCTOBER, without=(view.store.find("B"),))
    assert rest.metric("satisfaction.nps")["hidden"][0] == "n<5"  # 33 less 20 would tell of C and D
    alone = look(view.store, SUBJECTS, "A", *OCTOBER, without=(view.store.find("C"),))
    assert alone.metric("satisfaction.nps")["n"][0] is None  # 33 − 29 = 4
    store = view.store
    both = grant_of(store.tree, [store.find("B"), store.find("C")], frozenset())
    partly = look(store, SUBJECTS, "A", *OCTOBER, grant=both)
    assert partly.metric("satisfaction.nps")["n"][0] is None  # 24 less the 20 of B
    assert [row["n"] for row in partly.metric("satisfaction.nps", "children").to_dicts()] == [20, None]
    series = view.series("satisfaction.nps", "n", "nps", months=2, by="children")
    told = {row["institution"]: row["n"] for row in series.to_dicts() if row["month"] == OCTOBER[1]}
    assert {key: told[key] for key in "BCD"} == {"B": 20, "C": None, "D": None}


def test_what_is_refused(tmp_path: Path) -> None:
    store = bank(tmp_path, lines("B", "10-05", *[9] * 6))
    view = look(store, SUBJECTS, "A", date(2026, 10, 5), date(2026, 10, 20))
    with pytest.raises(CallError, match="2026-10, 2026-Q4, 2026"):
        view.metric("satisfaction.nps")
    ytd = look(store, SUBJECTS, "A", date(2026, 1, 1), date(2026, 10, 31))
    with pytest.raises(CallError, match="whole months, quarters and years only"):
        ytd.metric("satisfaction.index")
    month = look(store, SUBJECTS, "A", *OCTOBER, kind="unknown")
    assert month.metric("satisfaction.nps")["n"][0] == 6
    with pytest.raises(NotDelivered, match="one of “channel”, “kind” at a time"):
        month.metric("satisfaction.nps", "channel")


def test_a_bank_that_delivers_less(tmp_path: Path) -> None:
    """No invitation days, one score only: the rest is absent and says so."""
    text = "response_id, institution_id, responded_on, csat\n" + "\n".join(
        f"r{i}, B, 2026-10-0{i}, 5" for i in range(1, 8)
    )
    store = by_hand(
        tmp_path,
        SUBJECTS,
        {"institutions": INSTITUTIONS, "surveys": text},
        "",
        {"surveys": date(2026, 10, 31)},
    )
    view = look(store, SUBJECTS, "A", *OCTOBER)
    assert view.metric("satisfaction.csat").select("n", "top2_rate").row(0) == (7, 1.0)
    [row] = view.metric("satisfaction.nps").to_dicts()
    assert (row["n"], row["invited"], row["response_rate"]) == (0, None, None)
    [index] = view.metric("satisfaction.index").to_dicts()
    agrees(index, {"index": 100.0, "csat": 100.0, "nps": None, "weight": 0.3}, "index")
    assert index["left_out"] == "nps,effort,complaints"
    with pytest.raises(NotDelivered, match=r"surveys\.reason"):
        view.metric("satisfaction.reasons")


def test_weights_stand_for_those_who_did_not_answer(tmp_path: Path) -> None:
    """Personal: 10 asked, 5 answered 10; corporate: 20 asked, 5 answered 0. Weights 2 and 4: −33.3."""
    customers = "customer_id, kind\n" + "\n".join(
        f"{kind[0]}{i}, {kind}" for kind, n in (("personal", 10), ("corporate", 20)) for i in range(n)
    )
    rows = [
        f"{k}{i},transaction,{k}{i},B,2026-10-05,{'2026-10-06' if i < 5 else ''},{score if i < 5 else ''},,,"
        for k, n, score in (("p", 10, 10), ("c", 20, 0))
        for i in range(n)
    ]
    store = bank(tmp_path, rows, customers=customers)
    [row] = look(store, SUBJECTS, "A", *OCTOBER).metric("satisfaction.weighted").to_dicts()
    assert (row["n"], row["nps"]) == (10, 0.0)
    assert row["nps_weighted"] == pytest.approx(-100 / 3)
    theta, w = -1 / 3, [2] * 5 + [4] * 5
    x = [1] * 5 + [-1] * 5
    error = sqrt(sum((wi * (xi - theta)) ** 2 for wi, xi in zip(w, x, strict=True))) / sum(w)
    assert row["high"] == pytest.approx(100 * (theta + 1.959963984540054 * error))


def test_the_list_of_those_not_called_back(tmp_path: Path) -> None:
    """Friday 23 October + 2 working days = Tuesday 27: late since then at the 31st."""
    customers = "customer_id, kind\na, personal\nb, personal\nc, personal\nd, personal\ne, personal"
    contacts = """contact_id, customer_id, institution_id, contacted_on, kind
k1, b, B, 2026-10-26, call
k2, c, B, 2026-10-26, care
k3, d, B, 2026-10-22, call"""
    rows = [
        f"{who},transaction,{who},B,2026-10-20,{day},{score},,,"
        for who, day, score in (
            ("a", "2026-10-23", 6),  # nobody called: 4 days late
            ("b", "2026-10-23", 0),  # called on Monday
            ("c", "2026-10-23", 3),  # care is no call back
            ("d", "2026-10-23", 2),  # the call was before the answer
            ("e", "2026-10-30", 1),  # not due before Tuesday 3 November
        )
    ]
    rows += lines("C", "10-23", 7)  # a passive
    store = bank(tmp_path, rows, customers=customers, contacts=contacts)
    view = look(store, SUBJECTS, "A", *OCTOBER)
    found = view.list("detractors")
    assert sorted(found["nps"].to_list()) == [2, 3, 6]
    assert set(found["days_late"].to_list()) == {4}


@pytest.mark.parametrize(
    ("settings_", "calendar", "late"),
    [
        ("", "", 22),  # after the national holidays: due on Friday 9 October
        ('[policy]\ncalendar = ""\n', "", 29),  # Monday to Friday: due on Friday 2 October
        ("", "2026-10-02, yes\n2026-10-01, yes", 29),  # the bank worked on both days
    ],
)
def test_a_call_back_is_due_by_working_days(settings_: str, calendar: str, late: int, tmp_path: Path) -> None:
    """Answered on Wednesday 30 September 2026; two working days to call back."""
    rows = ["a,transaction,a,B,2026-09-28,2026-09-30,2,,,", *lines("C", "10-23", 7)]
    more = {
        "customers": "customer_id, kind\na, personal\nb, personal",
        "contacts": "contact_id, customer_id, institution_id, contacted_on, kind\nk1, b, B, 2026-10-26, call",
    }
    more |= {"calendar": f"date, working\n{calendar}"} if calendar else {}
    store = bank(tmp_path, rows, settings_, **more)
    assert look(store, SUBJECTS, "A", *OCTOBER).list("detractors")["days_late"].to_list() == [late]
