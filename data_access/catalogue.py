"""What a list of subjects makes together: the contract of all that a bank may deliver and set."""

from collections.abc import Iterable

from data_access.contract.contract import Contract, in_order
from data_access.contract.tables import FRAME
from data_access.subject import FILTERS, Subject


def contract_of(subjects: Iterable[Subject]) -> Contract:
    """What a bank may deliver to these subjects, and set of them."""
    subjects = tuple(subjects)
    metrics = [metric for subject in subjects for metric in subject.metrics]
    words: dict[str, frozenset[str]] = {}
    for table in {metric.tags_of for metric in metrics if metric.tags_of}:
        tagged = [metric for metric in metrics if metric.tags_of == table]
        words[table] = frozenset({"children", "institution", "name", "month", "manager", "hidden", *FILTERS})
        for metric in tagged:
            words[table] |= {*metric.dimensions, *metric.filters}
            words[table] |= {parameter.name for parameter in metric.parameters}
            words[table] |= {measure.name for measure in metric.columns}
    return Contract(
        tables=in_order([*FRAME, *(table for subject in subjects for table in subject.tables)]),
        settings=tuple(setting for subject in subjects for setting in subject.settings),
        words=words,
        plans=tuple(
            f"{metric.name}.{measure.name}"
            for metric in metrics
            for measure in metric.columns
            if measure.unit != "text"
        ),
    )
