"""The application, without sockets:

request -> idempotency key seen? -> route -> handler, one transaction -> audit -> answer
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from urllib.parse import unquote

from examples.loan_backend import cards, identity, loans, orders, payments, profile, seed, staff
from examples.loan_backend.schema import TABLES
from examples.loan_backend.web import ApiError, Handler, Request, Response, Routes

ROUTES: Routes = (
    profile.ROUTES
    | identity.ROUTES
    | loans.ROUTES
    | payments.ROUTES
    | cards.ROUTES
    | orders.ROUTES
    | staff.ROUTES
)
OPENS = time_of_day(10)
LONGEST_KEY = 200


def clock_from(today: date) -> Callable[[], datetime]:
    """A clock that starts at ten o'clock of a day and runs."""
    start, began_s = datetime.combine(today, OPENS), time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began_s)


class LoanBackend:
    """Customers made from a seed relative to `today`, unless the database has some already.

    `clock` gives local time (without it: ten o'clock of `today`, running); `test_switch` opens /outbox.
    """

    def __init__(
        self,
        database: str | Path = ":memory:",
        today: date | None = None,
        seed_number: int = 0,
        *,
        customers: int = 200,
        clock: Callable[[], datetime] | None = None,
        test_switch: bool = False,
    ) -> None:
        today = today or date.today()
        self.clock = clock or clock_from(today)
        self.routes = ROUTES | (staff.TEST_ROUTES if test_switch else {})
        self.lock = threading.Lock()
        self.db = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
        )
        if not self.db.execute("SELECT 1 FROM sqlite_master").fetchone():
            with self.transaction():
                for table in filter(str.strip, TABLES.split(";")):
                    self.db.execute(table)
                seed.fill(self.db, today, seed_number, customers)

    def close(self) -> None:
        self.db.close()

    def handle(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        *,
        key: str | None = None,
    ) -> Response:
        """Answers one request; `key` is its Idempotency-Key: a repeated one gets the first answer."""
        with self.lock:
            if method != "POST":
                return self._answer(method, path, query or {}, body or {})
            with self.transaction():
                return self._once(path, query or {}, body or {}, key)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def _once(
        self, path: str, query: Mapping[str, str], body: Mapping[str, object], key: str | None
    ) -> Response:
        if key is None:
            return self._audited(path, query, body)
        if not 0 < len(key) <= LONGEST_KEY:
            return ApiError(
                400, "wrong_key", f"an Idempotency-Key has 1 to {LONGEST_KEY} characters"
            ).response
        asked = json.dumps([path, dict(query), dict(body)], sort_keys=True)
        digest = hashlib.sha256(asked.encode()).hexdigest()
        first = self.db.execute("SELECT * FROM answers WHERE key = ?", (key,)).fetchone()
        if first and first["request"] != digest:
            return ApiError(422, "key_reused", "this Idempotency-Key belongs to another request").response
        if first:
            return Response(first["status"], json.loads(first["json"]))
        answer = self._audited(path, query, body)
        values = (key, digest, answer.status, json.dumps(answer.json, ensure_ascii=False), self._at())
        self.db.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", values)
        return answer

    def _audited(self, path: str, query: Mapping[str, str], body: Mapping[str, object]) -> Response:
        self.db.execute("SAVEPOINT handler")
        answer = self._answer("POST", path, query, body)
        call = str(body.get("call") or "")[:100].encode(errors="replace").decode() or None
        values = (self._at(), path[:200], answer.status, call, answer.note)
        sql = "INSERT INTO audit (at, path, status, call, note) VALUES (?, ?, ?, ?, ?)"
        self.db.execute(sql, values)
        return answer

    def _answer(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object]
    ) -> Response:
        try:
            handler, place = find(self.routes, method, path)
            return handler(Request(self.db, self.clock(), place, query, body))
        except ApiError as error:
            if method == "POST":
                self.db.execute("ROLLBACK TO handler")
            return error.response

    def _at(self) -> str:
        return self.clock().isoformat(timespec="seconds")


def find(routes: Routes, method: str, path: str) -> tuple[Handler, str]:
    """The handler of a path, and what stands where its route has braces."""
    parts = path.strip("/").split("/")
    place = ""
    if len(parts) > 1 and f"{method} {path}" not in routes:
        at = 2 if parts[1] == "by-number" and len(parts) > 2 else 1
        place, parts[at] = unquote(parts[at]), "{}"
    template = "/" + "/".join(parts)
    if handler := routes.get(f"{method} {template}"):
        return handler, place
    if any(route.partition(" ")[2] == template for route in routes):
        raise ApiError(405, "wrong_method", f"{method} is not possible here")
    raise ApiError(404, "unknown_path", "there is no such path")
