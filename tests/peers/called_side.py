"""What a telephone does by itself: answers calls and requests inside a call, and keeps the media going."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tests.peers.agent import SipAgent
from tests.peers.dialog import Dialog
from tests.peers.digest import Credentials
from tests.peers.history import Exchange
from tests.peers.rtp import RtpEndpoint
from tests.peers.sdp import MIRRORED, Codec, Direction, Sdp, parse_sdp
from tests.peers.sip_message import Address, Headers, Message, new_branch, new_tag, parameter, request, uri_of
from tests.peers.transport import Kind

State = Literal["idle", "calling", "ringing", "up", "ended"]
ALLOW = ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, REFER, NOTIFY")


@dataclass(slots=True)
class Behaviour:
    """How a phone treats what it receives; may be changed while it runs."""

    invite_status: int | None = 200
    """final answer to a call: 200, 486, 603, 480 ...; None never answers"""
    ring: bool = True
    """180 first"""
    answer_after_s: float = 0.0
    send_ack: bool = True
    """False: a 2xx to our INVITE never gets its ACK"""
    refer_status: int = 202
    refer_outcome: int | None = 200
    """status that the NOTIFY after a REFER reports (RFC 3515); None reports nothing"""
    reinvite_status: int = 200
    """answer to a re-INVITE or UPDATE: 200, 488, 491 ..."""
    answer_sdp: bytes | None = None
    """in place of a true session description in our answers"""


class CalledSide(SipAgent):
    """One telephone with one call at a time; a second caller gets 486."""

    def __init__(
        self,
        listen_port: int = 0,
        behaviour: Behaviour | None = None,
        *,
        user: str = "phone",
        transport: Kind = "udp",
        host: str = "127.0.0.1",
        codecs: tuple[Codec, ...] = ("PCMU",),
        credentials: Credentials | None = None,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.codecs = codecs
        self.rtp = RtpEndpoint(host)
        self.state: State = "idle"
        self.dialog: Dialog | None = None
        self.remote_sdp: Sdp | None = None
        self.direction: Direction = "sendrecv"
        """ours, as last described"""
        self.info_keys = ""
        """keys received by SIP INFO (application/dtmf-relay or application/dtmf)"""
        self.end_status = 0
        """why the last call ended: 200 for a BYE, otherwise the final status of the INVITE"""
        self._sdp_version = 0
        self._incoming: tuple[Message, Address] | None = None
        """the INVITE that we have not answered yet"""
        super().__init__(
            user=user, transport=transport, host=host, listen_port=listen_port, credentials=credentials
        )

    @property
    def contact(self) -> tuple[str, str]:
        return "Contact", f"<{self.uri}>"

    @property
    def refer_targets(self) -> list[str]:
        """Where REFERs wanted our calls to go."""
        return [uri_of(message["refer-to"]) for message in self.received("REFER")]

    def answer(self, status: int = 200) -> None:
        """Answer the ringing call now."""
        with self._changed:
            if self._incoming is None or self.dialog is None:
                return
            invite, source = self._incoming
            self._incoming = None
            if status < 300 and not self._acceptable(invite):
                status = 488
            if status >= 300:
                self._reply(invite, source, status, tag=self.dialog.local_tag)
                self._end(status)
                return
            body = self._answer_body(invite)
            headers = [self.contact, ALLOW, *session_timer_answer(invite), *_sdp_type(body)]
            self._reply(invite, source, status, tag=self.dialog.local_tag, headers=headers, body=body)
            self._enter("up")

    # --- requests ---------------------------------------------------------------------------

    def on_request(self, message: Message, source: Address) -> None:
        in_dialog = self.dialog is not None and self.dialog.owns(message) and self.state != "ended"
        if message.method == "ACK":
            if in_dialog and message.body:
                self._use(parse_sdp(message.body))
        elif message.method == "CANCEL":
            self._on_cancel(message, source)
        elif parameter(message["to"], "tag") is None:
            self._on_new(message, source)
        elif not in_dialog:
            self._reply(message, source, 481)
        else:
            self._on_in_dialog(message, source)

    def _on_new(self, message: Message, source: Address) -> None:
        """A request outside of every dialog."""
        if message.method == "OPTIONS":
            self._reply(message, source, 200, tag=new_tag(), headers=[ALLOW])
        elif message.method != "INVITE":
            self._reply(message, source, 405, tag=new_tag(), headers=[ALLOW])
        elif self.state not in ("idle", "ended"):
            self._reply(message, source, 486, tag=new_tag())
        else:
            self._on_call(message, source)

    def _on_call(self, invite: Message, source: Address) -> None:
        self.dialog = Dialog.from_invite(invite, source)
        self._incoming = (invite, source)
        self._reply(invite, source, 100)
        if self.behaviour.ring:
            self._reply(invite, source, 180, tag=self.dialog.local_tag, headers=[self.contact])
        self._enter("ringing")
        status = self.behaviour.invite_status
        if status is None:
            return
        if self.behaviour.answer_after_s:
            self._timers.later(
                ("answer", invite.call_id), self.behaviour.answer_after_s, lambda: self.answer(status)
            )
        else:
            self.answer(status)

    def _on_cancel(self, cancel: Message, source: Address) -> None:
        if self._incoming is None or self._incoming[0].branch != cancel.branch:
            self._reply(cancel, source, 481)
            return
        self._reply(cancel, source, 200)
        self._timers.settle(("answer", cancel.call_id))
        self.answer(487)

    def _on_in_dialog(self, message: Message, source: Address) -> None:
        assert self.dialog
        method = message.method
        if method in ("INVITE", "UPDATE"):
            self._on_refresh(message, source)
        elif method == "REFER":
            self._on_refer(message, source)
        elif method in ("BYE", "INFO", "NOTIFY", "OPTIONS", "MESSAGE"):
            if method == "BYE":
                self._end(200)
            elif method == "INFO":
                self.info_keys += _info_key(message)
            self._reply(message, source, 200)
        else:
            self._reply(message, source, 405, headers=[ALLOW])

    def _on_refresh(self, message: Message, source: Address) -> None:
        """A re-INVITE or UPDATE: hold, a new media address, or a session refresh (RFC 4028)."""
        assert self.dialog
        status = self.behaviour.reinvite_status if self._acceptable(message) else 488
        if status >= 300:
            self._reply(message, source, status)
            return
        self.dialog.retarget(message)
        body = self._answer_body(message) if message.method == "INVITE" or message.body else b""
        headers = [self.contact, ALLOW, *session_timer_answer(message), *_sdp_type(body)]
        self._reply(message, source, status, headers=headers, body=body)

    def _on_refer(self, message: Message, source: Address) -> None:
        """Report a transfer that we do not really make: 100, then the outcome (RFC 3515)."""
        self._reply(message, source, self.behaviour.refer_status, headers=[self.contact])
        if self.behaviour.refer_status >= 300 or self.behaviour.refer_outcome is None:
            return
        self._notify("SIP/2.0 100 Trying", "active;expires=60")
        final = self.behaviour.refer_outcome
        self._notify(f"SIP/2.0 {final} {'OK' if final == 200 else 'Failed'}", "terminated;reason=noresource")

    def _notify(self, sipfrag: str, subscription: str) -> None:
        headers = [("Event", "refer"), ("Subscription-State", subscription),
                   ("Content-Type", "message/sipfrag;version=2.0")]  # fmt: skip
        self._in_dialog("NOTIFY", headers, f"{sipfrag}\r\n".encode())

    # --- shared with the calling side ---------------------------------------------------------

    def _in_dialog(self, method: str, headers: Headers | None = None, body: bytes = b"") -> Exchange:
        """Send a request inside the call and return its exchange."""
        with self._changed:
            assert self.dialog, "no call"
            own = self.dialog.headers(self._next_cseq(), method, self._via(new_branch()))
            message = request(method, self.dialog.target, [*own, self.contact, *(headers or [])], body)
            return self._send_request(message, self.dialog.next_hop)

    def _describe(self, direction: Direction, codecs: tuple[Codec, ...] | None = None) -> bytes:
        """Our next session description."""
        self._sdp_version += 1
        self.direction = direction
        host, port = self.rtp.address
        return Sdp(host, port, codecs or self.codecs, direction, version=self._sdp_version).encode()

    def _acceptable(self, message: Message) -> bool:
        """Whether an offer, if there is one, has a codec of ours."""
        return not message.body or not set(self.codecs).isdisjoint(parse_sdp(message.body).codecs)

    def _answer_body(self, message: Message) -> bytes:
        """The answer to an offer, or an offer where none came (RFC 3264, RFC 3261 section 13.3.1.4)."""
        if not message.body:
            return self.behaviour.answer_sdp or self._describe("sendrecv")
        offer = parse_sdp(message.body)
        common: tuple[Codec, ...] = tuple(codec for codec in self.codecs if codec in offer.codecs)
        described = self._describe(MIRRORED[offer.direction], common)
        self._use(offer)
        return self.behaviour.answer_sdp or described

    def _use(self, remote: Sdp) -> None:
        """Send as the other side described: its address, its first codec that we have, its holds."""
        self.remote_sdp = remote
        codec = next((name for name in remote.codecs if name in self.codecs), None)
        if codec is None or remote.port == 0:
            self.rtp.paused = True
            return
        wanted = remote.direction in ("sendrecv", "recvonly") and remote.host != "0.0.0.0"
        self.rtp.paused = not (wanted and self.direction in ("sendrecv", "sendonly"))
        self.rtp.start((remote.host, remote.port), codec, remote.event_payload_type)

    def _enter(self, state: State) -> None:
        self.state = state
        self._changed.notify_all()

    def _end(self, status: int) -> None:
        self.end_status = status
        self.rtp.paused = True
        self.rtp.shut_up()
        self._enter("ended")


def session_timer_answer(message: Message) -> Headers:
    """Accept the session timer that a request asks for; the caller refreshes unless it says
    otherwise (RFC 4028, section 9)."""
    value = message.get("session-expires")
    if value is None:
        return []
    refresher = parameter(value, "refresher") or "uac"
    answer = f"{value.split(';')[0].strip()};refresher={refresher}"
    return [("Supported", "timer"), ("Require", "timer"), ("Session-Expires", answer)]


def _sdp_type(body: bytes) -> Headers:
    return [("Content-Type", "application/sdp")] if body else []


def _info_key(message: Message) -> str:
    text = message.body.decode("utf-8", "replace")
    if "dtmf-relay" in (message.get("content-type") or ""):
        found = re.search(r"(?im)^Signal\s*=\s*(\S)", text)
        return found.group(1) if found else ""
    return text.strip()[:1]
