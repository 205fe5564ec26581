"""Who may see what in the synthetic bank: one of each kind of reader. Without a sign-in nobody is asked."""

from datetime import date, timedelta

import polars as pl

COLUMNS = ("user", "institution_id", "permissions", "valid_from", "valid_to", "granted_by")


def grants_frame(institutions: pl.DataFrame, last_day: date) -> pl.DataFrame:
    """A right a row: the administrator gave all the others, the last of them has ended."""
    parents = {row["institution_id"]: row["parent_id"] for row in institutions.to_dicts()}
    open_ones = institutions.filter(pl.col("closed_on").is_null())["institution_id"].to_list()
    below = {key: [child for child in open_ones if parents[child] == key] for key in parents}
    root = next(key for key, parent in parents.items() if parent is None)
    branch, *others = sorted(below[root], key=lambda key: -len(below[key]))
    sub = max([*below[branch], branch], key=lambda key: len(below[key]) if key != branch else -1)
    outlet = next((key for key in open_ones if parents[key] == sub), sub)
    second = others[0] if others else branch
    began, ended = (last_day - timedelta(days=365 * years) for years in (4, 2))
    rights = [
        ("admin", root, "customers unmask export admin", None, None, None),
        ("executive", root, "customers unmask export", None, None, "admin"),
        ("branch.manager", branch, "customers export", None, None, "admin"),
        ("subbranch.manager", sub, "customers export", None, None, "admin"),
        ("outlet.manager", outlet, "customers unmask", None, None, "admin"),
        ("analyst", branch, "export", None, None, "admin"),
        ("analyst", second, "export", None, None, "admin"),
        ("former.manager", branch, "customers", began, ended, "admin"),
    ]
    days = {"valid_from": pl.Date, "valid_to": pl.Date}
    schema = {name: days.get(name, pl.String) for name in COLUMNS}
    return pl.DataFrame(rights, schema=schema, orient="row")
