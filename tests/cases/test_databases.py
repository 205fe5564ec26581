"""Databases that do not answer as they should: one sentence with its own remedy, and never a password."""

import socket
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_access.intake import connections

SECRET = "s3cr3t-word"
TABLE = '[tables.customer_months]\nsql = "select 1"\ndatabase = "crm"\n'


def said(bank: Any, more: str) -> tuple[int, str]:
    found = bank({}, {}, more)
    answer = found.run("check", "--config", found.config)
    text = answer.out + answer.err
    assert SECRET not in text
    return answer.code, text


@pytest.mark.parametrize(
    "more",
    [
        f'[databases]\ncrm = "postgresql://u:{SECRET}@h/d"\n',
        f'[databases.crm]\nuri = "postgresql://u:{SECRET}@h/d"\n',
        f'[databases.crm]\nurl = ["postgresql://u:{SECRET}@h/d"]\n',
        '[databases.crm]\nurl = ""\n',
    ],
)
def test_a_database_that_is_written_otherwise_is_one_sentence(more: str, bank: Any) -> None:
    code, text = said(bank, TABLE + more)
    assert code == 2
    assert "[databases.crm]" in text and "url" in text


def test_databases_that_are_no_settings_at_all_are_not_shown(bank: Any) -> None:
    found = bank({}, {})
    text = found.config.read_text("utf-8")
    found.config.write_text(f'databases = "postgresql://u:{SECRET}@h/d"\n{text}', encoding="utf-8")
    answer = found.run("check", "--config", found.config)
    assert answer.code == 2
    assert "databases" in answer.err and SECRET not in answer.err


@pytest.mark.parametrize(
    "url",
    [
        f"{SECRET}",
        f"postgresql//u:{SECRET}@h/d",
        f"postgresql://u:{SECRET}@h:port/d",
        f"{SECRET}://u:p@h/d",
        f"postgresql+{SECRET}://u:p@h/d",
        f"sqlite:///x.db?{SECRET}=1",
        f"mysql+pymysql://u:a/{SECRET}@h:33x/d",
    ],
)
def test_a_url_that_cannot_be_read_is_not_shown(url: str, bank: Any) -> None:
    code, text = said(bank, TABLE + f'[databases.crm]\nurl = "{url}"\n')
    assert code in (1, 2)
    assert "[databases.crm]" in text
    assert "Traceback" not in text


@pytest.fixture
def server() -> Iterator[int]:
    """A port on which somebody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


def driver(name: str, *refusal: object) -> types.ModuleType:
    """A driver that refuses every connection in the words of the real one."""
    fake = types.ModuleType(name)

    class Error(Exception):
        pass

    class OperationalError(Error):
        pass

    class ProgrammingError(Error):
        pass

    def connect(*_: object, **__: object) -> None:
        raise OperationalError(*refusal)

    vars(fake).update(
        __version__="2.9.9",
        VERSION=(1, 1, 0),
        paramstyle="pyformat",
        Error=Error,
        OperationalError=OperationalError,
        ProgrammingError=ProgrammingError,
        InterfaceError=ProgrammingError,
        InternalError=ProgrammingError,
        connect=connect,
        extensions=types.SimpleNamespace(),
        extras=types.SimpleNamespace(),
    )
    return fake


PG, MY = "psycopg2", "pymysql"


@pytest.mark.parametrize(
    ("name", "refusal", "remedy"),
    [
        (PG, (f'FATAL:  password authentication failed for user "{SECRET}"',), "refuses user or password"),
        (PG, (f'FATAL:  role "{SECRET}" does not exist',), "refuses user or password"),
        (PG, (f'FATAL:  database "{SECRET}" does not exist',), "knows no database"),
        (
            MY,
            (1045, f"Access denied for user '{SECRET}'@'h' (using password: YES)"),
            "refuses user or password",
        ),
        (MY, (1049, f"Unknown database '{SECRET}'"), "knows no database"),
        (PG, (f"something else about {SECRET}",), "cannot be opened (OperationalError)"),
    ],
)
def test_each_refusal_has_its_remedy(
    name: str,
    refusal: tuple[object, ...],
    remedy: str,
    bank: Any,
    server: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, name, driver(name, *refusal))
    dialect = "postgresql" if name == PG else "mysql"
    url = f"{dialect}+{name}://u:{SECRET}@127.0.0.1:{server}/d"
    code, text = said(bank, TABLE + f'[databases.crm]\nurl = "{url}"\n')
    assert (code, remedy in text) == (2, True), text


def test_a_closed_port_has_its_remedy(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    monkeypatch.setitem(sys.modules, PG, driver(PG, "connection refused"))
    url = f"postgresql+psycopg2://u:{SECRET}@127.0.0.1:{port}/d"
    code, text = said(bank, TABLE + f'[databases.crm]\nurl = "{url}"\n')
    assert (code, "nobody answers at its host and port" in text) == (2, True)


def test_a_database_that_refuses_to_be_only_read_is_one_sentence(
    bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that speaks a protocol and not all of its words."""
    (tmp_path / "x.sqlite").touch()
    monkeypatch.setitem(connections._AT_ONE_MOMENT, "sqlite", ("start transaction read only",))
    code, text = said(bank, TABLE + '[databases.crm]\nurl = "sqlite:///x.sqlite"\n')
    assert code == 2 and "[databases.crm]" in text
