"""Who reads: the user of this run and what he may see."""

from dataclasses import dataclass

from data_access.tree import Tree
from data_access.view.grants import Grant, everything

LOCAL = "local"  # the one person at a machine of his own


@dataclass(frozen=True)
class Reader:
    """A user and his grant; `by`: the administrator who looks at the cockpit as this user sees it."""

    user: str
    grant: Grant
    by: str | None = None


def reader(tree: Tree) -> Reader:
    """The reader of this run."""
    return Reader(LOCAL, everything(tree))
