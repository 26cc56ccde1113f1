"""A node: one process with a SIP endpoint and at most four calls. The rooms that calls are handed
are built here; every call runs in a thread of its own."""

from __future__ import annotations

import logging
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ivr import config, supervisor
from ivr.asr import engines as recognisers
from ivr.call import Call
from ivr.events import CallFacts
from ivr.flow import loader
from ivr.flow.flow import Flow
from ivr.listen.listener import Listener
from ivr.ops.metrics import Metrics
from ivr.releases.shelf import Shelf
from ivr.releases.store import Load, Releases
from ivr.rooms import Rooms
from ivr.services.functions import FunctionError
from ivr.services.services import Services
from ivr.sip.endpoint import IncomingCall, SipEndpoint, SipError
from ivr.store import messages
from ivr.store.database import StoreError
from ivr.store.journal import Journal
from ivr.store.recording import Recorder, path_of
from ivr.tts import SynthesisError
from ivr.tts import engines as voices
from ivr.tts.prompts import Prompts
from ivr.tts.spoken import say_as

log = logging.getLogger(__name__)

RTP_PORTS = 100
"""RTP ports of one node: two for each call and its successors"""
END_S = 5.0
"""from the end of the drain to the end of the last call's thread"""


def flow_files(settings: config.Settings) -> list[Path]:
    """Every flow file that config.yaml names."""
    own = [Path(account.flow) for account in settings.sip.accounts if account.flow]
    return sorted({settings.flows.default, *settings.flows.numbers.values(), *own})


def shelf(
    settings: config.Settings,
    make_ready: Callable[[Flow], None] = lambda flow: None,
    on_error: Callable[[], None] = lambda: None,
) -> Shelf:
    """The flows that calls get, by version. Raises YamlError."""
    load = flow_loader(settings.flows)
    kept = Releases(settings.flows.releases, load)
    return Shelf(flow_files(settings), kept, load, say_as, make_ready, on_error)


def flow_loader(settings: config.Flows) -> Load:
    offered = links(settings)
    return lambda path: loader.load(path, say_as, links=offered)


def links(settings: config.Flows) -> loader.Links:
    """What the settings offer to flows."""
    return loader.Links(
        settings.transfers, settings.services.keys(), settings.functions.keys(), settings.classifiers
    )


def service_uris(settings: config.Speech) -> tuple[str, ...]:
    """Where speech is understood and made: services elsewhere, or our own processes."""
    own = (f"unix://{(settings.socket_dir / f'speech{i}.sock').resolve()}" for i in range(settings.processes))
    return settings.services or tuple(own)


def make_prompts(settings: config.Settings) -> Prompts:
    """Raises SynthesisError when the engine or a voice of the settings is missing."""
    synthesiser = voices.remote(service_uris(settings.speech), settings.tts)
    return Prompts(synthesiser, settings.tts.cache)


class Node:
    def __init__(self, settings: config.Settings, index: int) -> None:
        # unique in a store that several machines and servers may share
        self.name = f"{socket.gethostname()}:{settings.sip.port + index}"
        self._settings = settings
        self._metrics = Metrics(f"node{index}")
        self._account_flows = {a.name: Path(a.flow) for a in settings.sip.accounts if a.flow}
        self._background = ThreadPoolExecutor(max_workers=4, thread_name_prefix="background")
        self._services = Services(settings.flows)
        self._prompts = make_prompts(settings)
        self._rooms = Rooms(
            recogniser=recognisers.remote(service_uris(settings.speech), settings.asr),
            prompts=self._prompts,
            background=self._background.submit,
            services=self._services,
            keep_message=partial(messages.keep, settings.flows.messages),
        )
        self._shelf = shelf(settings, self._make_prompts, self._metrics.flow_not_loaded)
        self._journal = Journal(
            settings.store.url, observers=[self._metrics.observe], on_lost=self._metrics.journal_lost
        )
        self._endpoint = SipEndpoint(
            settings.sip,
            port=settings.sip.port + index,
            rtp_port=settings.sip.rtp_port + RTP_PORTS * index,
            on_call=self._incoming,
            on_refused=self._metrics.rejected,
        )
        self._calls: set[threading.Thread] = set()
        self._changed = threading.Condition()

    def _make_prompts(self, flow: Flow) -> None:
        report = self._prompts.fill(flow.fixed_prompts())
        for problem in report.failed:
            log.error("prompt: %s", problem)

    def start(self) -> None:
        """Raises SipError (port in use) or StoreError."""
        self._journal.recover(self.name)
        self._shelf.watch()
        self._endpoint.start()

    def drain(self) -> None:
        """No new calls; running ones get `drain_s` to end by themselves."""
        self._endpoint.stop_accepting()
        self._await_end(self._settings.drain_s)

    def close(self) -> None:
        """Hang up what still runs and write everything down."""
        self._shelf.close()
        self._endpoint.close()
        self._await_end(END_S)
        self._background.shutdown(wait=False, cancel_futures=True)
        self._services.close()
        self._journal.close()

    def _await_end(self, timeout_s: float) -> None:
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            while self._calls and (left_s := deadline_s - time.monotonic()) > 0:
                self._changed.wait(left_s)

    def _incoming(self, incoming: IncomingCall) -> None:
        """In the SIP owner thread: hand the call to a thread of its own."""
        thread = threading.Thread(target=self._serve, args=(incoming,), name=f"call {incoming.line.leg}")
        with self._changed:
            self._calls.add(thread)
        thread.start()

    def _serve(self, incoming: IncomingCall) -> None:
        try:
            self._run_call(incoming)
        except Exception:
            log.exception("a call could not be served")
            incoming.line.hang_up()
        finally:
            with self._changed:
                self._calls.discard(threading.current_thread())
                self._changed.notify_all()

    def _run_call(self, incoming: IncomingCall) -> None:
        now = datetime.now().astimezone()
        facts = CallFacts(
            call=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}",
            sip_call_id=incoming.sip_call_id,
            node=self.name,
            account=incoming.account,
            caller=incoming.caller,
            called=incoming.called,
        )
        path = self._account_flows.get(incoming.account) or self._settings.flows.numbers.get(
            incoming.called, self._settings.flows.default
        )
        engine = self._shelf.engine(path, facts.call)
        flow = engine.flow
        store = self._settings.store
        day = datetime.now(UTC).date()
        recording = path_of(store.recordings_dir, facts.call, day)
        journal = self._journal.open_call(
            facts, flow.name, flow.version, flow.language, str(recording) if store.recordings else ""
        )
        call = Call(
            line=incoming.line,
            facts=facts,
            engine=engine,
            listener=Listener(self._settings.listen),
            rooms=self._rooms,
            journal=journal,
            today=now.date(),
            record=partial(Recorder, store.recordings_dir, facts.call, day=day) if store.recordings else None,
        )
        log.info("call %s: flow %s", facts.call, flow.name)
        try:
            outcome = call.run()
        finally:
            journal.close()
        log.info("call %s: ended, %s", facts.call, outcome)


def run(settings: config.Settings, index: int) -> int:
    """The life of a node process: serves until SIGTERM, or until the supervisor is gone."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=_await_orphaned, args=(stop,), daemon=True).start()
    try:
        node = Node(settings, index)
        node.start()
    except (SipError, StoreError, SynthesisError, FunctionError) as error:
        log.error("%s", error)
        return supervisor.EXIT_CONFIG
    print(supervisor.READY, flush=True)
    stop.wait()
    node.drain()
    node.close()
    return 0


def _await_orphaned(stop: threading.Event) -> None:
    sys.stdin.read()  # the supervisor never writes; end of file means that it is gone
    stop.set()
