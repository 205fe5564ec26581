"""Which figures each page leads with: its cards, its rows, and what its finding speaks of."""

from ui.parts.finding import Spoken

BOOK = ("customers", "aum", "aum_avg", "joined", "left")
OVERVIEW = (
    *(("balance.lines", column) for column in ("deposit", "loan", "fee_income")),
    *(("book.summary", column) for column in ("aum", "customers", "aum_avg", "joined", "left")),
    *(("funnel.outcomes", column) for column in ("win_rate", "won_amount")),
)
BELOW = (
    ("balance.lines", "deposit"),
    ("balance.lines", "loan"),
    *(("book.summary", column) for column in ("aum", "customers", "joined", "left", "moved_in", "moved_out")),
    ("funnel.outcomes", "won_amount"),
)
ON_PAPER = (  # what a slide has room for
    ("balance.lines", "deposit"),
    ("balance.lines", "loan"),
    ("book.summary", "aum"),
    ("book.summary", "customers"),
    ("funnel.outcomes", "won_amount"),
)
BALANCES = tuple(
    ("balance.lines", column)
    for column in (
        "deposit",
        "deposit_avg",
        "deposit_avg_year",
        "deposit_deviation",
        "loan",
        "wealth",
        "contingent",
        "fee_income",
    )
)
BALANCES_BELOW = tuple(
    ("balance.lines", column) for column in ("deposit", "loan", "wealth", "contingent", "fee_income")
)
FUNNEL = tuple(
    ("funnel.outcomes", column)
    for column in (
        "win_rate",
        "won_amount",
        "won",
        "open",
        "open_amount",
        "cycle_days_median",
        "average_deal",
        "lapsed",
    )
)
FUNNEL_BELOW = (
    ("funnel.outcomes", "won_amount"),
    *(("funnel.outcomes", column) for column in ("won", "lost", "open", "open_amount")),
)
OUTLOOK = (
    ("funnel.coverage", "expected_amount"),
    ("funnel.coverage", "coverage"),
    ("funnel.coverage", "gap"),
    *(("funnel.outcomes", column) for column in ("open", "open_amount")),
    *(("funnel.overdue", column) for column in ("deals", "amount", "days_late")),
)
REASONS = tuple(
    ("funnel.outcomes", column)
    for column in (
        "win_rate",
        "won",
        "lost",
        "lapsed",
        "won_amount",
        "average_deal",
        "cycle_days_median",
        "won_days_median",
    )
)
POOL = (
    *(
        ("funnel.pool", column)
        for column in ("claimed", "claimed_amount", "returning_7d", "returning_7d_amount")
    ),
    *(("funnel.pool", column) for column in ("returned", "returned_amount")),
    *(("funnel.clashes", column) for column in ("customers", "deals")),
)
COMPLAINTS = tuple(
    ("complaints.summary", column)
    for column in ("regulator", "opened", "open", "on_time", "median_days", "per_10k", "repeated", "resolved")
)
COMPLAINTS_BELOW = tuple(
    ("complaints.summary", column)
    for column in ("opened", "regulator", "open", "promised", "in_time", "repeated")
)
VALUE = (
    *(("value.summary", column) for column in ("increase", "customers", "aum", "aum_avg", "mean", "median")),
    *(("value.summary", column) for column in ("contribution", "contribution_mean")),
    ("value.products", "products_mean"),
    ("value.summary", "top20_share"),
    *(("value.largest", column) for column in ("aum", "share")),
)
VALUE_ON_PAPER = (  # what a slide has room for
    *(("value.summary", column) for column in ("increase", "customers", "aum", "contribution")),
    ("value.largest", "share"),
)
VALUE_BELOW = tuple(
    ("value.summary", column) for column in ("increase", "middle_above", "customers", "aum", "aum_avg")
)
ON_COMPLAINTS = Spoken(COMPLAINTS)
SATISFACTION = (
    ("satisfaction.nps", "nps"),
    ("satisfaction.csat", "top2_rate"),
    ("satisfaction.effort", "rate"),
    ("satisfaction.nps", "response_rate"),
    ("satisfaction.index", "index"),
)
ON_SATISFACTION = Spoken(SATISFACTION)
ON_VALUE = Spoken(VALUE, VALUE_BELOW)
MIGRATION = tuple(
    ("migration.rates", column)
    for column in (
        "upgraded",
        "downgraded",
        "up_down_ratio",
        "upgrade_rate",
        "downgrade_rate",
        "entered",
        "left",
        "net_aum_moved",
        "customers",
    )
) + tuple(("migration.observation", column) for column in ("observed", "due"))
MIGRATION_ON_PAPER = tuple(
    ("migration.rates", column)
    for column in ("upgraded", "downgraded", "upgrade_rate", "downgrade_rate", "entered", "left")
) + tuple(("migration.observation", column) for column in ("observed", "due"))
MIGRATION_BELOW = tuple(
    ("migration.rates", column)
    for column in ("upgraded", "downgraded", "entered", "left", "transferred_in", "transferred_out")
)
ON_MIGRATION = Spoken(MIGRATION, MIGRATION_BELOW)
ON_OVERVIEW = Spoken(OVERVIEW, BELOW)
ON_BALANCES = Spoken(BALANCES, BALANCES_BELOW)
ON_FUNNEL = Spoken(FUNNEL)
ON_OUTLOOK = Spoken(OUTLOOK)
ON_REASONS = Spoken(REASONS)
