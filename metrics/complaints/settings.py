"""What a bank may set of complaints."""

from data_access.policy import Setting

REPEAT_DAYS = Setting(
    "repeat_days", 90, "a complaint so many days after another by the same customer is a repeat", "days"
)

SETTINGS = (REPEAT_DAYS,)
