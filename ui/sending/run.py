"""One run: every recipient once a snapshot, each by himself. What fails for one does not stop the others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from getpass import getuser
from typing import Any

import polars as pl

from data_access.access.audit import Act, record
from data_access.access.send import Send
from data_access.access.settings import Address
from data_access.errors import CockpitError, DataError
from data_access.intake.config import Config
from data_access.view.register import Register
from data_access.view.store import Store
from ui.brief.compose import report, row_count, taken_along
from ui.brief.files import Asked, view_alone
from ui.sending.failures import Unreachable, Unsure
from ui.sending.mail import deliver, mail_of
from ui.sending.memory import OPEN, SENT, Key, Memory
from ui.sending.message import MAIL, message_of, worded
from ui.sending.recipients import TO, Recipient, way_of
from ui.sending.robots import Pace, post

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What all sendings of a run have in common. `again`: also what may have arrived already."""

    config: Config
    send: Send
    address: Address
    store: Store
    register: Register
    asked: Asked
    memory: Memory
    again: bool = False
    dry: bool = False
    pace: Pace = field(default_factory=Pace)
    shut: dict[str, Unreachable] = field(default_factory=dict)  # ways that were found shut


def send_all(run: Run, found: list[Recipient], tell: Tell, complain: Tell) -> int:
    """Sends to each; says of each what became of it. Returns how many failed."""
    failed = 0
    for one in found:
        who = f"{one.user} · {run.store.tree.ids[one.node]} · {one.address}"
        try:
            tell(f"{_send(run, one)}: {who}")
        except CockpitError as error:
            failed += 1
            complain(f"not sent: {who}: {error}")
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            failed += 1
            complain(f"not sent: {who}: reading or writing failed ({type(error).__name__}). Send again.")
    return failed


def _send(run: Run, one: Recipient) -> str:
    """What became of one recipient, in a word or, in a dry run, in the whole text."""
    way = way_of(run.send, one, run.store.tree, run.register)
    key = (run.store.id, run.store.tree.ids[one.node], one.address)
    state = run.memory.state(key)
    if state == SENT:
        return "sent before"
    if state == OPEN and not run.again:
        raise DataError(
            "It was handed over before, and whether it arrived is not known. Ask the recipient; --again "
            "sends it once more."
        )
    if run.dry:
        _record(run, Act.export, getuser(), one, way, key, page="brief")
        return f"would be sent, as {way}:\n\n{_composed(run, one, way)[1]}\n\nto"
    if shut := run.shut.get(_shutter(one, way)):
        raise shut
    _hand_over(run, one, way, key)
    return "sent"


def _composed(run: Run, one: Recipient, way: str) -> tuple[str, str, int]:
    """Title and text of what one recipient is told, and the rows that the whole report holds."""
    view = view_alone(run.store, run.asked, one.node)
    made = report(view, (), taken_along(view, one.user, run.asked.now, sent=True))
    message = message_of(made, view, run.address)
    return message.title, worded(message, way), row_count(made)


def _hand_over(run: Run, one: Recipient, way: str, key: Key) -> None:
    """Recorded and noted before it leaves. Only what surely was not taken may be sent again."""
    title, text, rows = _composed(run, one, way)
    size = len(text.encode())
    _record(run, Act.send, one.user, one, way, key, by=getuser(), rows=rows, bytes=size, customers="masked")
    before = run.memory.state(key)
    run.memory.note(key, OPEN)
    try:
        _by_way(run, one, way, title, text, key)
    except Unsure:
        _record(run, Act.send, one.user, one, way, key, by=getuser(), outcome="not known")
        raise
    except CockpitError as error:
        run.memory.note(key, before)
        _record(run, Act.send, one.user, one, way, key, by=getuser(), outcome="not sent")
        if isinstance(error, Unreachable):
            run.shut[_shutter(one, way)] = error
        raise
    run.memory.note(key, SENT)


def _by_way(run: Run, one: Recipient, way: str, title: str, text: str, key: Key) -> None:
    folder = run.config.folder
    if way == MAIL:
        to = one.address.removeprefix(TO)
        mail = mail_of(run.send, to, title, text, " ".join(key), run.asked.now)
        deliver(run.send, folder, to, mail)
    else:
        robot = run.send.robots[one.address]
        post(one.address, robot, folder, title, text, run.send.seconds, run.pace)


def _shutter(one: Recipient, way: str) -> str:
    """What is shut together: all mail, or one robot."""
    return MAIL if way == MAIL else one.address


def _record(run: Run, act: Act, user: str, one: Recipient, way: str, key: Key, **words: Any) -> None:
    record(
        run.config,
        act,
        user,
        institution=key[1],
        period=str(run.asked.period),
        snapshot=key[0],
        form=way,
        what=one.address,
        **words,
    )
