"""Every test that takes `store_url` runs on SQLite and, where it is installed, on PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from ivr.events import CallFacts
from tests.free_ports import free_port


class PostgresqlServer:
    """A server of our own on a free loopback port, run by a user who is not root."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries, self._folder = binaries, folder
        self._user = "postgres" if os.getuid() == 0 else None
        self._numbers = count()
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "ivr", "--no-sync", "-E", "UTF8")
        self._port = free_port()
        self.start()

    def _run(self, command: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / command, *arguments],
            user=self._user, cwd=self._folder, check=True, capture_output=True, timeout=60,
        )  # fmt: skip

    def start(self) -> None:
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._binaries / "postgres", "-D", self._folder / "data", "-p", str(self._port),
                    *(word for setting in settings for word in ("-c", setting)),
                ],
                user=self._user, cwd=self._folder, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while True:
            try:
                return self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self._port))
            except subprocess.CalledProcessError:
                assert time.monotonic() < deadline, (self._folder / "log").read_text()
                assert self._process.poll() is None, (self._folder / "log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")
        self._process.wait(30)

    def new_database(self) -> str:
        name = f"ivr{next(self._numbers)}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self._port), "-U", "ivr", name)
        return f"postgresql://ivr@127.0.0.1:{self._port}/{name}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        pytest.skip("PostgreSQL's server is not installed (/usr/lib/postgresql/*/bin)")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("the PostgreSQL driver is not installed (pip install 'psycopg[binary]')")
    folder = Path(tempfile.mkdtemp(prefix="ivr-postgresql-"))  # pytest's own folders are for root only
    server = PostgresqlServer(binaries[-1], folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ivr.db"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def facts() -> Callable[..., CallFacts]:
    def make(call: str, node: str = "node0", caller: str = "5551234", called: str = "100") -> CallFacts:
        return CallFacts(call, f"{call}@far", node, "trunk", caller, called)

    return make
