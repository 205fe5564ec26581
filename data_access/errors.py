"""What can be wrong, worded once: what, where, what was found, what to do.

The first argument is a message id (English, with named places); the screen translates it,
the terminal prints it as it is. `exit_code` is what the command line ends with.
"""

from typing import Any


class CockpitError(Exception):
    """Base of every error that a reader may see."""

    exit_code = 1

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return self.message.format(**self.values) if self.values else self.message


class DataError(CockpitError):
    """The data is at fault: an extract, a snapshot, a tree."""

    exit_code = 1


class CallError(CockpitError):
    """The call is at fault: a name, a date, a setting that does not exist."""

    exit_code = 2


class NotDelivered(CockpitError):
    """A figure needs a table or column that the bank has not delivered."""

    exit_code = 1
