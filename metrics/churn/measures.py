"""The columns and settings of the churn forecast in words."""

from data_access.subject import Measure, Parameter, message
from metrics.churn.bands import DEFINITIONS
from metrics.churn.learning import HORIZONS
from metrics.statistics.bounds import bounds

DEFINITION = Parameter(
    "definition",
    "closed",
    message("closed: the relationship ended; silent: no own transaction and AUM below the floor for months."),
    DEFINITIONS,
)


HORIZON = Parameter("horizon", "6", message("Months ahead."), tuple(map(str, HORIZONS)))


AUM = ("customer_months", "aum")


CUSTOMERS = Measure(name="customers", label=message("Customers in the forecast"), unit="customers")


LEAVERS = Measure(
    name="expected_leavers",
    label=message("Expected leavers"),
    unit="customers",
    definition=message("Sum of the chances of today's customers to leave within the horizon."),
    good=-1,
)


BOUNDS = bounds("customers")


BALANCE = Measure(name="balance", label=message("AUM of customers who can leave"), unit="money", needs=AUM)


AT_RISK = Measure(
    name="balance_at_risk",
    label=message("Balance at risk"),
    unit="money",
    definition=message("Sum of chance times AUM of today's customers."),
    good=-1,
    needs=AUM,
)


MONEY_BOUNDS = (
    Measure(name="balance_low", label=message("Lower bound"), unit="money", needs=AUM),
    Measure(name="balance_high", label=message("Upper bound"), unit="money", needs=AUM),
)
