"""A caller of the running server: a real telephone (tests.peers) that knows when to speak, and
looks into the server's journal to see what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from ivr.events import JournalEntry, Kind
from tests.peers.called_side import Behaviour
from tests.peers.heard import wait_speech
from tests.peers.raw_phone import RawPhone
from tests.running_server import RunningServer, wait_until


class Caller:
    def __init__(
        self, server: RunningServer, behaviour: Behaviour | None = None, user: str = "caller"
    ) -> None:
        self.server = server
        self.phone = RawPhone(behaviour=behaviour, user=user)
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.phone.close()

    @property
    def call_id(self) -> str:
        assert self.phone.dialog
        return self.phone.dialog.call_id

    def dial(self, number: str = "8000") -> Self:
        """Returns when the greeting is heard."""
        self.phone.call(self.server.uri.replace("8000", number))
        assert self.phone.wait_answer().status == 200
        wait_speech(self.phone.rtp, 0)
        return self

    def wait(self, kind: Kind, deadline_s: float = 20.0, **data: Any) -> JournalEntry:
        """The next entry of that kind, and with that data, after those waited for so far."""

        def found() -> JournalEntry | None:
            for entry in self.entries()[self._seen :]:
                if entry.kind is kind and data.items() <= entry.data.items():
                    return entry
            return None

        try:
            entry = wait_until(found, deadline_s, f"{kind.value} {data}")
        except TimeoutError as error:
            raise AssertionError(f"{error}; the journal has\n{shown(self.entries())}") from error
        self._seen = entry.seq + 1
        return entry

    def wait_quiet(self) -> None:
        """Until the bot has asked something, said all, and listens. The next `wait` looks at what
        comes after that."""

        def listening() -> int | None:
            entries = self.entries()[self._seen :]
            open_prompts: set[int] = set()
            listens = False
            for entry in entries:
                if entry.kind is Kind.LISTEN:
                    listens = True
                elif entry.kind is Kind.PROMPT_STARTED:
                    open_prompts.add(entry.data["prompt"])
                elif entry.kind is Kind.PROMPT_ENDED:
                    open_prompts.discard(entry.data["prompt"])
            last = entries[-1].kind if entries else None
            return len(entries) if listens and not open_prompts and last is Kind.PROMPT_ENDED else None

        self._seen += wait_until(listening, 30.0, f"the bot to listen\n{shown(self.entries())}")

    def entries(self) -> list[JournalEntry]:
        return self.server.journal_so_far(self.call_id)

    def end(self) -> list[JournalEntry]:
        """Hang up; the whole journal."""
        self.phone.bye()
        return self.server.journal(self.call_id)


def shown(entries: Sequence[JournalEntry]) -> str:
    return "\n".join(f"{entry.seq:3} {entry.at:5} {entry.kind.value} {entry.data}" for entry in entries)


def of(entries: Sequence[JournalEntry], kind: Kind) -> list[dict[str, Any]]:
    return [entry.data for entry in entries if entry.kind is kind]
