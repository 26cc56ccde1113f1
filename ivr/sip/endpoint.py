"""SipEndpoint: the one owner thread of pjsua2. Settings enter; calls leave as PhoneLines."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import pjsua2 as pj

from ivr import config
from ivr.sip.calls import Calls, IncomingCall, Timeouts
from ivr.sip.gate import LOCAL, Gate, Refusal
from ivr.sip.library import Library, open_library
from ivr.sip.outcome import DialResult, SipError

__all__ = ["LOCAL", "IncomingCall", "Refusal", "SipEndpoint", "SipError", "Timeouts"]


class SipEndpoint:
    """`on_call` and `on_refused` are called in the owner thread and must return at once; without
    `on_call` every incoming call is refused."""

    def __init__(
        self,
        settings: config.Sip,
        *,
        port: int,
        rtp_port: int,
        on_call: Callable[[IncomingCall], None] | None = None,
        on_refused: Callable[[Refusal], None] = lambda reason: None,
        user_agent: str = "ivr",
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    ) -> None:
        self.capacity: int = pj.UaConfig().maxCalls
        """calls that this build of PJSIP holds at once; the next one gets 486"""
        self._settings = settings
        self._port = port
        self._rtp_port = rtp_port
        self._user_agent = user_agent
        self._timeouts = timeouts
        self._on_refused = on_refused
        self._gate = Gate(accepting=on_call is not None)
        self._calls = Calls(self._gate, self, timeouts, on_call, on_refused)
        self._thread = threading.Thread(target=self._own, name="sip")
        self._ready = threading.Event()
        self._failure: SipError | None = None
        self._stop = threading.Event()

    # --- any thread ---------------------------------------------------------------------------

    def start(self) -> None:
        """Raises SipError, naming the setting, when the port is taken or a setting is wrong."""
        # With the default of 5 ms a busy Python thread delays outgoing RTP by up to 38 ms.
        sys.setswitchinterval(0.0005)
        self._thread.start()
        self._ready.wait()
        if self._failure:
            self._thread.join()
            raise self._failure

    def close(self) -> None:
        """Hang up every call and free the library; returns when the owner thread has ended."""
        self._stop.set()
        self._thread.join()

    def stop_accepting(self) -> None:
        """New calls get 503 from now on; running ones go on."""
        self._gate.accepting = False

    def registered(self) -> dict[str, bool]:
        """Accounts with a registrar, and whether they are registered now."""
        return self._gate.registered()

    def dial(self, uri: str, *, account: str = LOCAL, ring_timeout_s: float | None = None) -> DialResult:
        """Call `uri` and wait for the outcome. Raises SipError for an address that is none."""
        done = threading.Event()
        results: list[DialResult | SipError] = []

        def settle(result: DialResult | SipError) -> None:
            if not results:
                results.append(result)
                done.set()

        timeout_s = ring_timeout_s if ring_timeout_s is not None else self._settings.ring_timeout_s
        self._calls.setups.append(partial(self._calls.dial, uri, account, timeout_s, settle))
        while not done.wait(1.0):
            if not self._thread.is_alive():
                raise SipError("the SIP endpoint was closed while it dialled")
        if isinstance(results[0], SipError):
            raise results[0]
        return results[0]

    def hang_up_leg(self, leg: int) -> None:
        self._calls.jobs.append(partial(self._calls.hang_up, leg, pj.PJSIP_SC_DECLINE))

    def transfer_leg(self, leg: int, uri: str) -> None:
        self._calls.jobs.append(partial(self._calls.transfer, leg, uri))

    def send_digits(self, leg: int, keys: str) -> None:
        """Press keys (RFC 4733)."""
        self._calls.jobs.append(partial(self._calls.send_digits, leg, keys))

    # --- owner thread ---------------------------------------------------------------------------

    def _own(self) -> None:
        self._library = Library(self._gate.select, partial(self._on_refused, "busy"))
        try:
            open_library(self._library, self._settings, self._port, self._user_agent)
            self._calls.ports.open(self.capacity + 2)
            self._gate.open(self._settings, self._port, self._rtp_port, self._calls.incoming)
        except (SipError, pj.Error) as error:
            self._failure = error if isinstance(error, SipError) else SipError(error.info())
            self._free()
            self._ready.set()
            return
        self._ready.set()
        while not self._stop.is_set():
            self._library.libHandleEvents(20)
            self._calls.work()
        self._close()

    def _close(self) -> None:
        self.stop_accepting()
        self._gate.unregister()
        self._calls.hang_up_all()
        deadline = time.monotonic() + self._timeouts.end_s
        while time.monotonic() < deadline and (self._calls.legs or any(self.registered().values())):
            self._library.libHandleEvents(20)
        self._calls.abandon_all()
        self._free()

    def _free(self) -> None:
        self._calls.ports.destroy()
        self._gate.shutdown()
        self._library.libDestroy()
