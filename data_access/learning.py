"""What the build learned of the whole bank: a frozen dataclass of plain values for each kind."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

Learned = TypeVar("Learned")
Models = Mapping[str, Mapping[str, Any]]  # by the name of its kind


def learned_of(models: Models, kind: type[Learned]) -> Learned:
    """What was learned of a kind; its defaults where nothing was."""
    return kind(**models.get(kind.__name__, {}))


def as_model(value: Any) -> dict[str, Any]:
    """A kind's values by name, as they are stored."""
    return {f.name: getattr(value, f.name) for f in fields(value)}
