"""Recognition in another process: the same results, and no call that waits for ever."""

from __future__ import annotations

import queue
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from wyoming.event import Event, read_event, write_event
from wyoming.ping import Ping, Pong

from ivr import config
from ivr.asr.sphinx import SphinxRecogniser
from ivr.events import RecogniserEvent, RecogniserLost, Transcript
from ivr.speech.health import alive
from tests.asr.spoken import FOREIGN, MENU, SAID, audio_of
from tests.speech.service import WAIT_S, Caller, Service, client


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("speech")) as running:
        yield running


def in_process(pcm16: bytes, words: str) -> Transcript:
    posted: list[RecogniserEvent] = []
    recognition = SphinxRecogniser(config.Asr()).open(1, SAID[words], posted.append)
    recognition.feed(pcm16)
    recognition.finish()
    assert isinstance(posted[-1], Transcript)
    return replace(posted[-1], compute_ms=0)


@pytest.mark.parametrize("words", SAID)
def test_every_kind_of_grammar_over_the_wire(service: Service, words: str) -> None:
    caller = Caller(client(service.uri), 1, SAID[words])
    caller.say(audio_of(words))
    caller.recognition.finish()
    final = caller.final()
    assert isinstance(final, Transcript)
    assert final.text == words
    assert final.compute_ms > 0
    assert replace(final, compute_ms=0) == in_process(audio_of(words), words)


def test_rejects_foreign_speech_over_the_wire(service: Service) -> None:
    caller = Caller(client(service.uri), 1, MENU)
    caller.say(audio_of(FOREIGN))
    caller.recognition.finish()
    final = caller.final()
    assert isinstance(final, Transcript)
    assert final.text == ""


def test_results_reach_their_own_utterance_only(service: Service) -> None:
    shared = client(service.uri)
    callers = {words: Caller(shared, number, SAID[words]) for number, words in enumerate(SAID)}
    for words, caller in callers.items():
        caller.say(audio_of(words))
    for caller in callers.values():
        caller.recognition.finish()
    for number, (words, caller) in enumerate(callers.items()):
        final = caller.final()
        assert isinstance(final, Transcript)
        assert (final.utterance, final.text) == (number, words)


def test_nothing_is_posted_after_cancel(service: Service) -> None:
    void = Caller(client(service.uri), 1, MENU)
    void.say(audio_of("check my balance"))
    void.recognition.cancel()
    while not void.events.empty():
        void.events.get()
    void.recognition.finish()
    test_every_kind_of_grammar_over_the_wire(service, "yes")  # the service has worked off all before it
    assert void.events.empty()


def test_killed_in_mid_utterance(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        caller = Caller(client(service.uri), 3, MENU)
        caller.say(audio_of("check my balance")[:8000])
        service.process.kill()
        lost = caller.final()
        assert isinstance(lost, RecogniserLost)
        assert lost.utterance == 3
        caller.say(audio_of("check my balance"))
        caller.recognition.finish()
        caller.recognition.cancel()
    with pytest.raises(queue.Empty):  # once only
        caller.events.get_nowait()


def test_hung_service_is_lost_in_time(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        caller = Caller(client(service.uri, timeout_ms=500), 4, MENU)
        service.process.send_signal(signal.SIGSTOP)
        caller.say(audio_of("check my balance"))
        caller.recognition.finish()
        lost = caller.final()
        assert isinstance(lost, RecogniserLost)
        assert not alive(service.uri, 0.2)


def test_nobody_there(tmp_path: Path) -> None:
    caller = Caller(client(f"unix://{tmp_path}/none.sock"), 5, MENU)
    caller.say(audio_of("yes"))
    caller.recognition.finish()
    assert isinstance(caller.final(), RecogniserLost)
    assert caller.events.empty()
    assert not alive(f"unix://{tmp_path}/none.sock", 0.2)


def test_dead_services_are_passed_over(service: Service, tmp_path: Path) -> None:
    shared = client(f"unix://{tmp_path}/none.sock", service.uri)
    for number in range(3):
        caller = Caller(shared, number, SAID["yes"])
        caller.say(audio_of("yes"))
        caller.recognition.finish()
        assert isinstance(caller.final(), Transcript)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x00\xff nonsense\n",
        b"[]\n",
        b'{"type": "transcribe", "data": {"context": {"grammar": 7}}}\n',
        b'{"type": "transcribe", "data": {"context": {"grammar": {"slots": [{"type": 1, "x": 2}]}}}}\n',
        b'{"type": "audio-chunk", "data": {"rate": 8000}, "payload_length": 3}\nabc',
        b'{"type": "synthesize", "data": {}}\n',
        b'{"type": "audio-start", "data": {}}\n',
    ],
)
def test_nonsense_ends_only_its_own_connection(service: Service, nonsense: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(WAIT_S)
        stranger.connect(str(service.socket))
        stranger.sendall(nonsense)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(4096):
            pass
    assert alive(service.uri, WAIT_S)


def test_ping_and_socket_mode(service: Service) -> None:
    assert service.socket.stat().st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(WAIT_S)
        connection.connect(str(service.socket))
        with connection.makefile("rwb") as stream:
            write_event(Ping("there?").event(), stream)
            answer = read_event(stream)
    assert isinstance(answer, Event)
    assert Pong.from_event(answer).text == "there?"


def test_sigterm_ends_cleanly(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        caller = Caller(client(service.uri), 1, SAID["yes"])
        caller.say(audio_of("yes"))
        service.process.terminate()
        caller.recognition.finish()  # what runs is served to its end
        assert isinstance(caller.final(), Transcript)
        assert service.process.wait(WAIT_S) == 0
