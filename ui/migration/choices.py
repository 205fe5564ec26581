"""What readers of the migration page choose: how far to look back, the states, the numbers, and one flow."""

from collections.abc import Iterable

from data_access.subject import message
from data_access.view.store import Store
from metrics.migration.states import STATES, WATCHED
from ui.base.link import NONE
from ui.parts.contents import Choice

DISTANCES = ("12", "1", "3", "6")
STANDS = ("plain", "watch")  # tiers, or tiers held with observation apart
CELLS = ("share", "customers", "aum_from", "aum_to")
CELL = ("from_tier", "to_tier")


def _states(store: Store) -> Iterable[str]:
    known = {NONE, *store.codes["tier"], *STATES.values()}
    return known | {state + WATCHED for state in known}


DISTANCE = Choice(
    name="distance",
    label=message("months compared"),
    of="migration.matrix",
    values=DISTANCES,
    default=DISTANCES[0],
)
STATES_SHOWN = Choice(name="states", label=message("states"), of="migration.matrix")
NUMBERS = Choice(name="cells", label=message("numbers in the matrix"), values=CELLS)
FLOW = tuple(Choice(name=end, label=message("way between tiers"), also=_states, default=NONE) for end in CELL)
