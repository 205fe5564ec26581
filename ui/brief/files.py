"""Reports of one institution, or of all below it, one file each; no browser takes part.

Each file is made with a grant for its own institution alone, so it can hold nobody else's numbers. Two
processes and more share the work; each opens the snapshot once.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, partial
from getpass import getuser
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from data_access import periods
from data_access.access.audit import Act, record
from data_access.errors import CallError, DataError
from data_access.intake.config import Config, read_config
from data_access.notes.database import NotesDatabase
from data_access.snapshot import current_id
from data_access.subject import Period
from data_access.view.grants import grant_for_file
from data_access.view.scope import Scope
from data_access.view.store import Store, by_tree, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from ui.base.link import NONE
from ui.base.offered import choices
from ui.base.words import LANGUAGES, speak, t
from ui.brief.compose import notes_told, report, row_count, taken_along
from ui.paper.model import Report
from ui.paper.pptx import pptx
from ui.paper.text import text
from ui.paper.xlsx import xlsx
from ui.parts.contents import covered
from ui.parts.key_figures import colours
from ui.review.page import OVERVIEW

LONGEST = 190  # bytes of id and name in a file's name: systems allow 255 with period, ending and draft
FORBIDDEN = '<>:"/\\|?*\n\r\t'  # in names of files, on any system


@dataclass(frozen=True)
class Asked:
    """What every report of a batch has in common."""

    config: Path
    snapshot: str | None
    period: Period
    comparison: str
    also: str
    language: str
    form: str
    earlier: bool  # the snapshot is not the live one
    user: str  # of the operating system, who asks at the terminal
    now: datetime
    tree: str = "now"  # or then: institutions where they hung on each day
    english: Mapping[str, str] = field(default_factory=dict, hash=False)  # the bank's own words


def ask(
    config: Config,
    store: Store,
    snapshot: str | None,
    period: str | None,
    comparisons: tuple[str, str],
    language: str,
    form: str,
    tree: str = "now",
) -> Asked:
    """The batch asked for; without a period the last month that all tables of the overview cover whole."""
    compare, also = comparisons
    for word, known in ((compare, periods.COMPARISONS), (also, (*periods.COMPARISONS, NONE))):
        if word not in known:
            raise CallError("“{word}” is no comparison. Known: {known}.", word=word, known=", ".join(known))
    if language not in LANGUAGES:
        raise CallError("--lang {lang}: write zh or en.", lang=language)
    first, whole, last = covered(OVERVIEW, store)
    chosen = periods.parse(period) if period else (choices(first, whole) or [Period(first, whole)])[0]
    if chosen.first < first or chosen.last > last:
        raise CallError("The data reaches from {first} to {last}.", first=first, last=last)
    earlier = snapshot is not None and store.id != current_id(config.snapshots)
    user, now = getuser(), datetime.now(ZoneInfo(config.timezone))
    also = also.replace(NONE, "")
    return Asked(
        config.path, snapshot, chosen, compare, also, language, form, earlier, user, now, tree, config.english
    )


def wanted_nodes(store: Store, node: int, *, children: bool, level: str | None, day: date) -> list[int]:
    """The institution itself, those below it, or all of a level below it; those closed by the day are not."""
    tree = store.tree
    if children and level:
        raise CallError("--children and --level exclude each other; name one.")
    if level:
        known = tree.levels_below(node)
        if level not in known:
            raise CallError(
                "--level {level}: below {institution} there is none. Known: {known}.",
                level=level,
                institution=tree.ids[node],
                known=", ".join(known),
            )
        found = tree.at_level(node, level)
    else:
        found = tree.children(node) if children else [node]
        if not found:
            raise CallError(
                "--children: {institution} has no institutions below.", institution=tree.ids[node]
            )
    open_ones = [at for at in found if at == node or (tree.closed[at] or date.max) > day]
    if not open_ones:
        raise CallError(
            "Below {institution} all {n} institutions were closed by {day}: there is no report to write. "
            "Name one with --institution, or an earlier --period.",
            institution=tree.ids[node],
            n=len(found),
            day=day,
        )
    return open_ones


def view_alone(store: Store, asked: Asked, node: int) -> View:
    """An institution as a file of its own may show it: by a grant for it and nothing else."""
    speak(asked.language, asked.english)
    return View(
        scope=Scope(store=store, grant=grant_for_file(store.tree, node), node=node, filters={}),
        subjects=SUBJECTS,
        period=asked.period,
        comparison=asked.comparison,
        language=asked.language,
        also=asked.also,
    )


def content(store: Store, config: Config, asked: Asked, node: int) -> bytes:
    """One report, with a grant for this institution and nothing else; without its record there is none."""
    view = view_alone(store, asked, node)
    marks = [t("Earlier snapshot {id}", id=store.id)] if asked.earlier else []
    marks += [t("Institutions as then")] if store.part else []
    notes = notes_told(view, NotesDatabase(config), asked.now.date()) if asked.form == "text" else ()
    found = report(view, tuple(marks), taken_along(view, asked.user, asked.now), notes)
    made = _formed(found, view, config, asked.form)
    record(
        config,
        Act.export,
        asked.user,
        institution=store.tree.ids[node],
        page="brief",
        period=str(asked.period),
        snapshot=store.id,
        form=asked.form,
        rows=row_count(found),
        bytes=len(made),
        customers="masked",
    )
    return made


def _formed(found: Report, view: View, config: Config, form: str) -> bytes:
    if form == "text":
        return text(found).encode()
    if form == "xlsx":
        return xlsx(found)
    name = view.store.policy.template
    return pptx(found, config.folder / name if name else None, colours(view))


def file_name(store: Store, asked: Asked, node: int, period: str) -> str:
    """Id, name and period: what the file is, without opening it.

    A name that file systems refuse for its length is cut, with a mark that keeps it apart from others.
    """
    names = store.tree.names if asked.language == "zh" else store.tree.names_en
    whole = f"{store.tree.ids[node]}_{names[node]}"
    if len(whole.encode()) > LONGEST:
        mark = sha256(whole.encode()).hexdigest()[:8]
        whole = whole.encode()[: LONGEST - len(mark) - 1].decode(errors="ignore") + f"~{mark}"
    clean = "".join("_" if sign in FORBIDDEN else sign for sign in f"{whole}_{period}")
    return f"{clean}.{'txt' if asked.form == 'text' else asked.form}"


def write_all(
    store: Store,
    asked: Asked,
    nodes: list[int],
    out: Path,
    period: str,
    progress: Callable[[str, float], None],
) -> list[Path]:
    """Writes a file per institution; each is whole or not there."""
    out.mkdir(parents=True, exist_ok=True)
    jobs = [(node, out / file_name(store, asked, node, period)) for node in nodes]
    written = []
    for path in _made(asked, jobs):
        written.append(path)
        progress("brief", len(written) / len(jobs))
    return written


def _made(asked: Asked, jobs: list[tuple[int, Path]]) -> Iterator[Path]:
    """Paths as they are written. A process that dies takes its pool along: the rest is tried once more."""
    done: set[Path] = set()
    try:
        for path in _pooled(asked, jobs):
            done.add(path)
            yield path
    except BrokenProcessPool:
        try:
            yield from _pooled(asked, [job for job in jobs if job[1] not in done])
        except BrokenProcessPool as error:
            raise DataError(
                "A process that wrote reports was ended from outside. The files that are there are whole; "
                "free some memory and call again."
            ) from error


def _pooled(asked: Asked, jobs: list[tuple[int, Path]]) -> Iterator[Path]:
    write = partial(_write, asked)
    if len(jobs) < 4:  # not worth starting processes
        yield from map(write, jobs)
        return
    workers = min(os.cpu_count() or 1, len(jobs))
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # each process has a core; threads would only wait
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(write, jobs, chunksize=4)


@cache
def _opened(asked: Asked) -> tuple[Config, Store]:
    """The snapshot, once per process."""
    logging.disable(logging.WARNING)  # Streamlit remarks at every text that there is no page
    config = read_config(asked.config, CONTRACT)
    return config, by_tree(open_store(config, asked.snapshot), asked.tree)


def _write(asked: Asked, job: tuple[int, Path]) -> Path:
    node, path = job
    config, store = _opened(asked)
    made = content(store, config, asked, node)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(made)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
