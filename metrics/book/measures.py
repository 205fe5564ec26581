"""The columns of the customer book in words."""

from data_access.subject import Measure, message

_MONTHS = "customer_months"
PRESENT = ("customers", "left", "moved_out")  # all who were customers at some time of the period


SUMMARY = (
    Measure(
        name="customers",
        label=message("Customers"),
        unit="customers",
        definition=message("Customers with a row at the month end."),
        good=1,
        ranked=True,
    ),
    Measure(
        name="active",
        label=message("Active customers"),
        unit="customers",
        definition=message("Customers with a transaction of their own in the month."),
        good=1,
        needs=(_MONTHS, "own_transactions"),
    ),
    Measure(
        name="aum",
        label=message("AUM at period end"),
        unit="money",
        definition=message("Assets of the customers with the bank at the month end, overdrafts deducted."),
        good=1,
        needs=(_MONTHS, "aum"),
        ranked=True,
        watched=10_000_000,
    ),
    Measure(
        name="aum_avg",
        label=message("AUM, monthly average"),
        unit="money",
        definition=message("Daily average of the customers' assets over the last month of the period."),
        good=1,
        needs=(_MONTHS, "aum_avg"),
        ranked=True,
    ),
    Measure(
        name="deposit",
        label=message("Deposits"),
        unit="money",
        definition=message("Deposits at the month end."),
        good=1,
        needs=(_MONTHS, "deposit"),
    ),
    Measure(
        name="loan",
        label=message("Loans"),
        unit="money",
        definition=message("Loans at the month end."),
        good=1,
        needs=(_MONTHS, "loan"),
    ),
    Measure(
        name="wealth",
        label=message("Wealth products"),
        unit="money",
        definition=message("Funds, insurance and wealth products at the month end."),
        good=1,
        needs=(_MONTHS, "wealth"),
    ),
    Measure(
        name="contribution",
        label=message("Contribution"),
        unit="money",
        definition=message("Contribution of the customers in the last month of the period."),
        good=1,
        needs=(_MONTHS, "contribution"),
    ),
    Measure(
        name="fee_income",
        label=message("Fee income"),
        unit="money",
        definition=message("Fee income, summed over the period's months."),
        flow=True,
        good=1,
        needs=(_MONTHS, "fee_income"),
    ),
    Measure(
        name="aum_mean",
        label=message("Mean AUM"),
        unit="money",
        definition=message("AUM divided by customers."),
        good=1,
        needs=(_MONTHS, "aum"),
    ),
    Measure(
        name="aum_median",
        label=message("Median AUM"),
        unit="money",
        definition=message(
            "Half of the customers hold less; read from a histogram, exact within its bounds."
        ),
        good=1,
        needs=(_MONTHS, "aum"),
    ),
    Measure(
        name="aum_median_low", label=message("Median AUM, lower bound"), unit="money", needs=(_MONTHS, "aum")
    ),
    Measure(
        name="aum_median_high", label=message("Median AUM, upper bound"), unit="money", needs=(_MONTHS, "aum")
    ),
    Measure(
        name="joined",
        label=message("New customers"),
        unit="customers",
        definition=message("Present now and not the month before, summed over the period's months."),
        flow=True,
        good=1,
        ranked=True,
        per=PRESENT,
        watched=20,
    ),
    Measure(
        name="left",
        label=message("Lost customers"),
        unit="customers",
        definition=message("Present the month before and not now, summed over the period's months."),
        flow=True,
        good=-1,
        ranked=True,
        per=PRESENT,
        watched=20,
    ),
    Measure(
        name="moved_in",
        label=message("Transferred in"),
        unit="customers",
        definition=message("Came from another institution of the bank."),
        flow=True,
    ),
    Measure(
        name="moved_out",
        label=message("Transferred out"),
        unit="customers",
        definition=message("Went to another institution of the bank."),
        flow=True,
    ),
)
