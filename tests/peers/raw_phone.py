"""A telephone that can do right and wrong: calls or waits for calls, talks, presses keys, holds, vanishes.

with RawPhone() as phone:
    phone.call("sip:bot@127.0.0.1:5060")
    assert phone.wait_answer().status == 200
    said = phone.say(pcm16)
    onset_ns = wait_speech(phone.rtp, said.last_packet_ns)
    phone.bye()
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from tests.peers.called_side import ALLOW, CalledSide, State
from tests.peers.dialog import Dialog
from tests.peers.heard import Timeline, received_keys, timeline
from tests.peers.history import Exchange
from tests.peers.rtp import Outgoing
from tests.peers.sdp import EVENT_PAYLOAD_TYPE, Codec, Direction, parse_sdp
from tests.peers.sip_message import Headers, Message, address_of, new_branch, new_tag, request


@dataclass(frozen=True, slots=True)
class SessionTimer:
    """What our INVITE asks for (RFC 4028)."""

    expires_s: int = 90
    min_se_s: int = 90
    refresher: Literal["uac", "uas"] | None = None

    def headers(self) -> Headers:
        who = f";refresher={self.refresher}" if self.refresher else ""
        return [("Supported", "timer"), ("Session-Expires", f"{self.expires_s}{who}"),
                ("Min-SE", str(self.min_se_s))]  # fmt: skip


class RawPhone(CalledSide):
    """Both sides of a telephone; see `Behaviour` for how it answers.

    state       idle, calling or ringing, up, ended
    history     every SIP message, with `wait_for`, `wait_request`, `received`
    rtp         media; measure it with `heard`
    """

    _invite: Exchange | None = None
    _ack: Message | None = None
    _late_offer = False

    # --- a call -----------------------------------------------------------------------------

    def call(
        self,
        uri: str,
        *,
        codecs: tuple[Codec, ...] | None = None,
        offer: Literal["early", "late"] = "early",
        sdp: bytes | None = None,
        session_timer: SessionTimer | None = None,
        headers: Headers | None = None,
    ) -> None:
        """Send an INVITE and return; `wait_answer` follows. A late offer sends no description and
        answers the one in the 200 with the ACK; `sdp` replaces ours (mangled, for instance)."""
        with self._changed:
            self.codecs = codecs or self.codecs
            host, port = self.address
            local = f"<sip:{self.user}@{host}:{port}>;tag={new_tag()}"
            self.dialog = Dialog(secrets.token_hex(10), local, f"<{uri}>", uri, address_of(uri))
            self.remote_sdp, self.end_status = None, 0
            self._enter("calling")
            extra = [*(session_timer.headers() if session_timer else []), *(headers or [])]
            self._send_invite(offer == "late", "sendrecv", sdp, extra)

    def wait_answer(self, deadline_s: float = 10.0) -> Message:
        """The final response to our INVITE; its ACK has left (unless behaviour says otherwise)."""
        assert self._invite, "no call made"
        return self._complete(self._invite, deadline_s)

    def wait_ringing(self, deadline_s: float = 10.0) -> Message:
        """The first provisional response but 100 to our INVITE."""
        assert self._invite, "no call made"
        ringing = [180, 181, 182, 183]
        exchange = self._invite
        self._await(lambda: any(m.status in ringing for m in exchange.provisional), deadline_s, "ringing")
        return next(m for m in exchange.provisional if m.status in ringing)

    def wait_state(self, state: State, deadline_s: float = 10.0) -> None:
        self._await(lambda: self.state == state, deadline_s, f"the state {state} (now {self.state})")

    def cancel(self, deadline_s: float = 10.0) -> Message:
        """CANCEL as soon as a provisional response allows it (section 9.1); returns the INVITE's
        final response: 487, or 200 if the answer was quicker (and the call is up)."""
        assert self._invite
        exchange = self._invite
        self._await(
            lambda: bool(exchange.provisional or exchange.final), deadline_s, "a provisional response"
        )
        with self._changed:
            if exchange.final is None:
                invite = exchange.request
                copied = [("Via", invite["via"]), ("CSeq", f"{invite.cseq[0]} CANCEL")]
                copied += [(n, t) for n, t in invite.headers if n in ("From", "To", "Call-ID", "Route")]
                self._send_request(
                    request("CANCEL", invite.uri, [*copied, ("Max-Forwards", "70")]), exchange.to
                )
        return self._complete(exchange, deadline_s)

    def ack(self) -> None:
        """The ACK of the last 2xx, for a phone whose behaviour does not send it."""
        with self._changed:
            assert self._ack and self.dialog, "nothing to acknowledge"
            self._transmit(self._ack, self.dialog.next_hop)

    def bye(self, deadline_s: float = 10.0) -> Message:
        with self._changed:
            exchange = self._in_dialog("BYE")
            self._end(200)
        return self._complete(exchange, deadline_s)

    def vanish(self) -> None:
        """From now on no answer, no packet, no BYE: the caller's battery is empty."""
        with self._changed:
            self.silent = True
            self._timers.clear()
            self.rtp.paused = True
            self.rtp.shut_up()

    def close(self) -> None:
        """Hang up what is still up, with the other side's answer, and give back every socket. Where
        the other side is dead on purpose, `vanish` first."""
        try:
            if not self._closing and not self.silent and self._failure is None:
                if self.state == "ringing":
                    self.answer(480)
                if self.state == "calling":
                    self.cancel(deadline_s=3)
                if self.state == "up":
                    self.bye(deadline_s=3)
        finally:
            self.rtp.close()
            super().close()

    # --- inside a call ----------------------------------------------------------------------

    def reinvite(
        self,
        direction: Direction = "sendrecv",
        *,
        late: bool = False,
        sdp: bytes | None = None,
        headers: Headers | None = None,
        deadline_s: float = 10.0,
    ) -> Message:
        """Hold (sendonly, inactive), resume (sendrecv) or refresh; RFC 3264, section 8.4."""
        with self._changed:
            exchange = self._send_invite(late, direction, sdp, headers or [])
        return self._complete(exchange, deadline_s)

    def update(self, headers: Headers | None = None, deadline_s: float = 10.0) -> Message:
        """A session refresh without description (RFC 3311, RFC 4028)."""
        return self._complete(self._in_dialog("UPDATE", headers), deadline_s)

    def options(self, uri: str, deadline_s: float = 10.0) -> Message:
        """Ask outside of a call; the answer is a server's sign of life."""
        return self._complete(self._outside("OPTIONS", uri, f"<{uri}>", []), deadline_s)

    def register(self, uri: str, expires_s: int = 300, deadline_s: float = 10.0) -> Message:
        """Register at `sip:host:port` with our credentials; 0 seconds ends the registration."""
        record = uri.replace("sip:", f"sip:{self.user}@", 1)
        extra = [("Expires", str(expires_s))]
        return self._complete(self._outside("REGISTER", uri, f"<{record}>", extra), deadline_s)

    def refer(self, uri: str, deadline_s: float = 10.0) -> Message:
        """Ask the other side to call `uri`; its NOTIFYs arrive in the history (RFC 3515)."""
        return self._complete(self._in_dialog("REFER", [("Refer-To", f"<{uri}>")]), deadline_s)

    def send_info_dtmf(self, keys: str, duration_ms: int = 160, deadline_s: float = 10.0) -> Message:
        """Keys by SIP INFO, application/dtmf-relay, each after the answer to the one before."""
        for key in keys:
            body = f"Signal={key}\r\nDuration={duration_ms}\r\n".encode()
            exchange = self._in_dialog("INFO", [("Content-Type", "application/dtmf-relay")], body)
            answer = self._complete(exchange, deadline_s)
        return answer

    def send_rfc4733(self, keys: str, on_ms: int = 100, gap_ms: int = 60) -> Outgoing:
        """Keys as telephone-events; returns when the last packet has left."""
        return self.rtp.press(keys, on_ms, gap_ms).wait()

    def say(self, pcm16: bytes) -> Outgoing:
        """Speak to the end; `rtp.say` speaks without waiting, `rtp.shut_up` stops it."""
        return self.rtp.say(pcm16).wait(len(pcm16) / 16000 + 30)

    @property
    def received_audio(self) -> Timeline:
        return timeline(self.rtp.packets)

    @property
    def received_rfc4733(self) -> str:
        """Keys received as telephone-events."""
        return received_keys(self.rtp.packets, EVENT_PAYLOAD_TYPE)

    def _outside(self, method: str, uri: str, to: str, extra: Headers) -> Exchange:
        """A request outside of a call."""
        with self._changed:
            host, port = self.address
            headers = [
                self._via(new_branch()),
                ("CSeq", f"{self._next_cseq()} {method}"),
                ("From", f"<sip:{self.user}@{host}:{port}>;tag={new_tag()}"),
                ("To", to),
                ("Call-ID", secrets.token_hex(10)),
                ("Max-Forwards", "70"),
                self.contact,
            ]
            return self._send_request(request(method, uri, [*headers, *extra]), address_of(uri))

    # --- the INVITE transaction ---------------------------------------------------------------

    def _send_invite(self, late: bool, direction: Direction, sdp: bytes | None, extra: Headers) -> Exchange:
        assert self.dialog
        self._late_offer = late
        self.direction = direction
        body = b"" if late else sdp if sdp is not None else self._describe(direction)
        kind = [("Content-Type", "application/sdp")] if body else []
        self._invite = self._in_dialog("INVITE", [ALLOW, *kind, *extra], body)
        return self._invite

    def on_response(self, exchange: Exchange, message: Message) -> None:
        if exchange is not self._invite or self.dialog is None:
            return
        if message.status < 200:
            self.dialog.learn(message)
            if message.body:
                self._use(parse_sdp(message.body))
        elif message.status < 300:
            self._on_accepted(exchange, message)
        elif self.state == "calling":
            self._end(message.status)

    def _on_accepted(self, exchange: Exchange, message: Message) -> None:
        assert self.dialog
        if exchange.final is None:
            self.dialog.learn(message)
            body = self._answer_body(message) if self._late_offer else b""
            if message.body and not self._late_offer:
                self._use(parse_sdp(message.body))
            kind = [("Content-Type", "application/sdp")] if body else []
            own = self.dialog.headers(exchange.request.cseq[0], "ACK", self._via(new_branch()))
            self._ack = request("ACK", self.dialog.target, [*own, self.contact, *kind], body)
            if self.state == "calling":
                self._enter("up")
        if self.behaviour.send_ack and self._ack:
            self._transmit(self._ack, self.dialog.next_hop, repeated=exchange.final is not None)
