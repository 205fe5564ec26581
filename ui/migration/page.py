"""The page of tier migration."""

from data_access.subject import message
from ui.migration.choices import DISTANCE, FLOW, NUMBERS, STATES_SHOWN
from ui.migration.report import section
from ui.parts.contents import Page, of

PAGE = Page(
    script="pages/customers/migration.py",
    section=message("Customer base"),
    title=message("Tier migration"),
    metrics=("migration.rates", "migration.matrix", "migration.observation"),
    cards=(
        *of("migration.rates", "upgraded", "downgraded"),
        *of("value.summary", "increase"),
        *of("migration.rates", "net_aum_moved"),
        *of("migration.observation", "observed", "due"),
        *of("migration.rates", "up_down_ratio", "upgrade_rate", "downgrade_rate"),
        *of("migration.rates", "entered", "left", "customers"),
    ),
    below=of(
        "migration.rates", "upgraded", "downgraded", "entered", "left", "transferred_in", "transferred_out"
    ),
    choices=(DISTANCE, STATES_SHOWN, NUMBERS, *FLOW),
    report=(section,),
)
OPENS = {"value.summary.increase": "value"}  # a card that is of another page's measure
