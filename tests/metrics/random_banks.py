"""How tests draw random banks: the same ones at every run, a failing one named by its seed and sizes."""

import os

from hypothesis import HealthCheck, Phase, settings


def examples(number: int) -> int:
    """So many banks; EXAMPLES in the environment asks for more, for a long look."""
    return int(os.environ.get("EXAMPLES", number))


def banks(number: int) -> settings:
    """The settings of a test of so many random banks: building them takes its time, and nothing is kept."""
    return settings(
        max_examples=examples(number),
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
