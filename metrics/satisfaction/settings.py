"""What a bank may set of satisfaction."""

from data_access.policy import Setting

FLOOR_COMMENTS = Setting(
    "floor_comments", 10, "below so many detractors with a reason no reasons are shown", "detractors"
)
CALLBACK_DAYS = Setting("callback_days", 2, "days within which a detractor is called back", "working days")
INDEX_NPS = Setting("index_nps", 0.4, "part of the NPS in the satisfaction index", "weight")
INDEX_CSAT = Setting("index_csat", 0.3, "part of the satisfaction rate", "weight")
INDEX_EFFORT = Setting("index_effort", 0.15, "part of the effort", "weight")
INDEX_COMPLAINTS = Setting("index_complaints", 0.15, "part of the complaints", "weight")
INDEX_COMPLAINTS_WORST = Setting(
    "index_complaints_worst", 20.0, "complaints that give no point", "per 10,000 customers and month"
)

SETTINGS = (
    FLOOR_COMMENTS,
    CALLBACK_DAYS,
    INDEX_NPS,
    INDEX_CSAT,
    INDEX_EFFORT,
    INDEX_COMPLAINTS,
    INDEX_COMPLAINTS_WORST,
)
