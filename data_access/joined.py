"""What a monthly mart rests on of the customers of its months, beside the months themselves."""

from typing import NamedTuple


class Joined(NamedTuple):
    """A column of a table of customers that a month's rows rest on: of those in its months, or who left in
    one of them."""

    table: str
    column: str
    leavers: bool = False
