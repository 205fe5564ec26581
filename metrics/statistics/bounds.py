"""The two ends of an interval in words, alike in every metric."""

from data_access.subject import Measure, message


def bounds(
    unit: str, *, of: str = "", flow: bool = False, needs: tuple[str, str] | None = None
) -> tuple[Measure, Measure]:
    """The columns `low` and `high` of a metric whose number has an interval; `of`: the beginning of their
    names where it has several."""
    low, high = (f"{of}_{end}" if of else end for end in ("low", "high"))
    return (
        Measure(name=low, label=message("Lower bound"), unit=unit, flow=flow, needs=needs, additive=False),
        Measure(name=high, label=message("Upper bound"), unit=unit, flow=flow, needs=needs, additive=False),
    )
