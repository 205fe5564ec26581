"""Which of a test's many parameters `make test` tries; `make test-long` tries the others."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(number: int, values: Iterable[Any]) -> list[Any]:
    """The first of each so many values, the others marked slow."""
    return [
        value if at % number == 0 else pytest.param(value, marks=pytest.mark.slow)
        for at, value in enumerate(values)
    ]
