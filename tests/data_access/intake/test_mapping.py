"""Every mapping verb of `cockpit.toml` on a table small enough to count by hand."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.errors import CallError
from data_access.intake.config import read_config
from metrics import CONTRACT

CREDIT = Path(__file__).resolve().parents[4] / "shared" / "real" / "credit_default"


DEALS = """nr,betrag,stand,tag,art,kanal
A,"1,234.50",G,2026-01-05,x,Web
B,200,V,2026-01-06,y,Web
C,5,O,2026-01-07,,Tel
"""
DEAL_SETTINGS = """
[tables.opportunities]
csv = "deals.csv"
constants = { closed_on = "2026-02-01" }
scale = { amount = 1000 }
dimensions = { deal_kind = "art" }
as_of = 2026-03-31
[tables.opportunities.columns]
opportunity_id = "nr"
amount = "betrag"
outcome = "stand"
created_on = "tag"
channel = "kanal"
[tables.opportunities.values.outcome]
G = "won"
V = "lost"
O = "open"
"""


def test_columns_values_constants_scale_and_as_of(mapped_bank: Any) -> None:
    """Without institutions there is one node, the head office."""
    ask = mapped_bank(DEAL_SETTINGS, deals=DEALS)
    [row] = ask("funnel.outcomes")
    assert (row["won"], row["lost"], row["open"], row["won_amount"]) == (1, 1, 1, 1_234_500)
    [row] = ask("funnel.outcomes", "--from", "2026-02-02", "--to", "2026-03-31")  # as far as as_of says
    assert (row["won"], row["open"]) == (0, 1)


def test_the_banks_own_tag_is_a_breakdown(mapped_bank: Any) -> None:
    ask = mapped_bank(DEAL_SETTINGS, deals=DEALS)
    rows = {row["deal_kind"]: row for row in ask("funnel.outcomes", "--by", "deal_kind")}
    assert {kind: (row["won"], row["lost"], row["open"]) for kind, row in rows.items()} == {
        "x": (1, 0, 0),
        "y": (0, 1, 0),
        "unknown": (0, 0, 1),
    }
    stages = ask("funnel.stages", "--by", "channel")
    assert {(row["channel"], row["stage"], row["open_count"]) for row in stages if row["open_count"]} == {
        ("Tel", "unknown", 1)
    }


TAGS = """
[tables.customers]
csv = "people.csv"
dimensions = { segment = "seg", product = "way" }
[tables.customer_months]
csv = "book.csv"
[tables.opportunities]
csv = "deals.csv"
dimensions = { segment = "seg" }
as_of = 2026-03-31
"""


def test_tags_of_customers_and_deals_may_share_a_name(mapped_bank: Any) -> None:
    """Each table keeps its own values; a tag is a filter as well."""
    ask = mapped_bank(
        TAGS,
        people="customer_id,seg,way\n1,Gold,Web\n2,Silver,Web\n3,,Shop\n",
        book="customer_id,month,aum\n1,2026-01,10\n2,2026-01,20\n3,2026-01,40\n",
        deals="opportunity_id,outcome,created_on,product,seg\n1,open,2026-01-05,Phone,Bronze\n"
        "2,open,2026-01-05,Web,Gold\n3,open,2026-01-05,,\n",
    )
    book = {row["segment"]: row["aum"] for row in ask("book.summary", "--by", "segment")}
    assert book == {"Gold": 10, "Silver": 20, "unknown": 40}
    ways = {row["product"]: row["aum"] for row in ask("book.summary", "--by", "product")}
    assert ways == {"Web": 30, "Shop": 40}
    for by, other in (("segment", "Bronze"), ("product", "Phone")):
        deals = {row[by]: row["open"] for row in ask("funnel.outcomes", "--by", by)}
        assert deals == {other: 1, {"segment": "Gold", "product": "Web"}[by]: 1, "unknown": 1}
    assert ask("book.summary", "--set", "segment=Silver")[0]["aum"] == 20
    assert ask("funnel.outcomes", "--set", "segment=Bronze")[0]["open"] == 1


def test_formats(mapped_bank: Any) -> None:
    settings = """
