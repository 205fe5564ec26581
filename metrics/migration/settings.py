"""What a bank may set of migration: after how many missed months a tier is lost."""

from data_access.errors import CallError
from data_access.policy import Policy, Setting


def _in_order(policy: Policy) -> None:
    if not 1 <= policy.of(MISSED_MONTHS) <= policy.of(MISSED_MONTHS_PRIVATE) <= 6:
        raise CallError(
            "[policy] missed_months = {value}, missed_months_private = {private}: expected 1 to "
            "6, the private ones no fewer.",
            value=policy.of(MISSED_MONTHS),
            private=policy.of(MISSED_MONTHS_PRIVATE),
        )


MISSED_MONTHS = Setting(
    "missed_months",
    3,
    "months without reaching its tier after which a customer loses it (1 to 6)",
    "months",
    _in_order,
)
MISSED_MONTHS_PRIVATE = Setting(
    "missed_months_private", 6, "the same of private banking tiers, no fewer", "months"
)

SETTINGS = (MISSED_MONTHS, MISSED_MONTHS_PRIVATE)
