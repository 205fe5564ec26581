"""The columns and settings of retention curves in words."""

from data_access.subject import Measure, Parameter, message
from metrics.statistics.bounds import bounds

WINDOW = Parameter("window", "12", message("Months that the curve rests on."), ("12", "36"))


HORIZON = Parameter("horizon", "12", message("Months looked ahead."), ("12", "24", "36"))


_MONTH = Measure(name="month", label=message("Month with the bank"), unit="count", additive=False)


_BOUNDS = bounds("rate")


_AT_RISK = Measure(
    name="at_risk",
    label=message("Months at risk"),
    unit="count",
    definition=message("Customers who could leave, each counted in every month of the window."),
    additive=False,
)


_STAYED = ("stayed", "stayed_low", "stayed_high")


SURVIVAL = (
    _MONTH,
    _AT_RISK,
    Measure(name="events", label=message("Customers who left"), unit="customers", good=-1, additive=False),
    Measure(name="censored", label=message("Observation ended"), unit="customers", additive=False),
    Measure(name="entered", label=message("Observation began"), unit="customers", additive=False),
    Measure(
        name="survival",
        label=message("Not left by this churn"),
        unit="rate",
        definition=message("Share that has not left by this churn, were there no other cause."),
        good=1,
    ),
    *_BOUNDS,
    Measure(name="cumulative_hazard", label=message("Cumulative hazard"), unit="ratio"),
    Measure(
        name="stayed",
        label=message("Still a customer"),
        unit="rate",
        definition=message("Share of customers still there at the end of the month with the bank."),
        good=1,
    ),
    *bounds("rate", of="stayed"),
)


INCIDENCE = (
    _MONTH,
    Measure(name="cause", label=message("Cause"), unit="text"),
    Measure(name="incidence", label=message("Share who left by this cause"), unit="rate", good=-1),
)


MEAN = (
    Measure(name="first_month", label=message("Curve begins in month"), unit="count", additive=False),
    Measure(
        name="stayed_months",
        label=message("Months customers stay"),
        unit="ratio",
        definition=message("Area under the retention curve: every cause of leaving counts."),
        good=1,
    ),
    *bounds("ratio", of="stayed"),
    Measure(
        name="stayed_median",
        label=message("Half have left by month"),
        unit="count",
        good=1,
        additive=False,
    ),
    Measure(
        name="mean_months",
        label=message("Months until this churn alone"),
        unit="ratio",
        definition=message("Months until this churn, were there no other cause of leaving."),
        good=1,
    ),
    *bounds("ratio"),
    Measure(
        name="median_month",
        label=message("Half have left by this churn alone by month"),
        unit="count",
        good=1,
        additive=False,
    ),
    _AT_RISK,
    Measure(name="events", label=message("Customers who left"), unit="customers", good=-1, additive=False),
    Measure(
        name="unknown_at_risk",
        label=message("Months at risk, not known since when a customer"),
        unit="count",
        additive=False,
    ),
    Measure(name="hidden", label=message("Why there is no number"), unit="text"),
)


LOGRANK = (
    _AT_RISK,
    Measure(name="events", label=message("Customers who left"), unit="customers", good=-1, additive=False),
    Measure(name="expected", label=message("Expected if all alike"), unit="ratio"),
    Measure(name="chi2", label=message("χ²"), unit="ratio"),
    Measure(name="df", label=message("Degrees of freedom"), unit="count", additive=False),
    Measure(name="p_value", label=message("p-value"), unit="ratio"),
)
