"""Finding an institution by a part of its name, in either language, or of its id."""

from data_access.tree import Tree
from data_access.view.grants import Grant

MOST = 20


def matches(tree: Tree, grant: Grant, text: str, most: int = MOST) -> list[int]:
    """The institutions of the reader's scope that fit best: the id itself, names that begin so, names that
    contain it; upper levels first. The work is done here, so the page never carries the whole tree.

    Several words must all occur, in the name or in that of an institution above it.
    """
    words = text.casefold().split()
    if not words:
        return []
    found: list[tuple[int, int, int]] = []
    deep: dict[int, int] = {}
    spoken: list[str] = []
    for node in range(len(tree)):
        above = tree.parent[node]
        deep[node] = 0 if above < 0 else deep[above] + 1
        own = f"{tree.names[node]}\n{tree.names_en[node]}\n{tree.ids[node]}".casefold()
        spoken.append(own if above < 0 else f"{spoken[above]}\n{own}")
        if not grant.covers(node) or words[-1] not in own or not all(word in spoken[node] for word in words):
            continue
        starts = any(line.startswith(words[0]) for line in own.split("\n"))
        rank = 0 if tree.ids[node].casefold() == text.strip().casefold() else 1 if starts else 2
        found.append((rank, deep[node], node))
    return [node for *_, node in sorted(found)[:most]]
