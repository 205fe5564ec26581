"""Who may see what. No grant, no data; this is the only place that says otherwise."""

from dataclasses import dataclass

from data_access.tree import Ranges, Tree, merge_ranges

CUSTOMERS = "customers"  # lists of customers and deals, row by row


@dataclass(frozen=True)
class Grant:
    """The institutions a reader may see, as ranges of nodes, and what beside totals."""

    ranges: Ranges
    permissions: frozenset[str]
    home: int  # where the reader's pages open

    def covers(self, node: int) -> bool:
        return any(first <= node <= last for first, last in self.ranges)


def granted(tree: Tree, user: str | None) -> Grant:
    """What a user may see. Until there is a sign-in, everybody who reaches the server sees the whole tree."""
    del user
    return grant_of(tree, [0], frozenset({CUSTOMERS}))


def grant_for_comparison(tree: Tree, node: int) -> Grant:
    """Totals of an institution that others are compared with: never a row of a customer or deal."""
    return grant_of(tree, [node], frozenset())


def grant_for_file(tree: Tree, node: int) -> Grant:
    """What a file of one institution may hold: totals of it and of what is below, nobody else's."""
    return grant_of(tree, [node], frozenset())


def grant_of(tree: Tree, nodes: list[int], permissions: frozenset[str]) -> Grant:
    """The subtrees of some institutions; it opens at the lowest institution that holds them all."""
    if not nodes:
        return Grant((), frozenset(), -1)
    home = nodes[0]
    for node in nodes[1:]:
        home = tree.common_ancestor(min(home, node), max(home, node))
    return Grant(merge_ranges(tree.subtree(node) for node in nodes), permissions, home)
