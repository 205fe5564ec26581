"""The contract of balances, plans, large moves, holdings, contacts, annotations, complaints
and changes of deals: one offender a rule.
"""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

TODAY = "2026-06-30"
INSTITUTIONS = "institution_id,parent_id\nH,\nA,H\nB,H\n"
# the last word of each row names the rule that it breaks (ok: none) as `rule @ column`
TABLES = {
    "daily_balances": """
date,institution_id,business_line,product,balance
2026-06-01,A,deposit,demand,10 | ok
2026-06-01,A,deposit,,10 | ok
2026-06-01,A,deposit,demand,10 | duplicate
2026-06-02,A,loan,a,1 | key delivered again with other content @ date
2026-06-02,A,loan,a,2 | key delivered again with other content @ date
,A,deposit,,1 | missing @ date
2026-06-31,A,deposit,,1 | not a date @ date
1899-12-31,A,deposit,,1 | date long ago @ date
2026-07-01,A,deposit,,1 | date in the future @ date
2026-06-03,,deposit,,1 | missing @ institution_id
2026-06-03,Z,deposit,,1 | unknown in institutions @ institution_id
2026-06-03,A,deposits,,1 | not an allowed value @ business_line
2026-06-03,A,,,1 | missing @ business_line
2026-06-03,A,deposit,,much | not an amount @ balance
2026-06-03,A,deposit,,1e13 | amount out of bounds @ balance
2026-06-03,B,deposit,, | missing @ balance
2026-06-04,B,deposit,,-5 | ok
""",
    "targets": """
institution_id,metric,basis,period_start,period_end,value
A,balance.lines.deposit,level,2026-01-01,2030-12-31,5 | ok
A,no.such.metric,level,2026-01-01,2026-12-31,-5 | ok
Z,balance.lines.loan,level,2026-01-01,2026-12-31,5 | unknown in institutions @ institution_id
A,,level,2026-01-01,2026-12-31,5 | missing @ metric
A,x.y,stock,2026-01-01,2026-12-31,5 | not an allowed value @ basis
A,x.y,level,2026-01-01,2025-12-31,5 | period ends before it starts @ period_end
A,x.y,level,,2026-12-31,5 | missing @ period_start
A,x.y,flow,2026-01-01,2026-12-31,five | not a number @ value
A,x.y,flow,2026-01-01,2026-12-31,NaN | not a number @ value
A,x.y,increase,2026-01-01,2026-12-31, | missing @ value
""",
    "large_moves": """
customer_id,institution_id,manager_id,date,amount,direction
1,A,M,2026-06-01,5,in | ok
1,A,M,2026-06-01,6,in | ok
1,A,N,2026-06-02,6,in | soft manager_id
9,A,M,2026-06-01,5,in | unknown in customers @ customer_id
,A,M,2026-06-01,5,in | missing @ customer_id
1,Z,M,2026-06-01,5,in | unknown in institutions @ institution_id
1,A,M,2026-06-01,0,out | amount not above zero @ amount
1,A,M,2026-06-01,-5,out | amount not above zero @ amount
1,A,M,2026-06-01,5,up | not an allowed value @ direction
1,A,M,2026-07-01,5,in | date in the future @ date
""",
    "holdings": """
position_id,customer_id,institution_id,manager_id,product_kind,amount,opened_on,matures_on
1,1,A,M,deposit,5,2026-06-01,2030-06-01 | ok
2,1,A,M,fund,5,2026-06-01, | ok
3,1,A,N,fund,5,2026-06-01, | soft manager_id
4,9,A,M,fund,5,2026-06-01, | unknown in customers @ customer_id
5,1,Z,M,fund,5,2026-06-01, | unknown in institutions @ institution_id
6,1,A,M,fund,5,2026-07-01, | date in the future @ opened_on
7,1,A,M,fund,5,2026-06-01,soon | not a date @ matures_on
8,1,A,M,fund,,2026-06-01, | missing @ amount
""",
    "contacts": """
contact_id,customer_id,opportunity_id,manager_id,institution_id,contacted_on,kind,effective
1,1,,M,A,2026-06-01,call,yes | ok
2,9,,M,A,2026-06-01,visit,no | soft customer_id
3,1,,N,A,2026-06-01,,yes | soft manager_id
,1,,M,A,2026-06-01,call,yes | missing @ contact_id
5,1,,M,Z,2026-06-01,call,yes | unknown in institutions @ institution_id
6,1,,M,A,2026-07-01,call,yes | date in the future @ contacted_on
7,1,,M,A,,call,yes | missing @ contacted_on
8,1,,M,A,2026-06-01,letter,yes | not an allowed value @ kind
9,1,,M,A,2026-06-01,call,maybe | not an allowed value @ effective
10,1,,M,A,2026-06-01,call,yes | key delivered again with other content @ contact_id
10,1,,M,A,2026-06-02,call,yes | key delivered again with other content @ contact_id
""",
    "annotations": """
institution_id,date,kind,text,owner,due_on,done_on
A,2026-06-01,event,Renovation,,, | ok
A,2027-06-01,task,Reopening,Li,2027-07-01, | ok
Z,2026-06-01,event,x,,, | unknown in institutions @ institution_id
A,,event,x,,, | missing @ date
A,2026-06-01,note,x,,, | not an allowed value @ kind
A,2026-06-01,event,,,, | missing @ text
A,2026-06-01,task,y,,,2026-07-01 | date in the future @ done_on
A,2026-06-01,task,y,,today, | not a date @ due_on
""",
    "complaints": """
case_id,customer_id,institution_id,manager_id,category,source,opened_on,due_on,answered_on,resolved_on
1,1,A,M,fees,regulator,2026-06-01,2027-01-01,2026-06-01,2026-06-01 | ok
2,,A,,,,,,, | ok
3,9,A,M,fees,media,2026-06-01,,, | soft customer_id
4,1,A,N,fees,media,2026-06-01,,, | soft manager_id
5,1,Z,M,fees,media,2026-06-01,,, | unknown in institutions @ institution_id
6,1,A,M,fees,court,2026-06-01,,, | not an allowed value @ source
7,1,A,M,fees,media,2026-07-01,,, | date in the future @ opened_on
8,1,A,M,fees,media,2026-06-02,,2026-06-01, | answered before it was opened @ answered_on
9,1,A,M,fees,media,2026-06-02,,,2026-06-01 | resolved before it was opened @ resolved_on
10,1,A,M,fees,media,2026-06-02,soon,, | not a date @ due_on
,1,A,M,fees,media,2026-06-02,,, | missing @ case_id
12,1,A,M,fees,media,2026-06-02,,, | key delivered again with other content @ case_id
12,1,A,M,fees,media,2026-06-03,,, | key delivered again with other content @ case_id
""",
    "opportunity_changes": """
opportunity_id,changed_on,seq,field,old,new
D,2026-06-01,1,expected_amount,5,6 | ok
D,2026-06-01,2,expected_amount,6,7 | ok
D,2026-06-01,1,owner,Li,Wu | ok
D,2026-06-01,1,owner,Li,Wu | duplicate
D,2026-06-02,1,expected_amount,much,7 | ok
E,2026-06-01,1,expected_amount,5,6 | unknown in opportunities @ opportunity_id
D,,1,expected_amount,5,6 | missing @ changed_on
D,2026-07-01,1,expected_amount,5,6 | date in the future @ changed_on
D,2026-06-01,1,,5,6 | missing @ field
D,2026-06-03,first,institution_id,A,B | not a whole number @ seq
D,2026-06-04,1,institution_id,A,B | key delivered again with other content @ opportunity_id
D,2026-06-04,1,institution_id,B,A | key delivered again with other content @ opportunity_id
""",
}
OTHERS = {
    "institutions": INSTITUTIONS,
    "customers": "customer_id\n1\n",
    "managers": "manager_id\nM\n",
    "opportunities": "opportunity_id,institution_id,outcome\nD,A,open\n",
}


