"""One pj.Call and its place in the endpoint. Lives and dies in the owner thread."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from ivr.sip.frame_port import FramePort
from ivr.sip.outcome import transfer_outcome
from ivr.sip.phone_line import PhoneLine

if TYPE_CHECKING:
    from ivr.sip.calls import Calls

log = logging.getLogger(__name__)


def callback(method: Callable[..., None]) -> Callable[..., None]:
    """An exception that reaches PJSIP's C code ends the process; log it and let the call go on."""

    @functools.wraps(method)
    def guarded(self: Any, *args: Any) -> None:
        try:
            method(self, *args)
        except pj.Error as error:
            log.error("%s: %s", method.__qualname__, error.info())
        except Exception:
            log.exception("%s", method.__qualname__)

    return guarded


class Leg(pj.Call):  # type: ignore[misc]
    def __init__(
        self,
        calls: Calls,
        account: pj.Account,
        number: int,
        pj_id: int = pj.PJSUA_INVALID_ID,
        on_answer: Callable[[], None] | None = None,
        on_end: Callable[[int, str], None] | None = None,
    ) -> None:
        super().__init__(account, pj_id)
        self.number = number
        self.line: PhoneLine | None = None
        self.port: FramePort | None = None
        self.rang = False
        self._calls = calls
        self._on_answer = on_answer
        self._on_end = on_end
        self._confirmed = False
        self._held = False

    @callback
    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY:
            self.rang = True
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._confirmed = True
            self._begin_when_ready()
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._calls.leg_ended(self)
            if self.line:
                self.line.ended(info.lastStatusCode)
            if self._on_end:
                self._on_end(info.lastStatusCode, info.lastReason)
            # Destroyed now, while this proxy is referenced: later the slot would be another's.
            self.__swig_destroy__(self)

    @callback
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        info = self.getInfo()
        for media in info.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self._connect(media.index)
                self._set_held(False)
            elif media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD:
                self._set_held(True)

    def _connect(self, media_index: int) -> None:
        if not self.line:
            return
        if not self.port:
            self.port = self._calls.ports.take(self.line)
        stream = self.getAudioMedia(media_index)
        stream.startTransmit(self.port)
        self.port.startTransmit(stream)
        self._begin_when_ready()

    def _set_held(self, on: bool) -> None:
        if self.line and self.line.live and on != self._held:
            self._held = on
            self.line.held(on)

    def _begin_when_ready(self) -> None:
        if self._confirmed and self.port and self.line and not self.line.live:
            self.line.begin()
            if self._on_answer:
                self._on_answer()

    @callback
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:
        # onDtmfEvent fires for the same key too; only one of the two may be used.
        if self.line:
            self.line.digit(prm.digit.upper())

    @callback
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        # We never let a caller send us elsewhere: that would be a call at our cost.
        prm.statusCode = pj.PJSIP_SC_FORBIDDEN

    @callback
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:
        prm.statusCode = pj.PJSIP_SC_FORBIDDEN

    @callback
    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        if not self.line:
            return
        if prm.finalNotify and prm.statusCode >= 200:
            self.line.transfer_ended(transfer_outcome(prm.statusCode), prm.statusCode)
            prm.cont = False
        elif prm.statusCode < 300:
            self.line.transfer_accepted()
