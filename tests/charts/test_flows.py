"""Bands between states: every state lies inside the figure, below the one before it."""

import polars as pl
import pytest

from charts import flows

LEFT = ["a", "b", "c", "d", "e", "f", "came", "new"]
RIGHT = ["a", "b", "c", "d", "e", "f", "went", "gone"]


@pytest.mark.parametrize("large", [10, 4_000])
def test_no_state_leaves_the_figure(large: int) -> None:
    """Plotly makes bands as wide as the side of most states leaves room for; `y` is a state's middle."""
    sizes = {("f", "f"): large, ("new", "f"): 300, ("e", "e"): 900, ("f", "gone"): 200, ("new", "a"): 1}
    sizes |= {(a, b): 40 for a, b in zip(LEFT, RIGHT, strict=True) if a in "abcd"} | {("came", "b"): 2}
    rows = [{"then": a, "now": b, "count": n, "way": 0} for (a, b), n in sizes.items()]
    frame = pl.DataFrame(rows)
    fig = flows.sankey(
        frame,
        "then",
        "now",
        names=({a: a for a in LEFT}, {b: b for b in RIGHT}),
        ends=(LEFT, RIGHT),
        colours={"up": "#c8322b", "down": "#1e7f4f"},
        words={"small": "small", "unit": ""},
        alt="bands",
    )
    [trace], margin = fig["data"], fig["layout"]["margin"]
    node, link = trace["node"], trace["link"]
    height = fig["layout"]["height"] - margin["t"] - margin["b"]
    left, right = sorted(set(link["source"])), sorted(set(link["target"]))
    total, states = sum(link["value"]), max(len(left), len(right))
    width = (height - (states - 1) * node["pad"]) / total
    assert states >= 7
    for side, end in ((left, "source"), (right, "target")):
        above = -node["pad"]
        for state in side:
            size = width * sum(n for n, at in zip(link["value"], link[end], strict=True) if at == state)
            top = node["y"][state] * height - size / 2
            assert top >= above + node["pad"] - 1, (end, node["label"][state])
            above = top + size
        assert above <= height + 1
