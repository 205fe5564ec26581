"""The tier that a bank holds a customer in: up at once, down only after so many missed months.

The rule as a function of one customer's months; the mart applies it to all: `observation_marts.py`.
"""

from collections.abc import Sequence

MOST = 6  # months that a tier can be missed, by policy


def observed(
    plain: Sequence[int | None], months: Sequence[int], lag: int = 0
) -> list[tuple[int, bool] | None]:
    """The tier held at each month end, and whether the customer is in observation, from its plain tiers.

    `plain`: number of the tier that the month's average reaches, lowest 0, None without one; `months`: by
    tier, after how many missed months it is lost. The tier held is the highest k of which a plain tier of
    k or more occurred in the last months[k] months, the present one included; with a `lag` of 1 a tier is
    held from the month after, and the months end with the one before. In observation: the plain tier lies
    below it. None where the months to look back at are not all there yet (burn-in).
    """
    burn_in = max(months) - 1 + lag
    found: list[tuple[int, bool] | None] = []
    for at, now in enumerate(plain):
        if at < burn_in or now is None:
            found.append(None)
            continue
        end = at + 1 - lag
        seen = [max((p for p in plain[end - m : end] if p is not None), default=-1) for m in months]
        held = max((k for k, best in enumerate(seen) if best >= k), default=0)
        found.append((held, now < held))
    return found
