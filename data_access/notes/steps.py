"""How the database of notes came to its form: one statement a step, noted in the database when it is done.

A step is never edited once it was released; what changes later is a step of its own.
"""

from datetime import UTC, datetime

import sqlalchemy
from sqlalchemy import Connection

from data_access.errors import DataError

TABLE = "cockpit_note_steps"
STEPS = (
    "create table cockpit_notes (id varchar(64) not null primary key, kind varchar(16) not null, "
    "metric varchar(200) not null, institution varchar(200) not null, first_day date not null, "
    "last_day date not null, state varchar(16) not null, owner varchar(100) not null, "
    "note varchar(500) not null, due_on date, version integer not null, author varchar(200) not null, "
    "changed_at varchar(32) not null)",
    # every state that a note ever had, so that each change keeps who made it and when
    "create table cockpit_note_changes (id varchar(64) not null, version integer not null, "
    "state varchar(16) not null, owner varchar(100) not null, note varchar(500) not null, due_on date, "
    "author varchar(200) not null, changed_at varchar(32) not null, primary key (id, version))",
    "create table cockpit_views (id varchar(64) not null primary key, reader_id varchar(64) not null, "
    "reader varchar(200) not null, name varchar(80) not null, page varchar(60) not null, "
    "query varchar(4000) not null, changed_at varchar(32) not null)",
    "create index cockpit_views_reader on cockpit_views (reader_id)",
    "create index cockpit_notes_open on cockpit_notes (state, last_day)",
)


def done(connection: Connection) -> int:
    """The last step that was done; 0 of a new database."""
    if not sqlalchemy.inspect(connection).has_table(TABLE):
        return 0
    return int(connection.exec_driver_sql(f"select coalesce(max(step), 0) from {TABLE}").scalar_one())


def refuse_newer(step: int) -> None:
    """A database that a newer version has changed is not touched."""
    if step > len(STEPS):
        raise DataError(
            "Notes and saved views are not shown: a newer version of the cockpit has changed their database "
            "(step {step}; this version knows {known}). Upgrade the cockpit, or restore the backup made "
            "before.",
            step=step,
            known=len(STEPS),
        )


def bring_up(connection: Connection) -> None:
    """Does the steps that are missing, in their order."""
    connection.exec_driver_sql(
        f"create table if not exists {TABLE} "
        "(step integer not null primary key, done_at varchar(32) not null)"
    )
    before = done(connection)
    refuse_newer(before)
    for number, statement in enumerate(STEPS[before:], before + 1):
        connection.exec_driver_sql(statement)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        connection.exec_driver_sql(f"insert into {TABLE} (step, done_at) values ({number}, '{now}')")
