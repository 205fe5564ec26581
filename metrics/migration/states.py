"""The states that customers go between: tiers, tiers in observation, elsewhere, outside."""

from data_access.codes.banding import FIRST_TIER
from metrics.migration.marts import ELSEWHERE, OUTSIDE
from metrics.migration.observation_steps import WATCH

STATES = {OUTSIDE: "outside", ELSEWHERE: "elsewhere"}


WATCHED = "_watch"  # after a tier's key: held, and in observation


def states_of(tiers: list[str]) -> dict[int, str]:
    """The states of tiers with observation by their codes, lowest first; the lowest tier has none."""
    found = {FIRST_TIER + number: tier for number, tier in enumerate(tiers)}
    watched = {code + WATCH: tier + WATCHED for code, tier in found.items() if code > FIRST_TIER}
    return dict(sorted({**found, **watched}.items(), key=lambda pair: (pair[0] % WATCH, -pair[0])))


CORRECTED = "transfers"  # counts that are corrections of moves between institutions: no shares, no outlook
