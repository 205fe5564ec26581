"""The pages of the weekly review: the overview and the balances."""

from data_access.subject import message
from ui.parts.contents import Page, of
from ui.review.due import DUE
from ui.review.moves import MOVES
from ui.review.report import balances, behind, institutions, overview, plans

SECTION = message("Weekly review")
OVERVIEW = Page(
    script="pages/review/overview.py",
    section=SECTION,
    title=message("Business overview"),
    metrics=("balance.lines", "book.summary", "funnel.outcomes"),
    cards=(
        *of("balance.lines", "deposit", "loan", "fee_income"),
        *of("book.summary", "aum_avg", "customers"),
        *of("funnel.outcomes", "won_amount", "win_rate"),
        *of("book.summary", "aum", "joined", "left"),
    ),
    below=(
        *of("balance.lines", "deposit", "loan"),
        *of("book.summary", "aum", "customers", "joined", "left", "moved_in", "moved_out"),
        *of("funnel.outcomes", "won_amount"),
    ),
    lists=(DUE, MOVES),
    report=(overview, institutions, behind),
    weekly=True,
)
OPENS = {  # the page that tells more of a card of the overview
    **dict.fromkeys((f"balance.lines.{name}" for name in ("deposit", "loan", "fee_income")), "balances"),
    **dict.fromkeys(("book.summary.aum", "book.summary.aum_avg"), "value"),
    "book.summary.customers": "migration",
    **dict.fromkeys(("book.summary.joined", "book.summary.left"), "churn"),
    **dict.fromkeys(("funnel.outcomes.win_rate", "funnel.outcomes.won_amount"), "funnel"),
}
BALANCES = Page(
    script="pages/review/balances.py",
    section=SECTION,
    title=message("Balances"),
    metrics=("balance.lines", "balance.summary"),
    cards=of(
        "balance.lines",
        "deposit",
        "deposit_avg",
        "loan",
        "wealth",
        "contingent",
        "fee_income",
        "deposit_avg_year",
        "deposit_deviation",
    ),
    below=of("balance.lines", "deposit", "loan", "wealth", "contingent", "fee_income"),
    report=(balances, plans),
    weekly=True,
)
