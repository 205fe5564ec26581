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


def _is_tenth(policy: Policy) -> None:
    if not 1 <= policy.of(CHURN_LEAST_RISK) <= 10:
        raise CallError(
            "[policy] churn_least_risk = {value}: expected 1 to 10.", value=policy.of(CHURN_LEAST_RISK)
        )


CHURN_LEAST_RISK = Setting(
    "churn_least_risk",
    9,
    "customers are listed to keep only from this tenth of the bank by their chance to leave on (10: the most "
    "likely; 1: all)",
    "tenth",
    _is_tenth,
)
CHURN_LEAST_LOSS = Setting(
    "churn_least_loss",
    100,
    "expected loss within six months below which a customer is not listed to keep",
    "currency units",
)
FLOOR_AT_RISK = Setting("floor_at_risk", 30, "fewer customers at risk carry no retention curve", "customers")
RELIABLE_GAIN = Setting(
    "reliable_gain",
    0.0,
    "a model (churn, migration, deals) is called reliable where its past forecasts missed by less than the "
    "simplest guess did, by more than this",
    "share of the guess's miss",
)
RELIABLE_GAP = Setting(
    "reliable_gap", 0.2, "and where what came in all was no further from what was foretold than this", "share"
)

OF_SILENCE = (SILENT_MONTHS.name, SILENT_FLOOR.name)
OF_LISTS = (CHURN_LISTED.name, CHURN_LEAST_RISK.name, CHURN_LEAST_LOSS.name)
SETTINGS = (
    SILENT_MONTHS,
    SILENT_FLOOR,
    CHURN_LISTED,
    CHURN_LEAST_RISK,
    CHURN_LEAST_LOSS,
    FLOOR_AT_RISK,
    RELIABLE_GAIN,
    RELIABLE_GAP,
)
