"""What a bank may set of deals: when a claimed one goes back to the common pool."""

from data_access.policy import Setting

POOL_CONTACT_DAYS = Setting(
    "pool_contact_days",
    7,
    "a claimed deal without a contact so many days after its entry goes back to the pool",
    "days",
)
POOL_VISIT_DAYS = Setting(
    "pool_visit_days", 60, "and one without an effective visit for so many days", "days"
)
POOL_DEAL_DAYS = Setting(
    "pool_deal_days", 180, "and one that is not won so many days after its entry", "days"
)

SETTINGS = (POOL_CONTACT_DAYS, POOL_VISIT_DAYS, POOL_DEAL_DAYS)
