"""What a bank may set of large moves."""

from data_access.errors import CallError
from data_access.policy import Policy, Setting


def _is_tier(policy: Policy) -> None:
    tiers = [tier.key for tier in policy.tiers]
    if policy.of(LARGE_MOVE_TIER) not in ("", *tiers):
        raise CallError(
            "[policy] large_move_tier = “{value}” is no tier. Known: {known}.",
            value=policy.of(LARGE_MOVE_TIER),
            known=", ".join(tiers),
        )


LARGE_MOVE = Setting(
    "large_move", 200_000, "a change of an upper tier's balance that is a large move", "currency units"
)
LARGE_MOVE_TIER = Setting(
    "large_move_tier",
    "",
    "the lowest of the upper tiers; none named: affluent, else the upper half",
    "tier",
    _is_tier,
)
CONTACT_DAYS = Setting("contact_days", 3, "a contact so many days after a large move follows it", "days")

SETTINGS = (LARGE_MOVE, LARGE_MOVE_TIER, CONTACT_DAYS)
