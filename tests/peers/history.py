"""What a peer remembers: every message with its time, and what came back to each request."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.peers.sip_message import Address, Message


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the history."""

    at_ns: int
    sent: bool
    message: Message
    repeated: bool
    """a retransmission"""
    peer: Address

    def __str__(self) -> str:
        arrow = "-->" if self.sent else "<--"
        again = " (again)" if self.repeated else ""
        return f"{self.at_ns / 1e9:.3f} {arrow} {self.message.start_line} [{self.message['cseq']}]{again}"


@dataclass(slots=True)
class Exchange:
    """A request and what came back; after an authentication challenge, of the second try."""

    request: Message
    to: Address
    provisional: list[Message] = field(default_factory=list)
    final: Message | None = None
