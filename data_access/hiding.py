"""What a subject declares of people of whom too few are not told."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Count:
    """People in a mart: its column, and the codes of the rows that hold them."""

    mart: str
    column: str
    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Hiding:
    """Counts of people of whom too few are not told, alone or by one of the dimensions.

    `strata` is the key whose values are never added together; `floor` a setting of the policy.
    """

    name: str
    counts: tuple[Count, ...]
    strata: str
    dimensions: tuple[str, ...] = ()
    floor: str = "floor_score"
