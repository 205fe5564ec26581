"""The columns of the complaints, with their words and units."""

from data_access.subject import Measure, message
from metrics.statistics.bounds import bounds

_TABLE = "complaints"
SUMMARY = (
    Measure(
        name="regulator",
        label=message("Forwarded by the regulator"),
        unit="cases",
        definition=message("Of the complaints opened in the period, those that the regulator forwarded."),
        flow=True,
        good=-1,
        needs=(_TABLE, "source"),
    ),
    Measure(
        name="opened",
        label=message("New complaints"),
        unit="cases",
        definition=message("Complaints opened in the period, from every source."),
        flow=True,
        good=-1,
    ),
    Measure(
        name="resolved",
        label=message("Resolved complaints"),
        unit="cases",
        definition=message("Complaints resolved in the period, whenever they were opened."),
        flow=True,
        needs=(_TABLE, "resolved_on"),
    ),
    Measure(
        name="open",
        label=message("Open complaints"),
        unit="cases",
        definition=message("Not resolved at the end of the period."),
        good=-1,
        needs=(_TABLE, "resolved_on"),
    ),
    Measure(
        name="per_10k",
        label=message("Per 10,000 customers"),
        unit="ratio",
        definition=message(
            "New complaints per 10,000 customers of the last month end; not for a year, but for the "
            "period as it is."
        ),
        flow=True,
        needs=("customer_months", "customer_id"),
        cases=("opened",),
    ),
    Measure(
        name="median_days",
        label=message("Median days to resolution"),
        unit="days",
        definition=message("Half of the complaints are resolved by then; open ones are accounted for."),
        flow=True,
        good=-1,
        needs=(_TABLE, "resolved_on"),
        cases=("resolved",),
    ),
    Measure(
        name="on_time",
        label=message("Answered in time"),
        unit="rate",
        definition=message(
            "Of the complaints answered or due in the period, those answered by the promised day."
        ),
        flow=True,
        good=1,
        part="in_time",
        cases=("promised",),
        needs=(_TABLE, "due_on"),
    ),
    *bounds("rate", flow=True),
    Measure(
        name="in_time",
        label=message("Promises kept"),
        unit="cases",
        definition=message("Answered by the promised day."),
        flow=True,
        good=1,
        needs=(_TABLE, "due_on"),
    ),
    Measure(
        name="promised",
        label=message("Promises due"),
        unit="cases",
        definition=message("Answered by the promised day, or past it without an answer by then."),
        flow=True,
        needs=(_TABLE, "due_on"),
    ),
    Measure(
        name="repeated",
        label=message("Repeated complaints"),
        unit="cases",
        definition=message(
            "New complaints so soon after another by the same customer (policy repeat_days, 90 by default)."
        ),
        flow=True,
        good=-1,
        needs=(_TABLE, "customer_id"),
    ),
)
