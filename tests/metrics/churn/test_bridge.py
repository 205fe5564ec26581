"""The bridge of the churn forecast: every way through it, by hand."""

from datetime import date

import polars as pl

from metrics.churn.change_marts import STEPS, _steps


def test_every_way_through_a_bridge() -> None:
    rows = [
        # from, to, then, now by last month's model, now by today's, month of the exit forecast
        (1, 1, 0.20, 0.15, 0.16, None),  # stayed, saved; learning made it 0.01 more
        (1, 1, 0.10, 0.30, 0.30, None),  # stayed, worsened
        (1, 1, 0.10, 0.10, 0.10, None),  # nothing happened
        (1, None, 0.40, None, None, date(2026, 10, 31)),  # left with the chance it had
        (1, None, 0.10, None, None, None),  # died
        (None, 1, None, 0.05, 0.04, None),  # came
        (1, 2, 0.20, 0.10, 0.10, None),  # moved to another institution, and saved there
    ]
    schema = ["from_no", "to_no", "a_6", "b_6", "c_6", "left"]
    pairs = pl.DataFrame(rows, schema=schema, orient="row").with_columns(kind=1)
    found = {
        (row["institution_no"], STEPS[row["step"]]): (row["customers"], round(row["expected"], 9))
        for row in _steps(pairs, 6).to_dicts()
    }
    assert found == {
        (1, "opening"): (6, 1.1),
        (1, "new"): (1, 0.05),
        (1, "left"): (1, -0.4),
        (1, "moved_out"): (1, -0.2),
        (1, "left_otherwise"): (1, -0.1),
        (1, "saved"): (1, -0.05),
        (1, "worsened"): (1, 0.2),
        (1, "rescored"): (4, 0.0),
        (1, "closing"): (4, 0.6),
        (2, "moved_in"): (1, 0.2),
        (2, "saved"): (1, -0.1),
        (2, "rescored"): (1, 0.0),
        (2, "closing"): (1, 0.1),
    }
