"""What happened to the outlets: openings, closings, mergers, and how much business each one has."""

from datetime import date, timedelta

import numpy as np

from sample_data.institutions.tree import Institution

_SIZE_OF_CLASS = {1: 1.3, 2: 1.0, 3: 0.75}


def live_through(nodes: list[Institution], ends: list[date], rng: np.random.Generator) -> None:
    """Give every institution its share of customers, its peer group and its fate in the window."""
    for node in nodes:
        node.weight = _weight(node, rng)
    ordinary = [
        place for place, node in enumerate(nodes) if node.level == "outlet" and node.role == "ordinary"
    ]
    if len(ordinary) >= 12 and len(ends) >= 6:
        _special(nodes, ordinary, ends, rng)
    for level in ("branch_1", "branch_2", "subbranch_1", "subbranch_2", "outlet"):
        _peer_groups(nodes, level)


def _weight(node: Institution, rng: np.random.Generator) -> float:
    """Outlets own nearly all customers; branches and the head office a few of their own (本级)."""
    if node.level == "head_office":
        return 0.3
    if node.level.startswith("branch"):
        return 0.15
    if node.level.startswith("subbranch"):
        return 0.0
    usual = _SIZE_OF_CLASS[node.wealth_class] * float(rng.lognormal(0.0, 0.45))
    return usual * {"ordinary": 1.0, "department": 1.5, "private": 0.3}[node.role]


def _special(
    nodes: list[Institution], ordinary: list[int], ends: list[date], rng: np.random.Generator
) -> None:
    """Choose outlets for the fates a real tree has; in the order of their rarity."""
    siblings: dict[int | None, list[int]] = {}
    for place in ordinary:
        siblings.setdefault(nodes[place].parent, []).append(place)
    movable = [place for place in ordinary if not nodes[place].name.endswith("营业部")]  # a main outlet stays
    order = [movable[i] for i in rng.permutation(len(movable))]
    with_sibling = [place for place in order if len(siblings[nodes[place].parent]) >= 2]
    few = max(1, round(0.01 * len(ordinary)))
    spoken_for: set[int] = set()
    for place in with_sibling:
        if len(spoken_for) == 2 * few:
            break
        takers = [other for other in siblings[nodes[place].parent] if other != place]
        if place not in spoken_for and takers[0] not in spoken_for:
            nodes[place].role, nodes[place].taker = "merging", takers[0]
            spoken_for |= {place, takers[0]}
    free = [place for place in order if place not in spoken_for]
    rare = max(1, few // 5)
    roles = ["empty"] * rare + ["tiny"] * rare + ["closing"] * few + ["new"] * few
    for place, role in zip(free, roles, strict=False):
        nodes[place].role = role
        nodes[place].weight *= {"empty": 0.0, "tiny": 0.0, "new": 4.0}.get(
            role, 1.0
        )  # a new one must fill up
    for node in nodes:
        if node.role in ("merging", "closing"):
            node.closed_on = ends[int(rng.integers(len(ends) // 4, len(ends) - 2))]
        elif node.role == "new":
            month = ends[int(rng.integers(1, max(2, len(ends) // 2)))]
            node.opened_on = month - timedelta(days=int(rng.integers(0, 27)))


def _peer_groups(nodes: list[Institution], level: str) -> None:
    """A, B, C by thirds of size and wealth within a level; departments stand apart."""
    members = [node for node in nodes if node.level == level and node.role not in ("department", "private")]
    size = {id(node): node.weight for node in nodes}
    if level != "outlet":
        for node in reversed(nodes):  # children stand behind their parents
            if node.parent is not None:
                size[id(nodes[node.parent])] += size[id(node)]
    ranked = sorted(members, key=lambda node: -size[id(node)])  # sorted is stable: ties keep the tree's order
    for rank, node in enumerate(ranked):
        node.peer_group = "ABC"[rank * 3 // len(ranked)]
