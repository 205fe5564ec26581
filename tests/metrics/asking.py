"""Small banks written by hand, built, and looked at."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.subject import Period, Subject
from data_access.view.grants import CUSTOMERS, Grant, grant_of
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT
from tests.metrics.event_bank import TODAY, Delivery, write


@contextmanager
def built(
    made: Delivery, *subjects: Subject, policy: str = "", shuffle: int = 0, today: date = TODAY
) -> Iterator[Store]:
    """The delivery's snapshot, with the marts of these subjects."""
    with tempfile.TemporaryDirectory() as folder:
        config = read_config(write(made, Path(folder), policy, shuffle), CONTRACT)
        build(config, subjects, today, lambda _step, _share: None)
        yield open_store(config)


def by_hand(
    folder: Path,
    subjects: Sequence[Subject],
    tables: Mapping[str, str],
    settings: str = "",
    as_of: Mapping[str, date] | None = None,
) -> Store:
    """A bank written by hand: tables as CSV text with a comment after `#`, built and opened."""
    text = settings
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        plain = [line.partition("#")[0].replace(" ", "") for line in rows.strip().splitlines()]
        (folder / f"{name}.csv").write_text("\n".join(line for line in plain if line), encoding="utf-8")
        text += f'\n[tables.{name}]\ncsv = "{name}.csv"\n'
        text += f"as_of = {as_of[name]}\n" if as_of and name in as_of else ""
    (folder / "cockpit.toml").write_text(text, encoding="utf-8")
    config = read_config(folder / "cockpit.toml", CONTRACT)
    build(config, subjects, TODAY, lambda _step, _share: None)
    return open_store(config)


def look(
    store: Store,
    subjects: Sequence[Subject],
    node: int | str,
    first: date,
    last: date,
    *,
    grant: Grant | None = None,
    comparison: str = "year_start",
    without: tuple[int, ...] = (),
    **filters: str,
) -> View:
    """What a reader (without a grant of his own: of the whole bank) sees of an institution."""
    at = store.find(node) if isinstance(node, str) else node
    everything = grant_of(store.tree, [0], frozenset({CUSTOMERS}))
    when = Period(first, last)
    return View(
        scope=Scope(store=store, grant=grant or everything, node=at, without=without, filters=filters),
        subjects=tuple(subjects),
        period=when,
        comparison=comparison,
    )
