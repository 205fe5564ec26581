"""The sales pages: the funnel, the outlook, why deals are won or lost, the pool."""

from data_access.subject import message
from ui.funnel.choices import CLOSING, RULE, WINDOW
from ui.funnel.deals import GOING_BACK, STALLING, TO_CLOSE
from ui.funnel.report import funnel, outlook
from ui.parts.choice import breakdown_of
from ui.parts.contents import Page, of

SECTION = message("Sales")
FUNNEL = Page(
    script="pages/sales/funnel.py",
    section=SECTION,
    title=message("Sales funnel"),
    metrics=("funnel.stages", "funnel.outcomes"),
    cards=of(
        "funnel.outcomes",
        "win_rate",
        "won_amount",
        "won",
        "open",
        "open_amount",
        "cycle_days_median",
        "average_deal",
        "lapsed",
    ),
    lists=(TO_CLOSE,),
    choices=(RULE, WINDOW, CLOSING),
    report=(funnel,),
)
OUTLOOK = Page(
    script="pages/sales/outlook.py",
    section=SECTION,
    title=message("Pipeline outlook"),
    metrics=("funnel.outlook", "funnel.coverage"),
    cards=(
        *of("funnel.coverage", "expected_amount", "coverage", "gap"),
        *of("funnel.outcomes", "open_amount"),
        *of("funnel.overdue", "deals", "amount"),
        *of("funnel.outcomes", "open"),
        *of("funnel.overdue", "days_late"),
    ),
    lists=(STALLING,),
    report=(outlook,),
)
REASONS = Page(
    script="pages/sales/reasons.py",
    section=SECTION,
    title=message("Why deals are won or lost"),
    metrics=("funnel.outcomes", "funnel.peers"),
    cards=of(
        "funnel.outcomes",
        "win_rate",
        "won",
        "lost",
        "lapsed",
        "won_amount",
        "average_deal",
        "cycle_days_median",
        "won_days_median",
    ),
    choices=(breakdown_of("funnel.outcomes"),),
    counts=("funnel.outcomes", "lost"),
)
POOL = Page(
    script="pages/sales/pool.py",
    section=SECTION,
    title=message("Pool of deals"),
    metrics=("funnel.pool", "funnel.clashes"),
    cards=(
        *of("funnel.pool", "claimed", "claimed_amount", "returning_7d", "returning_7d_amount"),
        *of("funnel.pool", "returned", "returned_amount"),
        *of("funnel.clashes", "customers", "deals"),
    ),
    lists=(GOING_BACK,),
)
OPENS = dict.fromkeys(("funnel.outcomes.open_amount", "funnel.outcomes.open"), FUNNEL.url)  # of the outlook
