"""What became of a message that was not taken: whether it may be sent again depends on it."""

from data_access.errors import CockpitError


class Unreachable(CockpitError):
    """The way itself is shut: no other message of this run goes by it either."""


class Refused(CockpitError):
    """This message was not taken; it may be sent again."""


class Unsure(CockpitError):
    """Nobody knows whether this message was taken; it is not sent again unasked."""
