"""What a bank may set of holdings."""

from data_access.policy import Setting

RENEWAL_DAYS = Setting("renewal_days", 3, "money placed anew so many days after a maturity was kept", "days")

SETTINGS = (RENEWAL_DAYS,)
