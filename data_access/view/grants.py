"""Who may see what. No grant, no data; this is the only place that says otherwise.

A right is a user, an institution and what is permitted there and below. Rights add up. One that has not
begun, has ended, names an institution that does not exist, or was given by somebody who does not
administer the institution counts for nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from data_access.tree import Ranges, Tree, intersect, merge_ranges

VIEW = "view"  # totals, wherever they are shown
CUSTOMERS = "customers"  # lists of customers and deals, row by row
UNMASK = "unmask"  # their ids and names as the bank writes them
EXPORT = "export"  # files and texts to take along
ADMIN = "admin"  # the rights of others below, and their view
PERMISSIONS = (VIEW, CUSTOMERS, UNMASK, EXPORT, ADMIN)


@dataclass(frozen=True, kw_only=True)
class Right:
    """One row of the table of grants."""

    user: str
    institution: str
    permissions: frozenset[str]
    valid_from: date | None = None
    valid_to: date | None = None
    granted_by: str | None = None  # None: by the bank itself
    address: str | None = None  # where the institution's main points are sent; None: nowhere

    def holds_on(self, day: date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_to or day)


@dataclass(frozen=True)
class Grant:
    """What a reader may, each permission as ranges of nodes; his pages open at `home`."""

    rights: tuple[tuple[str, Ranges], ...]
    home: int

    @property
    def ranges(self) -> Ranges:
        """The institutions that he may view."""
        return self.of(VIEW)

    def of(self, permission: str) -> Ranges:
        """Where he has a permission; what may not be viewed is in no other."""
        return dict(self.rights).get(permission, ())

    def covers(self, node: int) -> bool:
        return any(first <= node <= last for first, last in self.ranges)

    def below(self, tree: Tree, node: int) -> list[int]:
        """Where one goes down to: the children; where he may view a part only, the highest that
        he may view whole."""
        if self.covers(node):
            return tree.children(node)
        return tree.tops(intersect(self.ranges, (tree.subtree(node),)))

    def at_level(self, tree: Tree, node: int, level: str) -> list[int]:
        """Those of a level below that he may view whole."""
        return [at for at in tree.at_level(node, level) if self.covers(at)]

    def may(self, permission: str, tree: Tree, node: int) -> bool:
        """Whether he has a permission for all that he may view of an institution, and may view some."""
        seen = intersect(self.ranges, (tree.subtree(node),))
        return bool(seen) and intersect(self.of(permission), seen) == seen


NOTHING = Grant((), -1)


def granted(tree: Tree, rights: Iterable[Right], user: str | None, day: date) -> Grant:
    """What a user may on a day."""
    return held(tree, [right for right in counting(tree, rights, day) if user and right.user == user])


def held(tree: Tree, mine: Sequence[Right]) -> Grant:
    """What rights that count add up to."""
    return _grant(tree, {permission: _nodes(tree, mine, permission) for permission in PERMISSIONS})


def everything(tree: Tree) -> Grant:
    """For the one person at a machine of his own, where there is no sign-in: all but names and ids."""
    return grant_of(tree, [0], frozenset(PERMISSIONS) - {UNMASK})


def counting(tree: Tree, rights: Iterable[Right], day: date) -> list[Right]:
    """The rights that hold on a day: the bank's own, and those given by who administers the institution."""
    known = [right for right in rights if right.institution in tree.node_of and right.holds_on(day)]
    live = [right for right in known if right.granted_by is None]
    given = [right for right in known if right.granted_by is not None]
    while found := [right for right in given if _administers(tree, live, right)]:
        live += found
        given = [right for right in given if right not in found]
    return live


def _administers(tree: Tree, live: Sequence[Right], right: Right) -> bool:
    """Whether the giver of a right has, for that institution, the permission to give and what he gives."""
    node = tree.node_of[right.institution]
    own = [other for other in live if other.user == right.granted_by]
    return all(
        any(up <= node <= tree.last[up] for up in _nodes(tree, own, permission))
        for permission in {VIEW, ADMIN} | right.permissions
    )


def as_seen_by(tree: Tree, grant: Grant, admin: Grant) -> Grant:
    """A user's grant as an administrator may look at it: where he administers, nothing he may not see."""
    own = admin.of(ADMIN)
    shared = {name: intersect(intersect(held, own), admin.of(name)) for name, held in grant.rights}
    return _grant(tree, {name: tree.tops(shared.get(name, ())) for name in PERMISSIONS})


def in_tree(grant: Grant, now: Tree, then: Tree) -> Grant:
    """The same rights in the tree as then: an institution's, and what hung below it on each day."""
    held = {name: [then.node_of[now.ids[node]] for node in now.tops(grant.of(name))] for name in PERMISSIONS}
    return _grant(then, held)


def _nodes(tree: Tree, rights: Sequence[Right], permission: str) -> list[int]:
    return [tree.node_of[right.institution] for right in rights if permission in right.permissions]


def grant_for_comparison(tree: Tree, node: int) -> Grant:
    """Totals of an institution that others are compared with: never a row of a customer or deal."""
    return grant_of(tree, [node], frozenset())


def grant_for_file(tree: Tree, node: int) -> Grant:
    """What a file of one institution may hold: totals of it and of what is below, nobody else's."""
    return grant_of(tree, [node], frozenset())


def grant_of(tree: Tree, nodes: list[int], permissions: frozenset[str]) -> Grant:
    """The subtrees of some institutions, viewed and with these permissions besides."""
    return _grant(tree, dict.fromkeys((VIEW, *permissions), nodes))


def _grant(tree: Tree, nodes: dict[str, list[int]]) -> Grant:
    """Subtrees by permission; it opens at the lowest institution that holds all that may be viewed."""
    if not nodes.get(VIEW):
        return NOTHING
    home = nodes[VIEW][0]
    for node in nodes[VIEW][1:]:
        home = tree.common_ancestor(min(home, node), max(home, node))
    ranges = {name: merge_ranges(tree.subtree(node) for node in held) for name, held in nodes.items()}
    seen = {name: intersect(held, ranges[VIEW]) for name, held in ranges.items()}
    return Grant(tuple(sorted((name, held) for name, held in seen.items() if held)), home)
