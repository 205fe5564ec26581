"""Whether what a mart, a list or a model needs is delivered."""

from collections.abc import Sequence

from data_access.subject import Inputs, Mart

EITHER = "|"


def is_built(mart: Mart, inputs: Inputs) -> bool:
    """Whether what a mart needs is delivered, and nothing that says the same better."""
    tagged = not mart.tags_of or bool(inputs.tags.get(mart.tags_of))
    return are_there(mart.needs, inputs) and tagged and not (mart.unless and inputs.has(mart.unless))


def are_there(needs: Sequence[str], inputs: Inputs) -> bool:
    """Whether every needed table, or table.column, is delivered; of two beside “|” one is enough."""
    return all(
        any(
            inputs.has(table, *([column] if column else []))
            for table, _, column in (way.partition(".") for way in need.split(EITHER))
        )
        for need in needs
    )
