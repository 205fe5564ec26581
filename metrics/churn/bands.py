"""Bands and codes of the churn analysis: fixed, so that counts of different months and banks add up.

A change makes another model; raise VERSION with it.
"""

VERSION = 1
CLOSED, SILENT = 0, 1  # which churn is meant
DEFINITIONS = ("closed", "silent")
# How a spell ends. What is not the churn meant competes with it; 0: the customer stays.
STAYS, CAUSES = 0, ("closed", "silent", "death", "bank", "merged", "other")
CODE_OF = {cause: code for code, cause in enumerate(CAUSES, 1)}
UNKNOWN = 0  # the first code of every band: not delivered
# Lower edges of the second band and those above: products held, own transactions of a month.
PRODUCTS, ACTIVITY = (2, 3, 5), (1, 4, 12)
TENURE = (12, 36, 120)  # whole months with the bank
NO_TENURE = -1


BANDS = {"products": (PRODUCTS, 1), "activity": (ACTIVITY, 0), "tenure": (TENURE, 0)}  # edges, least value


def band_names(edges: tuple[int, ...], least: int) -> list[str]:
    """Words of the bands by code, the unknown one first.

    >>> band_names(PRODUCTS, 1)
    ['unknown', '1', '2', '3-4', '5+']
    """
    return ["unknown", *spans(edges, least)]


def spans(edges: tuple[int, ...], least: int) -> dict[str, tuple[int, int | None]]:
    """First and last value of each known band by its word; the highest band has no last one.

    >>> spans(PRODUCTS, 1)
    {'1': (1, 1), '2': (2, 2), '3-4': (3, 4), '5+': (5, None)}
    """
    starts, ends = [least, *edges], [edge - 1 for edge in edges]
    below = {str(a) if a == b else f"{a}-{b}": (a, b) for a, b in zip(starts, ends, strict=False)}
    return {**below, f"{edges[-1]}+": (edges[-1], None)}
