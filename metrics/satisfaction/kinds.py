"""Which kinds of survey the bank delivers: who has not chosen is told of one that has answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_access.learning import Models, learned_of
from data_access.subject import Inputs, Model
from metrics.satisfaction.tables import SURVEY_KINDS


@dataclass(frozen=True)
class Surveys:
    """The kinds of survey that were delivered."""

    kinds: Sequence[str] = ()


def learned(inputs: Inputs) -> Surveys:
    """Read off the surveys."""
    rows: pl.DataFrame = inputs.tables["surveys"].select("survey").unique().collect("polars").to_native()
    return Surveys([SURVEY_KINDS[code] for code in sorted(rows["survey"])])


def delivered(models: Models) -> str | None:
    """The first kind that was delivered; None where no survey was."""
    return next(iter(learned_of(models, Surveys).kinds), None)


MODEL = Model(Surveys, learned, needs=("surveys",))
