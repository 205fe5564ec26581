"""What a bank may set of churn."""

from data_access.errors import CallError
from data_access.policy import Policy, Setting


def _looks_back(policy: Policy) -> None:
    if not 2 <= policy.of(SILENT_MONTHS) <= 6:
        raise CallError("[policy] silent_months = {value}: expected 2 to 6.", value=policy.of(SILENT_MONTHS))


SILENT_MONTHS = Setting(
    "silent_months",
    3,
    "months in a row without an own transaction and below silent_floor after which a customer counts as "
    "silently gone, back to the first of them (2 to 6)",
    "months",
    _looks_back,
)
SILENT_FLOOR = Setting(
    "silent_floor",
    1_000,
    "AUM below which, without own transactions, a customer is silent",
    "currency units",
)
CHURN_LISTED = Setting(
    "churn_listed",
    10,
    "customers to keep that a manager at an institution is given, the most at stake first; next month it is "
    "told what became of them",
    "customers",
)
FLOOR_AT_RISK = Setting("floor_at_risk", 30, "fewer customers at risk carry no retention curve", "customers")

OF_SILENCE = (SILENT_MONTHS.name, SILENT_FLOOR.name)
SETTINGS = (SILENT_MONTHS, SILENT_FLOOR, CHURN_LISTED, FLOOR_AT_RISK)
