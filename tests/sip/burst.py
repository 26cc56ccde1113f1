"""Many INVITEs from one UDP socket, faster than a telephone dials; statuses come back."""

from __future__ import annotations

import select
import socket
import time
from types import TracebackType
from typing import Self

from tests.peers.sdp import Sdp
from tests.peers.sip_message import Message, SipError, new_branch, new_tag, parse, request, response, uri_of


class Burst:
    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._server = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((host, 0))
        self.own: tuple[str, int] = self._socket.getsockname()

    def invitation(self) -> Message:
        host, port = self.own
        call_id = new_tag()
        headers = [
            ("Via", f"SIP/2.0/UDP {host}:{port};rport;branch={new_branch()}"),
            ("From", f"<sip:burst@{host}:{port}>;tag={new_tag()}"),
            ("To", f"<sip:8000@127.0.0.1:{self._server[1]}>"),
            ("Call-ID", call_id),
            ("CSeq", "1 INVITE"),
            ("Contact", f"<sip:burst@{host}:{port}>"),
            ("Max-Forwards", "70"),
            ("Content-Type", "application/sdp"),
        ]
        return request("INVITE", headers[2][1][1:-1], headers, Sdp(host, 30000, ("PCMU",)).encode())

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self._server)

    def invite(
        self,
        count: int,
        within_s: float,
        *,
        cancel: bool = False,
        acknowledge: bool = True,
        deadline_s: float = 15.0,
    ) -> list[int]:
        """Final status of each INVITE, once all have one; calls that are taken are hung up at once.
        `cancel`: a CANCEL follows each INVITE, which may come too late (200)."""
        self._acknowledge = acknowledge
        waiting: dict[str, Message] = {}
        statuses: dict[str, int] = {}
        begin_s = time.monotonic()
        for number in range(count):
            invite = self.invitation()
            waiting[invite.call_id] = invite
            self.send(invite.encode())
            if cancel:
                self.send(_follow_up(invite, "CANCEL", invite["to"]).encode())
            next_s = begin_s + within_s * (number + 1) / count
            while (left_s := next_s - time.monotonic()) > 0:
                self._collect(waiting, statuses, left_s)
        repeat_s = time.monotonic() + 0.5
        while len(statuses) < count:
            self._collect(waiting, statuses, 0.1)
            if time.monotonic() > repeat_s:  # timer A: a packet may be lost
                repeat_s = time.monotonic() + 0.5
                for call_id in waiting.keys() - statuses.keys():
                    self.send(waiting[call_id].encode())
            assert time.monotonic() < begin_s + deadline_s, f"{count - len(statuses)} of {count} not answered"
        return list(statuses.values())

    def answer_byes(self, quiet_s: float) -> None:
        """Reads all that comes and answers each BYE, until nothing has come for a while."""
        while select.select([self._socket], [], [], quiet_s)[0]:
            data = self._socket.recv(65535)
            if data.startswith(b"BYE "):
                self.send(response(parse(data), 200).encode())

    def offer(self, sdp: bytes, deadline_s: float = 15.0) -> int:
        """One whole call with that offer: its final status, acknowledged, and hung up if it was taken."""
        invite = self.invitation()
        invite.body = sdp
        self.send(invite.encode())
        final = self._final(invite, deadline_s)
        if final.status >= 300:
            self.send(_follow_up(invite, "ACK", final["to"]).encode())
            return final.status
        self._hang_up(invite, final)
        return final.status

    def _hang_up(self, invite: Message, accepted: Message) -> None:
        """ACK and BYE of a call that was taken."""
        for number, method in ((1, "ACK"), (2, "BYE")):
            headers = [(n, v) for n, v in invite.headers if n in ("From", "Call-ID", "Max-Forwards")]
            via = ("Via", f"SIP/2.0/UDP {self.own[0]}:{self.own[1]};rport;branch={new_branch()}")
            headers += [via, ("To", accepted["to"]), ("CSeq", f"{number} {method}")]
            self.send(request(method, uri_of(accepted["contact"]), headers).encode())

    def _final(self, invite: Message, deadline_s: float) -> Message:
        """The final response to that one INVITE."""
        end_s = time.monotonic() + deadline_s
        while (left_s := end_s - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left_s)[0]:
                break
            message = parse(self._socket.recv(65535))
            if not message.is_request and message.call_id == invite.call_id and message.status >= 200:
                return message
        raise TimeoutError(f"no answer to the offer within {deadline_s} s: {invite.body!r}")

    def _collect(self, waiting: dict[str, Message], statuses: dict[str, int], timeout_s: float) -> None:
        if not select.select([self._socket], [], [], timeout_s)[0]:
            return
        try:
            message = parse(self._socket.recv(65535))
        except SipError:
            return
        if message.is_request or message.method != "INVITE" or message.status < 200:
            return
        statuses[message.call_id] = message.status
        if message.status < 300:
            self._hang_up(waiting[message.call_id], message)
        elif self._acknowledge:
            self.send(_follow_up(waiting[message.call_id], "ACK", message["to"]).encode())

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _follow_up(invite: Message, method: str, to: str) -> Message:
    """CANCEL, or the ACK of a refusal: the INVITE's own branch (RFC 3261, sections 9.1 and 17.1.1.3)."""
    headers = [(n, v) for n, v in invite.headers if n in ("Via", "From", "Call-ID", "Max-Forwards")]
    return request(method, invite.uri, [*headers, ("To", to), ("CSeq", f"1 {method}")])
