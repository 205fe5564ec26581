"""What can be wrong, worded once: what, where, what was found, what to do.

The first argument is a message id (English, with named places); the screen translates it,
the terminal prints it as it is. `exit_code` is what the command line ends with.
"""

import errno
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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


class Note(str):
    """What is to be said of a table, in English; a page says `message` in its reader's language."""

    message: str
    values: dict[str, Any]

    def __new__(cls, message: str, **values: Any) -> "Note":
        self = super().__new__(cls, message.format(**values) if values else message)
        self.message, self.values = message, values
        return self


def is_full(error: BaseException) -> bool:
    """Whether a disk or a quota had no room for a file, as Python or Polars say it."""
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return any(f"(os error {number})" in str(error) for number in FULL)


class CallError(CockpitError):
    """The call is at fault: a name, a date, a setting that does not exist."""

    exit_code = 2


class NotDelivered(CockpitError):
    """A figure needs a table or column that the bank has not delivered."""

    exit_code = 1


def nearest(text: str, known: Iterable[str]) -> str:
    """The names most like a mistyped one; else the first that there are.

    >>> nearest("book.sumary", ["funnel.stages", "book.summary"])
    'book.summary'
    """
    by_case = {name.casefold(): name for name in known}
    near = get_close_matches(text.casefold(), by_case, 3) or [
        name for name in by_case if text.casefold() in name
    ]
    return ", ".join(by_case[name] for name in near[:3] or [*by_case][:3])
