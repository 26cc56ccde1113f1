"""PJSIP as this project runs it: settings enter; the started library leaves."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pjsua2 as pj

from ivr import config
from ivr.sip.leg import callback
from ivr.sip.outcome import SipError

log = logging.getLogger(__name__)


class Library(pj.Endpoint):  # type: ignore[misc]
    """`on_select` chooses the account of an incoming call, `on_busy` hears of a call that found
    none of PJSIP's places free."""

    def __init__(
        self, on_select: Callable[[pj.OnSelectAccountParam], None], on_busy: Callable[[], None]
    ) -> None:
        super().__init__()
        self._on_select, self._on_busy = on_select, on_busy

    @callback
    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:
        # The only hook before PJSIP opens sockets for a call.
        self._on_select(prm)

    @callback
    def onRejectedIncomingCall(self, prm: pj.OnRejectedIncomingCallParam) -> None:
        if prm.statusCode == pj.PJSIP_SC_BUSY_HERE:
            self._on_busy()


def open_library(library: Library, settings: config.Sip, port: int, user_agent: str) -> None:
    """Raises SipError when the port is taken; the caller destroys the library in any case."""
    with _silenced_stdout():  # libCreate prints before the log level can be set
        library.libCreate()
    library.libInit(_endpoint_config(user_agent))
    for name in settings.transports:
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress = port, settings.host
        transport.publicAddress = settings.public_host
        kind = pj.PJSIP_TRANSPORT_UDP if name == "udp" else pj.PJSIP_TRANSPORT_TCP
        try:
            library.transportCreate(kind, transport)
        except pj.Error as error:
            raise SipError(
                f"cannot listen on {name} {settings.host}:{port}: {error.reason}. "
                "Is another SIP server running? Change sip.port or sip.host in config.yaml"
            ) from error
    library.libStart()
    library.audDevManager().setNullDev()
    priorities = {name: 255 - place for place, name in enumerate(settings.codecs)}
    for codec in library.codecEnum2():
        library.codecSetPriority(codec.codecId, priorities.get(codec.codecId.split("/")[0], 0))


def _endpoint_config(user_agent: str) -> pj.EpConfig:
    settings = pj.EpConfig()
    settings.logConfig.level = settings.logConfig.consoleLevel = 4 if log.isEnabledFor(logging.DEBUG) else 0
    settings.uaConfig.threadCnt = 0
    settings.uaConfig.userAgent = user_agent
    media = settings.medConfig
    media.clockRate = media.sndClockRate = 8000
    media.audioFramePtime = 20
    media.ecTailLen = 0
    media.noVad = True
    media.jbInit, media.jbMinPre, media.jbMaxPre, media.jbMax = 0, 0, 60, 200
    return settings


@contextmanager
def _silenced_stdout() -> Iterator[None]:
    sys.stdout.flush()
    saved, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nowhere)