def deliver(folder: Path, tables: dict[str, str], settings: str = "") -> Path:
    text = "[policy]\nquarantine_share = 1.0\n" + settings
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
        text += f'[tables.{name}]\ncsv = "{name}.csv"\n'
    (folder / "cockpit.toml").write_text(text, encoding="utf-8")
    return folder / "cockpit.toml"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, run: Any) -> tuple[dict[str, Any], pl.DataFrame]:
    """The reports of one delivery with every offender in it, and the rows in quarantine."""
    folder = tmp_path_factory.mktemp("offenders")
    plain = {
        name: "\n".join(line.partition(" |")[0] for line in rows.strip().splitlines())
        for name, rows in TABLES.items()
    }
    config = deliver(folder, {**OTHERS, **plain})
    rows = run("check", "--config", config, "--today", TODAY, "--format", "json").rows
    assert run("build", "--config", config, "--today", TODAY).code == 0
    quarantine = pl.read_parquet(folder / ".cockpit" / "snapshots" / "*" / "quarantine" / "*.parquet")
    return {row["table"]: row for row in rows}, quarantine


@pytest.mark.parametrize("table", TABLES)
def test_each_offender_is_named(table: str, checked: tuple[dict[str, Any], pl.DataFrame]) -> None:
    reports, quarantine = checked
    lines = [line.partition(" | ")[2] for line in TABLES[table].strip().splitlines()[1:]]
    wrong = {(number, *line.split(" @ ")) for number, line in enumerate(lines, 1) if " @ " in line}
    report = reports[table]
    assert report["failure"] is None
    assert (report["rows_in"], report["quarantined"]) == (len(lines), len(wrong))
    assert report["duplicate"] == lines.count("duplicate")
    assert report["rows_in"] == report["loaded"] + report["quarantined"] + report["duplicate"]
    found = {
        (row["row"], row["rule"], row["column"]) for row in quarantine.to_dicts() if row["table"] == table
    }
    assert found == wrong
    for rule in report["rules"]:
        of = {number for number, what, column in wrong if (what, column) == (rule["rule"], rule["column"])}
        assert rule["rows"] == len(of)
        assert {first["row"] for first in rule["first"]} == of
        assert rule["found"]
        assert rule["remedy"]
    soft = [line.removeprefix("soft ") for line in lines if line.startswith("soft ")]
    assert len(report["notes"]) >= len(soft)
    for column in soft:
        assert any(f"1 rows name a {column} that is not in" in note for note in report["notes"])


