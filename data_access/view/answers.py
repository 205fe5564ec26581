"""Small results that were computed before, and the memory that they may take."""

import pickle
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, fields, is_dataclass
from typing import TypeVar, cast

import polars as pl

T = TypeVar("T")
MOST_BYTES = 132_000_000  # of a snapshot's answers: a server process then stays below 400 MB
PART = "part"  # first in the key of a part of a page
SHARED = ("together", "level", "level months", "hidden")  # first in that of what many institutions rest on
_ENTRY, _COLUMN = 1500, 600  # bytes: a key with its place, a column of a frame before its rows
_PACKED = 4000  # bytes from which what is no frame is kept packed: a tenth, for a tenth of a millisecond


@dataclass(frozen=True)
class _Packed:
    """A table or a figure, of which thousands are kept; never anything that came from outside."""

    packed: bytes


class Answers:
    """What was computed before, by scope and plain parameters; it goes with the snapshot.

    A result is kept without what computed it: a kept closure would hold the rows of its mart. Whoever asks
    gets a frame, a table or a figure of his own; what else is kept is never changed. When they take more
    than `most` bytes, those that nobody asked for longest go.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[object, ...], tuple[object, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...], compute: Callable[[], T]) -> T:
        """The answer to a question."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        if found is not None:
            return cast(T, _unpacked(found[0]))
        answer = compute()
        kept = _packed(answer)
        size = _ENTRY + size_of(kept)
        with self._lock:
            self._bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = kept, size
            while self._bytes > self._most:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        return copy(answer)

    @property
    def bytes(self) -> int:
        """What the answers take, roughly."""
        return self._bytes

    @property
    def nearly_full(self) -> bool:
        """Whether more of them would soon push out others."""
        return self._bytes > self._most * 0.95

    def forget(self) -> None:
        """As if nobody had asked anything yet."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


def _packed(answer: object) -> object:
    if isinstance(answer, pl.DataFrame) or size_of(answer) < _PACKED:
        return answer
    return _Packed(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))


def _unpacked(kept: object) -> object:
    return pickle.loads(kept.packed) if isinstance(kept, _Packed) else copy(kept)


class Lasting(Answers):
    """Answers for one look after the other by the same hand, of which only what lasts is kept: of what a part
    of a page is put together from the part alone, and what others than this institution rest on.

    The rest would be most of the memory. It is remembered until the next look begins (`forget`).
    """

    def __init__(self, kept: Answers) -> None:
        super().__init__()
        self._lasting, self._inside = kept, 0

    def get(self, key: tuple[object, ...], compute: Callable[[], T]) -> T:
        if key[0] == PART:
            return self._lasting.get(key, lambda: self._part(compute))
        if key[0] in SHARED:
            return self._lasting.get(key, compute)
        if self._inside:
            return super().get(key, compute)
        return self._lasting.get(key, lambda: super(Lasting, self).get(key, compute))

    def _part(self, compute: Callable[[], T]) -> T:
        self._inside += 1
        try:
            return compute()
        finally:
            self._inside -= 1


def size_of(value: object) -> int:
    """The bytes of an answer, roughly: of a frame its rows and what each column takes beside them, of
    anything else what it is put together from, text and number twice where they stand in it twice.

    >>> size_of([1.0, 2.0]) - size_of([1.0])
    32
    """
    if isinstance(value, pl.DataFrame):
        return int(value.estimated_size()) + _COLUMN * value.width
    own = sys.getsizeof(value)
    if value is None or isinstance(value, str | int | float):
        return own
    if isinstance(value, Mapping):
        return own + sum(size_of(key) + size_of(each) for key, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return own + sum(map(size_of, value))
    if is_dataclass(value):
        return own + sum(size_of(getattr(value, each.name)) for each in fields(value))
    return own
