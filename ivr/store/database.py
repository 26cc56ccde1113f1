"""A database address enters; an engine with our tables in it leaves, or an error that says what
to do. SQLite on one machine, PostgreSQL (package `psycopg`) when several share the store.

SQLite runs in WAL mode, so that readers never wait for the writer, with synchronous=NORMAL: a
killed process loses nothing that was committed, a power cut may lose the last commits but never
damages the file. FULL would force a disk flush five times a second and process, which small
machines pay with stalls.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ivr.store import schema

LOCK_WAIT_MS = 2000
"""how long one attempt waits for another process's lock; the journal then tries again"""

_CREATE_ATTEMPTS = 10


class StoreError(Exception):
    """The database cannot be used; the message names it and the way out."""


def connect(address: str) -> Engine:
    """An engine whose database has the tables of this version (created if there are none).

    Raises StoreError for an address, folder, file or server that cannot be used.
    """
    url = _parsed(address)
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        _create_tables(engine)
        with engine.connect() as connection:
            version = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == "version"))
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(f"store.url {shown(url)}: {reason(error)}; {_way_out(url)}") from error
    if version != str(schema.VERSION):
        engine.dispose()
        raise StoreError(
            f"store.url {shown(url)}: its tables have version {version}, this program needs version "
            f"{schema.VERSION}; start the program that wrote them, or name another database in store.url"
        )
    return engine


def shown(url: URL) -> str:
    """The address without its password."""
    return url.render_as_string(hide_password=True)


def reason(error: Exception) -> str:
    """What the database said, without the statement, its values and PostgreSQL's further lines,
    which repeat them: they hold callers' numbers and words."""
    said = str(error.orig).splitlines() if isinstance(error, DBAPIError) else []
    return said[0] if said else type(error).__name__


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        # the address is not repeated: what cannot be parsed may hold a password
        raise StoreError(
            "store.url is not a database address; write sqlite:///var/ivr.db or "
            "postgresql://user:password@host/database"
        ) from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(
            f"store.url {shown(url)}: '{url.drivername}' is not supported; use sqlite or postgresql"
        )
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise StoreError(
            f"store.url {shown(url)}: a database in memory cannot be shared by processes; "
            "name a file, as in sqlite:///var/ivr.db"
        )
    return url


def _sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # numbers and words of callers: for our user only; the WAL file takes over the mode
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"store.url {shown(url)}: cannot open {path}: {error.strerror}; {_way_out(url)}"
        ) from error
    engine = create_engine(
        url,
        json_serializer=str,
        hide_parameters=True,
        connect_args={"timeout": LOCK_WAIT_MS / 1000},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _postgresql(url: URL) -> Engine:
    try:
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(
            url,
            json_serializer=str,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 5},
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StoreError(
            f"store.url {shown(url)}: PostgreSQL needs a driver: pip install 'psycopg[binary]'"
        ) from error


def _create_tables(engine: Engine) -> None:
    """Several processes start at once: who loses the race to create finds it done the next time."""
    for attempt in range(1, _CREATE_ATTEMPTS + 1):
        try:
            with engine.begin() as connection:
                schema.metadata.create_all(connection)
                if connection.scalar(select(schema.meta.c.key)) is None:
                    connection.execute(insert(schema.meta).values(key="version", value=str(schema.VERSION)))
            return
        except DBAPIError as error:
            if attempt == _CREATE_ATTEMPTS or not _may_be_a_race(error):
                raise
            time.sleep(0.05 * attempt)


def _may_be_a_race(error: DBAPIError) -> bool:
    said = str(error.orig).lower()
    return any(word in said for word in ("locked", "already exists", "unique", "duplicate"))


def _way_out(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        folder = Path(str(url.database)).absolute().parent
        return f"see that {folder} can be written and the file is an SQLite database, or change store.url"
    return "see that the server runs and lets this user in, or change store.url"
