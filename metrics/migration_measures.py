"""The columns and settings of tier migration in words."""

from data_access.subject import Measure, Parameter, message

_AUM = ("customer_months", "aum")
STATES_SHOWN = Parameter(
    "states", "plain",
    message("plain: tiers by the month's average; watch: tiers held, with those in observation apart."),
    ("plain", "watch"),
)  # fmt: skip
DISTANCE = Parameter("distance", "1", message("Months between the two month ends."), ("1", "3", "6", "12"))
ENDS = (
    Measure("from_tier", message("Tier before"), "text"),
    Measure("to_tier", message("Tier now"), "text"),
)
BOUNDS = (Measure("low", message("Lower bound"), "rate"), Measure("high", message("Upper bound"), "rate"))
RATES = (
    Measure("customers", message("Customers with a tier at the beginning"), "customers", flow=True),
    Measure("upgraded", message("Upgraded customers"), "customers",
            message("Customers in a higher tier than a month before, summed over the period's months."),
            flow=True, good=1),
    Measure("downgraded", message("Downgraded customers"), "customers",
            message("Customers in a lower tier than a month before, summed over the period's months."),
            flow=True, good=-1),
    Measure("stayed", message("Customers who kept their tier"), "customers", flow=True),
    Measure("entered", message("New customers"), "customers",
            message("Present now and not the month before, summed over the period's months."), flow=True,
            good=1),
    Measure("left", message("Lost customers"), "customers",
            message("Present the month before and not now, summed over the period's months."), flow=True,
            good=-1),
    Measure("transferred_in", message("Transferred in"), "customers",
            message("Came from another institution of the bank."), flow=True),
    Measure("transferred_out", message("Transferred out"), "customers",
            message("Went to another institution of the bank."), flow=True),
    Measure("upgrade_rate", message("Upgrade rate"), "rate",
            message("Upgraded customers of those who had a tier at the beginning of the month."),
            flow=True, good=1, part="upgraded", cases=("customers",)),
    Measure("downgrade_rate", message("Downgrade rate"), "rate",
            message("Downgraded customers of those who had a tier at the beginning of the month."),
            flow=True, good=-1, part="downgraded", cases=("customers",)),
    Measure("up_down_ratio", message("Upgrades per downgrade"), "ratio",
            message("Upgraded customers over downgraded ones; above 1 more rose than fell."),
            flow=True, good=1, part="upgraded", cases=("upgraded", "downgraded")),
    Measure("ratio_low", message("Lower bound"), "ratio", flow=True),
    Measure("ratio_high", message("Upper bound"), "ratio", flow=True),
    Measure("net_aum_moved", message("AUM change of customers who changed tier"), "money",
            message("What upgraded and downgraded customers hold now less what they held a month before."),
            flow=True, good=1, needs=_AUM),
    *BOUNDS,
)  # fmt: skip
MATRIX = (
    *ENDS,
    Measure("customers", message("Customers"), "customers"),
    Measure("aum_from", message("AUM before"), "money", needs=_AUM),
    Measure("aum_to", message("AUM now"), "money", needs=_AUM),
    Measure("n", message("Customers of the tier before"), "customers"),
    Measure("share", message("Share of the tier before"), "rate", part="customers", cases=("n",)),
    *BOUNDS,
)
LADDER_COLUMNS = (
    Measure("tier", message("Tier"), "text"),
    Measure("opening", message("Opening"), "customers"),
    Measure("risen_in", message("Risen into it"), "customers"),
    Measure("fallen_in", message("Fallen into it"), "customers"),
    Measure("entered", message("New customers"), "customers"),
    Measure("transferred_in", message("Transferred in"), "customers"),
    Measure("risen_out", message("Risen out of it"), "customers"),
    Measure("fallen_out", message("Fallen out of it"), "customers"),
    Measure("left", message("Lost customers"), "customers"),
    Measure("transferred_out", message("Transferred out"), "customers"),
    Measure("retiered", message("From or to no tier"), "customers"),
    Measure("closing", message("Closing"), "customers"),
)
FORECAST = (
    Measure("month", message("Month"), "text"),
    Measure("tier", message("Tier"), "text"),
    Measure("customers", message("Customers expected"), "customers"),
    Measure("low", message("Lower bound"), "customers"),
    Measure("high", message("Upper bound"), "customers"),
    Measure("now", message("Customers now"), "customers"),
)
BACKTEST = (
    Measure("tier", message("Tier"), "text"),
    Measure("opening", message("Customers three months before"), "customers",
            message("What “nothing changes” foretells.")),
    Measure("forecast", message("Customers foretold"), "customers"),
    Measure("low", message("Lower bound"), "customers"),
    Measure("high", message("Upper bound"), "customers"),
    Measure("actual", message("Customers now"), "customers"),
)  # fmt: skip
HOMOGENEITY = (
    Measure("months", message("Months compared"), "count"),
    Measure("statistic", message("G²"), "score"),
    Measure("df", message("Degrees of freedom"), "count"),
    Measure("p_value", message("p-value"), "ratio"),
    Measure("max_difference", message("Largest difference of a share"), "rate"),
)
