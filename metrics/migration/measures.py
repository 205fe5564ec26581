"""The columns and settings of tier migration in words."""

from data_access.subject import Measure, Parameter, message
from metrics.statistics.bounds import bounds

_AUM = ("customer_months", "aum")
STATES_SHOWN = Parameter(
    "states",
    "plain",
    message("plain: tiers by the month's average; watch: tiers held, with those in observation apart."),
    ("plain", "watch"),
)
DISTANCE = Parameter("distance", "1", message("Months between the two month ends."), ("1", "3", "6", "12"))
ENDS = (
    Measure(name="from_tier", label=message("Tier before"), unit="text"),
    Measure(name="to_tier", label=message("Tier now"), unit="text"),
)
BOUNDS = bounds("rate")
RATES = (
    Measure(name="customers", label=message("Customers with a tier at the beginning"), unit="customers"),
    Measure(
        name="customer_months",
        label=message("Customer-months with a tier"),
        unit="count",
        definition=message("Customers with a tier at the beginning of each month of the period, summed."),
        flow=True,
    ),
    Measure(
        name="upgraded",
        label=message("Upgraded customers"),
        unit="customers",
        definition=message(
            "Customers in a higher tier than a month before, summed over the period's months."
        ),
        flow=True,
        good=1,
    ),
    Measure(
        name="downgraded",
        label=message("Downgraded customers"),
        unit="customers",
        definition=message("Customers in a lower tier than a month before, summed over the period's months."),
        flow=True,
        good=-1,
    ),
    Measure(name="stayed", label=message("Customers who kept their tier"), unit="customers", flow=True),
    Measure(
        name="entered",
        label=message("New customers"),
        unit="customers",
        definition=message("Present now and not the month before, summed over the period's months."),
        flow=True,
        good=1,
    ),
    Measure(
        name="left",
        label=message("Lost customers"),
        unit="customers",
        definition=message("Present the month before and not now, summed over the period's months."),
        flow=True,
        good=-1,
    ),
    Measure(
        name="transferred_in",
        label=message("Transferred in"),
        unit="customers",
        definition=message("Came from another institution of the bank."),
        flow=True,
    ),
    Measure(
        name="transferred_out",
        label=message("Transferred out"),
        unit="customers",
        definition=message("Went to another institution of the bank."),
        flow=True,
    ),
    Measure(
        name="upgrade_rate",
        label=message("Upgrade rate"),
        unit="rate",
        definition=message("Upgraded customers of those who had a tier at the beginning of the month."),
        flow=True,
        good=1,
        part="upgraded",
        cases=("customer_months",),
    ),
    Measure(
        name="downgrade_rate",
        label=message("Downgrade rate"),
        unit="rate",
        definition=message("Downgraded customers of those who had a tier at the beginning of the month."),
        flow=True,
        good=-1,
        part="downgraded",
        cases=("customer_months",),
    ),
    Measure(
        name="up_down_ratio",
        label=message("Upgrades per downgrade"),
        unit="ratio",
        definition=message("Upgraded customers over downgraded ones; above 1 more rose than fell."),
        flow=True,
        good=1,
        part="upgraded",
        cases=("upgraded", "downgraded"),
        no_divisor=message("no downgrades"),
    ),
    *bounds("ratio", of="ratio", flow=True),
    Measure(
        name="net_aum_moved",
        label=message("AUM change of customers who changed tier"),
        unit="money",
        definition=message(
            "What upgraded and downgraded customers hold now less what they held a month before."
        ),
        flow=True,
        good=1,
        needs=_AUM,
    ),
    *BOUNDS,
)
NOTE = Measure(
    name="note",
    label=message("Why there is no number"),
    unit="text",
    definition=message("Too few customers (n<30), or corrections of moves between institutions (transfers)."),
)
MATRIX = (
    *ENDS,
    Measure(name="customers", label=message("Customers"), unit="customers"),
    Measure(name="aum_from", label=message("AUM before"), unit="money", needs=_AUM),
    Measure(name="aum_to", label=message("AUM now"), unit="money", needs=_AUM),
    Measure(name="n", label=message("Customers of the tier before"), unit="customers", additive=False),
    Measure(
        name="share", label=message("Share of the tier before"), unit="rate", part="customers", cases=("n",)
    ),
    *BOUNDS,
    NOTE,
)
LADDER_COLUMNS = (
    Measure(name="tier", label=message("Tier"), unit="text"),
    Measure(name="opening", label=message("Opening"), unit="customers"),
    Measure(name="risen_in", label=message("Risen into it"), unit="customers"),
    Measure(name="fallen_in", label=message("Fallen into it"), unit="customers"),
    Measure(name="entered", label=message("New customers"), unit="customers"),
    Measure(name="transferred_in", label=message("Transferred in"), unit="customers"),
    Measure(name="risen_out", label=message("Risen out of it"), unit="customers"),
    Measure(name="fallen_out", label=message("Fallen out of it"), unit="customers"),
    Measure(name="left", label=message("Lost customers"), unit="customers"),
    Measure(name="transferred_out", label=message("Transferred out"), unit="customers"),
    Measure(name="retiered", label=message("From or to no tier"), unit="customers"),
    Measure(name="closing", label=message("Closing"), unit="customers"),
)
FORECAST = (
    Measure(name="month", label=message("Month"), unit="text"),
    Measure(name="tier", label=message("Tier"), unit="text"),
    Measure(name="customers", label=message("Customers expected"), unit="customers", additive=False),
    *bounds("customers"),
    Measure(name="now", label=message("Customers now"), unit="customers"),
    NOTE,
)
BACKTEST = (
    Measure(name="tier", label=message("Tier"), unit="text"),
    Measure(
        name="opening",
        label=message("Customers three months before"),
        unit="customers",
        definition=message("What “nothing changes” foretells."),
    ),
    Measure(name="forecast", label=message("Customers foretold"), unit="customers", additive=False),
    *bounds("customers"),
    Measure(name="actual", label=message("Customers now"), unit="customers"),
    NOTE,
)
HOMOGENEITY = (
    Measure(name="months", label=message("Months compared"), unit="count", additive=False),
    Measure(name="statistic", label=message("G²"), unit="score"),
    Measure(name="df", label=message("Degrees of freedom"), unit="count", additive=False),
    Measure(name="p_value", label=message("p-value"), unit="ratio"),
    Measure(name="max_difference", label=message("Largest difference of a share"), unit="rate"),
)
