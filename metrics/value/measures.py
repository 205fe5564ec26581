"""The columns of customer value in words."""

from data_access.subject import Measure, message

_MONTHS = "customer_months"


_AUM = (_MONTHS, "aum")


_INCREASE = message(
    "Customers in the middle tier and above at the month end, less those on the last 31 December."
)


TIERS = (
    Measure(name="tier", label=message("Tier"), unit="text"),
    Measure(name="customers", label=message("Customers"), unit="customers", good=1),
    Measure(name="aum", label=message("AUM at period end"), unit="money", good=1, needs=_AUM),
    Measure(name="share_customers", label=message("Share of customers"), unit="rate"),
    Measure(name="share_aum", label=message("Share of AUM"), unit="rate", needs=_AUM),
    Measure(
        name="contribution",
        label=message("Contribution"),
        unit="money",
        good=1,
        needs=(_MONTHS, "contribution"),
    ),
)


NET = (
    Measure(name="tier_from", label=message("Lowest tier counted"), unit="text"),
    Measure(
        name="start", label=message("Middle-and-above customers at the start of the year"), unit="customers"
    ),
    Measure(name="end", label=message("Middle-and-above customers"), unit="customers", good=1),
    Measure(
        name="increase",
        label=message("Net increase of middle-and-above customers"),
        unit="customers",
        definition=_INCREASE,
        flow=True,
        good=1,
        net=True,
        tiered=True,
    ),
)


SUMMARY = (
    Measure(
        name="increase",
        label=message("Net increase of middle-and-above customers"),
        unit="customers",
        definition=_INCREASE,
        flow=True,
        good=1,
        net=True,
        tiered=True,
        planned=True,
    ),
    Measure(
        name="middle_above",
        label=message("Middle-and-above customers"),
        unit="customers",
        definition=message("Customers in the middle tier and above at the month end."),
        good=1,
        tiered=True,
    ),
    Measure(
        name="customers",
        label=message("Customers"),
        unit="customers",
        definition=message("Customers with a row at the month end; corporate ones only where chosen."),
        good=1,
    ),
    Measure(
        name="aum",
        label=message("AUM at period end"),
        unit="money",
        definition=message("Assets of the customers with the bank at the month end, overdrafts deducted."),
        good=1,
        needs=_AUM,
    ),
    Measure(
        name="aum_avg",
        label=message("AUM, monthly average"),
        unit="money",
        definition=message("Daily average of the customers' assets over the last month of the period."),
        good=1,
        needs=(_MONTHS, "aum_avg"),
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
        name="contribution_mean",
        label=message("Contribution per customer"),
        unit="money",
        definition=message("Contribution of the last month of the period divided by customers."),
        good=1,
        needs=(_MONTHS, "contribution"),
        additive=False,
    ),
    Measure(
        name="mean",
        label=message("Mean AUM"),
        unit="money",
        definition=message("AUM divided by customers."),
        good=1,
        needs=_AUM,
        additive=False,
    ),
    Measure(
        name="median",
        label=message("Median AUM"),
        unit="money",
        definition=message("Half of the customers hold less; read from a histogram."),
        good=1,
        needs=_AUM,
        additive=False,
    ),
    Measure(
        name="top20_share",
        label=message("Share of the top 20 %"),
        unit="rate",
        definition=message("What the fifth of the customers with the most AUM hold of all AUM."),
        needs=_AUM,
        floor="floor_gini",
    ),
    Measure(
        name="gini",
        label=message("Gini"),
        unit="gini",
        definition=message(
            "0: all hold the same; 1: one customer holds all. Overdrafts count as nothing held."
        ),
        needs=_AUM,
        floor="floor_gini",
    ),
)