[tables.opportunities]
csv = "deals.csv"
formats = { created_on = "%d/%m/%Y", closed_on = "%d.%m.%y %H:%M" }
as_of = 2026-03-31
"""
    deals = (
        "opportunity_id,outcome,created_on,closed_on\n1,won,02/01/2026,03.02.26 23:59\n2,open,05/03/2026,\n"
    )
    ask = mapped_bank(settings, deals=deals)
    assert ask("funnel.outcomes", "--from", "2026-02-03", "--to", "2026-02-03")[0]["won"] == 1
    assert ask("funnel.outcomes", "--from", "2026-01-02", "--to", "2026-01-02")[0]["open"] == 1
    assert ask("funnel.outcomes", "--from", "2026-03-05", "--to", "2026-03-05")[0]["open"] == 1


def test_a_month_that_is_missing_is_said(refused: Any) -> None:
    settings = '[tables.customer_months]\ncsv = "book.csv"\n'
    code, text = refused(settings, book="customer_id,month,aum\n1,2026-01,5\n1,2026-03,7\n")
    assert code == 0
    assert "no row between 2026-01-31 and 2026-03-31" in text


def test_wide_months(mapped_bank: Any) -> None:
    """One column per month; who has an empty cell was not there that month."""
    settings = """
[tables.customer_months]
csv = "book.csv"
[tables.customer_months.columns]
customer_id = "ID"
[tables.customer_months.months]
"2026-01" = "JAN"
"2026-02" = "FEB"
"""
    ask = mapped_bank(settings, book='ID,JAN,FEB\n1,10,20\n2,-3.5,"1,000"\n3,,7\n')
    assert [ask("book.summary", "--month", month)[0]["aum"] for month in ("2026-01", "2026-02")] == [
        6.5,
        1_027,
    ]
    [row] = ask("book.summary", "--month", "2026-01")
    assert (row["customers"], row["aum_median"], row["joined"]) == (2, 3.25, None)


def test_stage_dates(mapped_bank: Any) -> None:
    """One date column per stage; an empty date is a stage that was not reached."""
    settings = """
[tables.opportunities]
csv = "deals.csv"
as_of = 2026-03-31
[tables.stage_events]
csv = "deals.csv"
as_of = 2026-03-31
[tables.stage_events.stage_dates]
lead = "first_day"
negotiation = "talk_day"
"""
    deals = (
        "opportunity_id,outcome,closed_on,first_day,talk_day\n"
        "1,open,,2026-01-01,2026-01-11\n2,open,,2026-01-02,\n3,won,2026-02-01,2026-01-03,2026-01-05\n4,open,,,\n"
    )
    ask = mapped_bank(settings, deals=deals)
    rows = {row["stage"]: row for row in ask("funnel.stages")}
    assert (rows["lead"]["entered"], rows["lead"]["reached_next"]) == (3, 2)
    assert (rows["negotiation"]["entered"], rows["negotiation"]["reached_next"]) == (2, 0)
    assert rows["opportunity"]["entered"] is None  # no deal has a date for it
    assert {stage: row["open_count"] for stage, row in rows.items() if row["open_count"]} == {
        "lead": 1,
        "negotiation": 1,
        "unknown": 1,
    }


def test_duration(refused: Any) -> None:
    """A clock without a calendar is taken in; alone it has nothing to show yet."""
    settings = """
