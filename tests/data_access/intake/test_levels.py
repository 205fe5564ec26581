"""The verb `levels`: distinct combinations of columns become institutions."""

from typing import Any


def test_levels_become_institutions(mapped_bank: Any) -> None:
    """Distinct combinations; the top that is no column is named by `root`; a short path counts too."""
    settings = """
[tables.opportunities]
csv = "deals.csv"
levels = ["region", "team"]
root = "Firm"
as_of = 2026-03-31
"""
    deals = (
        "opportunity_id,outcome,created_on,region,team\n"
        "1,open,2026-01-01,East,A\n2,open,2026-01-01,East,A\n3,open,2026-01-01,East,B\n"
        "4,open,2026-01-01,West,A\n5,open,2026-01-01,West,\n"
    )
    ask = mapped_bank(settings, deals=deals)
    assert ask("funnel.outcomes")[0]["open"] == 5
    for institution, n in (("East", 3), ("Firm/East/A", 2), ("Firm/West", 2), ("Firm/West/A", 1), ("B", 1)):
        assert ask("funnel.outcomes", "--institution", institution)[0]["open"] == n
    rows = {
        row["institution"]: row["open"]
        for row in ask("funnel.outcomes", "--institution", "West", "--by", "children")
    }
    assert rows == {"Firm/West/A": 1, "own": 1}


def test_a_level_may_be_a_constant(mapped_bank: Any) -> None:
    """A top that is no column of the file can also be a constant among the levels."""
    settings = """
[tables.institutions]
csv = "teams.csv"
levels = ["company", "region"]
constants = { company = "Bank" }
[tables.customer_months]
csv = "book.csv"
levels = ["company", "region"]
constants = { company = "Bank" }
"""
    book = "customer_id,month,region,aum\n1,2026-01,East,5\n2,2026-03,West,7\n"
    ask = mapped_bank(settings, teams="region\nEast\nWest\n", book=book)
    rows = ask("book.summary", "--by", "children", "--month", "2026-03")
    assert [(row["institution"], row["customers"]) for row in rows] == [("Bank/East", 0), ("Bank/West", 1)]