def test_the_sentence_of_an_offender(tmp_path: Path, run: Any) -> None:
    rows = "customer_id,institution_id,date,amount,direction\n1,A,2026-06-01,-5,out\n"
    config = deliver(tmp_path, {**OTHERS, "large_moves": rows})
    shown = run("check", "--config", config, "--today", TODAY).out
    for words in ("large_moves", "amount", "not above zero", "row 1", "direction says in or out"):
        assert words in shown


def test_institutions_that_lack_days_are_noted(tmp_path: Path, run: Any) -> None:
    """A lacks three days between its first and its last; B opened later and closed; income has no gaps."""
    days = [f"2026-06-0{n}" for n in range(1, 7)]
    rows = ["date,institution_id,business_line,balance", *[f"{day},H,deposit,1" for day in days]]
    rows += [f"{day},A,deposit,1" for day in (days[0], days[3], days[5])]
    rows += [f"{day},B,deposit,1" for day in days[2:4]]
    rows += ["2026-06-01,B,intermediary,1", "2026-06-13,H,intermediary,1"]
    config = deliver(tmp_path, {**OTHERS, "daily_balances": "\n".join(rows)})
    assert run("build", "--config", config, "--today", TODAY).code == 0
    [manifest] = (tmp_path / ".cockpit" / "snapshots").glob("*/manifest.json")
    text = manifest.read_text("utf-8")
    assert "1 institutions lack rows on days on which others have some" in text
    assert "“A”, 3 days" in text
