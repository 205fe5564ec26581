"""The `cockpit.toml` beside the extracts: how the cockpit reads the synthetic bank."""

from datetime import date

from sample_data.changes import FIELD_CODES
from sample_data.contacts import KIND_CODES
from sample_data.english import section

_BOOK = """\
# The synthetic bank: every name, number and amount in it is invented.
title = "样例银行"
currency = "CNY"
sample = true            # every page says 示例数据，非本行数据
snapshots = ".cockpit"   # relative to this file

# Files in the contract's own column names need a path only.
[tables.institutions]
parquet = "extracts/institutions.parquet"

[tables.managers]
parquet = "extracts/managers.parquet"
as_of = {as_of}

[tables.customers]
parquet = "extracts/customers.parquet"
as_of = {as_of}

# One file per month end.
[tables.customer_months]
parquet = "extracts/customer_months/*.parquet"
"""
_CRM = """
# Deals come from the CRM database in its own column names and codes:
# `columns` says contract name = the bank's name, `values` the bank's code = contract value.
[tables.opportunities]
sql = "select * from deals"
database = "crm"
as_of = {as_of}
[tables.opportunities.columns]
opportunity_id = "OPP_NO"
title = "OPP_TITLE"
customer_id = "CUST_NO"
customer_kind = "CUST_TYPE"
institution_id = "ORG_NO"
manager_id = "MGR_NO"
product = "PROD_NAME"
source = "SRC"
channel = "CHNL"
created_on = "CRT_DT"
expected_close_on = "EXP_CLS_DT"
expected_amount = "EXP_AMT"
amount = "DEAL_AMT"
stage = "STG_CD"
outcome = "STS_CD"
closed_on = "CLS_DT"
lost_reason = "LOST_RSN"
competitor = "RIVAL"
[tables.opportunities.values.customer_kind]
"1" = "personal"
"2" = "corporate"
[tables.opportunities.values.outcome]
"S" = "won"
"F" = "lost"
"X" = "lapsed"
"O" = "open"
[tables.opportunities.values.stage]
{stages}

# A query may rename its columns itself; then no `columns` are needed.
[tables.stage_events]
sql = "select OPP_NO as opportunity_id, STG_CD as stage, ENT_DT as entered_on, SEQ_NO as seq from deal_stages"
database = "crm"
as_of = {as_of}
[tables.stage_events.values.stage]
{stages}

[tables.contacts]
sql = "select * from contacts"
database = "crm"
as_of = {as_of}
[tables.contacts.columns]
contact_id = "CNT_NO"
customer_id = "CUST_NO"
opportunity_id = "OPP_NO"
manager_id = "MGR_NO"
institution_id = "ORG_NO"
contacted_on = "CNT_DT"
kind = "CNT_TP"
effective = "EFF_FLG"
[tables.contacts.values.kind]
{contact_kinds}
[tables.contacts.values.effective]
"1" = "yes"
"0" = "no"

# What was changed in deals, a row for each field and day.
[tables.opportunity_changes]
sql = "select * from deal_changes"
database = "crm"
as_of = {as_of}
[tables.opportunity_changes.columns]
opportunity_id = "OPP_NO"
changed_on = "CHG_DT"
seq = "SEQ_NO"
field = "FLD"
old = "OLD_VAL"
new = "NEW_VAL"
[tables.opportunity_changes.values.field]
{changed_fields}

# The books, one file per month: no weekends, but always the month's last day.
[tables.daily_balances]
parquet = "extracts/daily_balances/*.parquet"

# Plans run to the end of the year; `as_of` says how far the bank's data really reach.
[tables.targets]
parquet = "extracts/targets.parquet"
as_of = {as_of}

[tables.large_moves]
parquet = "extracts/large_moves.parquet"
as_of = {as_of}

[tables.holdings]
parquet = "extracts/holdings.parquet"
as_of = {as_of}

[tables.complaints]
parquet = "extracts/complaints.parquet"
as_of = {as_of}

[tables.surveys]
parquet = "extracts/surveys.parquet"
as_of = {as_of}

[tables.annotations]
parquet = "extracts/annotations.parquet"
as_of = {as_of}

# Who may see what, once [auth] says how readers sign in; without a sign-in nobody is asked.
[tables.grants]
csv = "extracts/grants.csv"

# What the ledger says of the same day: a build that does not agree with it stops.
[tables.controls]
csv = "extracts/controls.csv"

[policy]
index_complaints_worst = 100.0   # more complaints than a real bank has, so that small outlets show some

# An SQLAlchemy URL; for a bank's own database write "env:NAME", secrets never stand in this file.
[databases.crm]
url = "sqlite:///extracts/crm.sqlite"
"""

_STAGES = (
    "lead",
    "opportunity",
    "solution_offered",
    "solution_evaluated",
    "negotiation",
    "contract_signed",
    "implementation",
)


def text(last_day: date) -> str:
    """The configuration of a bank whose data end on this day."""
    codes = "\n".join(f'"{number:02d}" = "{stage}"' for number, stage in enumerate(_STAGES, 1))
    kinds = "\n".join(f'"{code}" = "{kind}"' for code, kind in KIND_CODES.items())
    changed = "\n".join(f'"{code}" = "{name}"' for code, name in FIELD_CODES.items())
    asked = {"stages": codes, "contact_kinds": kinds, "changed_fields": changed}
    as_of = last_day.isoformat()
    return _BOOK.format(as_of=as_of) + _CRM.format(as_of=as_of, **asked) + section(whole=True)


def book(last_day: date) -> str:
    """The same of a bank that delivers institutions, managers, customers and their months alone."""
    return _BOOK.format(as_of=last_day.isoformat()) + section(whole=False)
