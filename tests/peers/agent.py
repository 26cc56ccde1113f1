"""The transaction layer of a peer (RFC 3261, section 17): requests out, final responses back, a history.

One thread reads the socket and runs the retransmission timers; everything else happens in the
caller's thread. Subclasses say what a request or a response means.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from tests.peers.clock import monotonic_ns
from tests.peers.digest import Credentials, authorization
from tests.peers.history import Entry, Exchange
from tests.peers.sip_message import Address, Headers, Message, SipError, new_branch, parse, response
from tests.peers.timers import GIVE_UP_S, T2_S, Timers
from tests.peers.transport import Kind, Transport


class SipAgent:
    """A UDP or TCP socket that speaks SIP."""

    def __init__(
        self,
        *,
        user: str = "peer",
        transport: Kind = "udp",
        host: str = "127.0.0.1",
        listen_port: int = 0,
        credentials: Credentials | None = None,
    ) -> None:
        self.user, self.credentials = user, credentials
        self.silent = False
        """True: whatever arrives goes to the history and gets no answer"""
        self.history: list[Entry] = []
        self.unparsable: list[bytes] = []
        self.transport = Transport(transport, host, listen_port)
        self._changed = threading.Condition(threading.RLock())
        self._timers = Timers(self.transport.wake)
        self._exchanges: dict[tuple[str, str], Exchange] = {}
        self._replies: dict[tuple[str, str, int], Message | None] = {}
        self._seen_requests: set[tuple[str, str, int]] = set()
        self._seen_responses: set[tuple[str, str, int]] = set()
        self._cseq = 0
        self._closing = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"sip {user}", daemon=True)
        self._thread.start()

    @property
    def address(self) -> Address:
        return self.transport.address

    @property
    def uri(self) -> str:
        """Where to call this peer."""
        host, port = self.address
        return f"sip:{self.user}@{host}:{port}" + (";transport=tcp" if self.transport.kind == "tcp" else "")

    def wait_for(self, predicate: Callable[[Entry], bool], deadline_s: float = 10.0, since: int = 0) -> Entry:
        """The first history entry (from index `since` on) that satisfies; TimeoutError with the history."""
        found: list[Entry] = []

        def search() -> bool:
            found[:] = [entry for entry in self.history[since:] if predicate(entry)][:1]
            return bool(found)

        self._await(search, deadline_s, "a message")
        return found[0]

    def wait_request(self, method: str, deadline_s: float = 10.0, since: int = 0) -> Message:
        """The first request of that method that arrived."""
        return self.wait_for(lambda e: not e.sent and e.message.is_request and e.message.method == method,
                             deadline_s, since).message  # fmt: skip

    def received(self, method: str) -> list[Message]:
        """Requests of that method so far, without retransmissions."""
        arrived = [e.message for e in self.history if not e.sent and not e.repeated]
        return [message for message in arrived if message.is_request and message.method == method]

    def send_raw(self, data: bytes, to: Address) -> None:
        """Any bytes from the SIP port, outside of every transaction and of the history."""
        with self._changed:
            self.transport.send(data, to)

    def close(self) -> None:
        """End the thread, close the sockets; raises what went wrong in the thread."""
        if not self._closing:
            self._closing = True
            self.transport.wake()
            self._thread.join()
            self.transport.close()
        if self._failure is not None:
            raise RuntimeError("the peer itself failed") from self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()

    # --- for subclasses ---------------------------------------------------------------------

    def on_request(self, message: Message, source: Address) -> None:
        """A new request (not ACK twice, not a retransmission); the lock is held."""
        raise NotImplementedError

    def on_response(self, exchange: Exchange, message: Message) -> None:
        """A response, also a repeated 2xx to INVITE; the lock is held."""

    def _next_cseq(self) -> int:
        self._cseq += 1
        return self._cseq

    def _via(self, branch: str) -> tuple[str, str]:
        host, port = self.address
        return "Via", f"SIP/2.0/{self.transport.kind.upper()} {host}:{port};rport;branch={branch}"

    def _send_request(self, message: Message, to: Address) -> Exchange:
        """Begin a client transaction."""
        with self._changed:
            exchange = Exchange(message, to)
            self._launch(exchange)
            return exchange

    def _complete(self, exchange: Exchange, deadline_s: float = 10.0) -> Message:
        """The final response."""
        self._await(
            lambda: exchange.final is not None, deadline_s, f"the end of {exchange.request.start_line}"
        )
        assert exchange.final
        return exchange.final

    def _transmit(self, message: Message, to: Address, repeated: bool = False) -> None:
        with self._changed:
            self.transport.send(message.encode(), to)
            self.history.append(Entry(monotonic_ns(), True, message, repeated, to))
            self._changed.notify_all()

    def _reply(
        self, to: Message, source: Address, status: int, *, tag: str = "", headers: Headers | None = None,
        body: bytes = b"",
    ) -> Message:  # fmt: skip
        """Send a response and keep it for retransmissions of the request."""
        message = response(to, status, tag=tag, headers=headers or (), body=body)
        self._replies[_request_key(to)] = message
        self._transmit(message, source)
        final_to_invite = to.method == "INVITE" and status >= 200
        # Over TCP only the 2xx repeats (section 13.3.1.4): it crosses proxies end to end.
        if final_to_invite and (self.transport.kind == "udp" or status < 300):
            self._timers.repeat(
                ("ack", to.call_id, to.cseq[0]), lambda: self._transmit(message, source, repeated=True)
            )
        return message

    def _await(self, condition: Callable[[], bool], deadline_s: float, what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, deadline_s):
                past = "\n  ".join(map(str, self.history)) or "nothing"
                raise TimeoutError(f"waited {deadline_s} s for {what}; {self.user} has seen:\n  {past}")

    # --- the reader thread ------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._closing:
                with self._changed:
                    idle_s = self._timers.run()
                for data, source in self.transport.receive(idle_s):
                    with self._changed:
                        self._arrive(data, source)
                        self._changed.notify_all()
        except BaseException as error:  # shown by close(); a dead reader must not look like a quiet peer
            self._failure = error

    def _arrive(self, data: bytes, source: Address) -> None:
        try:
            message = parse(data)
        except SipError:
            self.unparsable.append(data)
            return
        if message.is_request:
            self._arrive_request(message, source)
        else:
            self._arrive_response(message, source)

    def _arrive_request(self, message: Message, source: Address) -> None:
        key = _request_key(message)
        repeated = key in self._seen_requests
        self._seen_requests.add(key)
        self.history.append(Entry(monotonic_ns(), False, message, repeated, source))
        if self.silent:
            return
        if message.method == "ACK":
            self._timers.settle(("ack", message.call_id, message.cseq[0]))
        if key not in self._replies:
            self._replies[key] = None
            self.on_request(message, source)
        elif (answer := self._replies[key]) is not None:
            self._transmit(answer, source, repeated=True)

    def _arrive_response(self, message: Message, source: Address) -> None:
        key = (message.branch, message.cseq[1])
        seen = (*key, message.status)
        repeated = seen in self._seen_responses
        self._seen_responses.add(seen)
        self.history.append(Entry(monotonic_ns(), False, message, repeated, source))
        exchange = self._exchanges.get(key)
        if self.silent or exchange is None:
            return
        self._timers.settle(key)
        if message.status < 200:
            exchange.provisional.append(message)
            self.on_response(exchange, message)
            return
        if message.method == "INVITE" and message.status >= 300:
            self._transmit(_negative_ack(exchange.request, message), exchange.to, repeated)
        if repeated and message.status >= 300:
            return
        if message.status in (401, 407) and self._authorise(exchange, message):
            return
        self.on_response(exchange, message)
        exchange.final = exchange.final or message

    def _launch(self, exchange: Exchange) -> None:
        message = exchange.request
        key = (message.branch, message.method)
        self._exchanges[key] = exchange
        self._transmit(message, exchange.to)
        if self.transport.kind == "udp":
            ceiling_s = GIVE_UP_S if message.method == "INVITE" else T2_S
            self._timers.repeat(key, lambda: self._transmit(message, exchange.to, repeated=True), ceiling_s)

    def _authorise(self, exchange: Exchange, challenged: Message) -> bool:
        """Answer a challenge once, with a new CSeq and branch (RFC 3261, section 22.2)."""
        if (
            self.credentials is None
            or exchange.request.get("authorization")
            or exchange.request.get("proxy-authorization")
        ):
            return False
        old = exchange.request
        proxy = challenged.status == 407
        value = authorization(
            challenged["proxy-authenticate" if proxy else "www-authenticate"],
            self.credentials,
            old.method,
            old.uri,
        )
        kept = [(name, text) for name, text in old.headers if name not in ("Via", "CSeq")]
        headers = [self._via(new_branch()), ("CSeq", f"{self._next_cseq()} {old.method}"), *kept]
        headers.append(("Proxy-Authorization" if proxy else "Authorization", value))
        exchange.request = Message(old.start_line, headers, old.body)
        self._launch(exchange)
        return True


def _request_key(message: Message) -> tuple[str, str, int]:
    return message.branch, message.method, message.cseq[0]


def _negative_ack(invite: Message, final: Message) -> Message:
    """ACK of a final response other than 2xx (RFC 3261, section 17.1.1.3)."""
    headers: Iterable[tuple[str, str]] = [
        ("Via", invite["via"]),
        ("From", invite["from"]),
        ("To", final["to"]),
        ("Call-ID", invite.call_id),
        ("CSeq", f"{invite.cseq[0]} ACK"),
        ("Max-Forwards", "70"),
        *[("Route", route) for route in invite.all("route")],
    ]
    return Message(f"ACK {invite.uri} SIP/2.0", list(headers))
