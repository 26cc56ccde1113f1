"""Accounts: a trunk or PBX we register with, and the one that unregistered peers reach."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable

import pjsua2 as pj

from ivr import config
from ivr.sip.admission import Peers
from ivr.sip.leg import callback

log = logging.getLogger(__name__)

# PJSIP offers "optional" as RTP/AVP with keys: a far side that insists on RTP/SAVP refuses it (488).
_SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "mandatory": pj.PJMEDIA_SRTP_MANDATORY,
}

ACCOUNT_PARAMETER = "account"

MediaAddress = tuple[str, int]
"""host to bind and first RTP port"""


class SipAccount(pj.Account):  # type: ignore[misc]
    def __init__(
        self,
        name: str,
        on_incoming: Callable[[SipAccount, pj.OnIncomingCallParam], None],
        allow: Iterable[str],
        registers: bool,
    ) -> None:
        super().__init__()
        self.name = name
        self.registers = registers
        self.registered = False
        self._on_incoming = on_incoming
        self._peers = Peers(allow)

    def allows(self, source: str) -> bool:
        return self._peers.allow(source)

    def unregister(self) -> None:
        if self.registered:
            self.setRegistration(False)

    @callback
    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        active = self.getInfo().regIsActive and prm.code // 100 == 2
        if active != self.registered or not active:
            log.log(
                logging.INFO if active or prm.expiration == 0 else logging.WARNING,
                "account %s: %s (%d %s)",
                self.name,
                "registered" if active else "not registered",
                prm.code,
                prm.reason,
            )
        self.registered = active

    @callback
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        self._on_incoming(self, prm)


def peers(account: config.Account) -> tuple[str, ...]:
    """Networks that may call through a trunk: those allowed by name and the registrar itself."""
    host = account.registrar.removeprefix("sip:").split(";")[0].split(":")[0]
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None)} if host else set()
    except OSError:
        log.warning("account %s: cannot resolve %s; calls from it are refused", account.name, host)
        found = set()
    return (*account.allow, *sorted(found))


def local_account_config(settings: config.Sip, port: int, media: MediaAddress) -> pj.AccountConfig:
    account = _base_config(settings, settings.srtp, media)
    account.idUri = f"sip:ivr@{settings.public_host or settings.host}:{port}"
    return account


def socketless(settings: config.Sip, port: int) -> pj.AccountConfig:
    """For calls that will be refused: PJSIP opens media sockets before it asks us, and a burst of
    33 calls would exhaust its select loop and abort the process."""
    account = local_account_config(settings, port, ("", 0))
    account.mediaConfig.useLoopMedTp = True
    return account


def account_config(settings: config.Sip, trunk: config.Account, media: MediaAddress) -> pj.AccountConfig:
    account = _base_config(settings, trunk.srtp, media)
    account.idUri = trunk.uri
    if trunk.registrar:
        account.regConfig.registrarUri = trunk.registrar
        account.regConfig.timeoutSec = trunk.expires_s
        account.regConfig.retryIntervalSec = 30
        account.regConfig.firstRetryIntervalSec = 5
    # The trunk calls the address that we registered: it tells which account is meant.
    account.sipConfig.contactUriParams = f";{ACCOUNT_PARAMETER}={trunk.name}"
    if trunk.username:
        account.sipConfig.authCreds.append(
            pj.AuthCredInfo("digest", trunk.realm, trunk.username, 0, trunk.password)
        )
    if trunk.proxy:
        account.sipConfig.proxies.append(trunk.proxy)
    return account


def _base_config(settings: config.Sip, srtp: str, media: MediaAddress) -> pj.AccountConfig:
    account = pj.AccountConfig()
    host, rtp_port = media
    transport = account.mediaConfig.transportConfig
    transport.boundAddress, transport.port, transport.portRange = host, rtp_port, 100
    transport.publicAddress = settings.public_host
    account.mediaConfig.srtpUse = _SRTP[srtp]
    # Keys travel in the SDP: only as safe as the signalling; TLS belongs on the proxy in front.
    account.mediaConfig.srtpSecureSignaling = 0
    account.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    account.callConfig.timerSessExpiresSec = settings.session_expires_s
    return account