[tables.customers]
csv = "people.csv"
[tables.customers.columns]
customer_id = "id"
[tables.customers.duration]
months = "tenure"
left = { Churn = "Yes" }
"""
    code, text = refused(settings, people="id,tenure,Churn\n1,5,Yes\n2,72,No\n3,x,No\n")
    assert code == 1
    assert "tenure" in text
    assert "row 3" in text
    code, _ = refused(settings, people="id,tenure,Churn\n1,5,Yes\n2,72,No\n")
    assert code == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("titel = 'x'", ["titel", "title"]),
        ("[tables.deals]\ncsv = 'x.csv'", ["deals", "opportunities"]),
        ("[tables.opportunities]\ncsv = 'x.csv'\nseparator = ';'", ["separator", "[tables.opportunities]"]),
        ("[tables.opportunities]\n", ["exactly one of parquet, csv, sql or table"]),
        ("[tables.opportunities]\ncsv = 'x.csv'\nparquet = 'y'", ["exactly one of"]),
        ("[tables.opportunities]\nsql = 'select 1'", ["database"]),
        ("[tables.opportunities]\nsql = 'select 1'\ndatabase = 'crm'", ["[databases.crm]"]),
        ("[policy]\nquarantine = 0.5", ["quarantine", "quarantine_share"]),
        ("[policy]\nquarantine_share = 'all'", ["quarantine_share", "all"]),
        ("[[stages]]\nname = 'x'", ["stages", "key"]),
        ("[[tiers]]\nkey='b'\nedge=5\n[[tiers]]\nkey='a'\nedge=0", ["tiers", "order"]),
        ("title = ", ["TOML"]),
        (
            "[tables.opportunities]\ncsv = 'x.csv'\n[tables.opportunities.columns]\nexpcted_amount = 'X'",
            ["expcted_amount", "expected_amount"],
        ),
        (
            "[tables.opportunities]\ncsv = 'x.csv'\n[tables.opportunities.values.outcom]\nG = 'won'",
            ["outcom", "outcome"],
        ),
        ("[tables.customers]\ncsv = 'x'\ndimensions = { channel = 'way' }", ["channel", "another name"]),
        ("[tables.opportunities]\ncsv = 'x'\ndimensions = { tier = 'way' }", ["tier", "another name"]),
        ("[tables.opportunities]\ncsv = 'x.csv'\nscale = { amout = 10 }", ["amout", "amount"]),
    ],
)
def test_an_unknown_setting_is_named(settings: str, words: list[str], refused: Any) -> None:
    code, text = refused(settings)
    assert code == 2
    for word in words:
        assert word in text


def test_a_named_column_that_is_not_there(refused: Any) -> None:
    settings = DEAL_SETTINGS.replace('"betrag"', '"betrg"')
    code, text = refused(settings, deals=DEALS)
    assert code == 1
    assert "betrg" in text
    assert "betrag" in text  # what it may have meant


def test_more_than_eight_tags_are_refused(tmp_path: Path) -> None:
    tags = ", ".join(f't{number} = "x"' for number in range(9))
    (tmp_path / "cockpit.toml").write_text(f'[tables.opportunities]\ncsv = "x"\ndimensions = {{ {tags} }}\n')
    with pytest.raises(CallError, match="8"):
        read_config(tmp_path / "cockpit.toml", CONTRACT)


def test_a_label_of_many_values_keeps_the_commonest(mapped_bank: Any) -> None:
    """50 values, the last of them “other”; among equally rare ones the alphabet decides."""
    rows = [f"{n},open,2026-01-01,P{n:02}" for n in range(60)] + ["100,open,2026-01-01,P59"]
    settings = '[tables.opportunities]\ncsv = "deals.csv"\nas_of = 2026-03-31\n'
    ask = mapped_bank(settings, deals="opportunity_id,outcome,created_on,product\n" + "\n".join(rows))
    found = {row["product"]: row["open"] for row in ask("funnel.outcomes", "--by", "product")}
    assert len(found) == 50
    assert (found["P59"], found["P00"], found["P47"], found["other"]) == (2, 1, 1, 11)
    assert "P48" not in found


@pytest.mark.skipif(not CREDIT.is_dir(), reason=f"the credit data is not at {CREDIT}")
def test_credit_data(mapped_bank: Any, tmp_path: Path) -> None:
    """30,000 customers, six months in six columns; LIMIT_BAL as contribution."""
    file = CREDIT / "UCI_Credit_Card.csv"
    months = {"2005-04": 6, "2005-05": 5, "2005-06": 4, "2005-07": 3, "2005-08": 2, "2005-09": 1}
    (tmp_path / "cards.csv").write_bytes(file.read_bytes())
    settings = """
currency = "TWD"
currency_digits = 0
[tables.customer_months]
csv = "cards.csv"
[tables.customer_months.columns]
customer_id = "ID"
contribution = "LIMIT_BAL"
[tables.customer_months.months]
""" + "\n".join(f'"{month}" = "BILL_AMT{number}"' for month, number in months.items())
    tiers = [("low", 0), ("middle", 50_000), ("high", 200_000), ("top", 500_000)]
    settings += "".join(f'\n[[tiers]]\nkey = "{key}"\nedge = {edge}' for key, edge in tiers)
    ask = mapped_bank(settings)
    raw = pl.read_csv(file)
    edges = [edge for _, edge in tiers[1:]]
    for month, number in months.items():
        bills = raw[f"BILL_AMT{number}"]
        rows = {row["tier"]: row for row in ask("book.summary", "--by", "tier", "--month", month)}
        for at, (key, _) in enumerate(tiers):
            low = edges[at - 1] if at else -(10**9)
            high = edges[at] if at < len(edges) else 10**9
            inside = bills.filter((bills >= low) & (bills < high))
            assert (rows[key]["customers"], rows[key]["aum"]) == (inside.len(), inside.sum())
    [row] = ask("book.summary", "--month", "2005-09")
    assert row["customers"] == 30_000
    assert row["contribution"] / row["customers"] == pytest.approx(167_484.32, abs=0.005)
    assert row["aum_median_low"] <= raw["BILL_AMT1"].median() <= row["aum_median_high"]
    assert row["joined"] == row["left"] == 0
