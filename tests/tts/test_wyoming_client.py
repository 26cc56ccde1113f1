"""The client against real sockets: a small Wyoming service with the real voice, and bad ones."""

import contextlib
import socket
import threading
from math import gcd

import numpy as np
import pytest
from scipy.signal import resample_poly
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import read_event, write_event

from ivr.tts import SynthesisError
from ivr.tts.wyoming_client import WyomingSynthesiser

TEXT = "Hello, and welcome. How can I help you?"


class Service:
    """Answers each connection with `answer(stream, event)`; counts them."""

    def __init__(self, listener, answer):
        self.listener, self.answer, self.asked = listener, answer, []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            if self.stop.is_set():
                connection.close()
                return
            gone = contextlib.suppress(BrokenPipeError, ConnectionResetError)
            with gone, connection, connection.makefile("rb") as reader, connection.makefile("wb") as writer:
                event = read_event(reader)
                self.asked.append(event)
                self.answer(writer, event)


@pytest.fixture
def serve(tmp_path):
    services = []

    def start(answer, tcp=False):
        if tcp:
            listener = socket.create_server(("127.0.0.1", 0))
            uri = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        else:
            path = tmp_path / f"{len(services)}.sock"
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.listen()
            uri = f"unix://{path}"
        service = Service(listener, answer)
        services.append(service)
        return uri, service

    yield start
    for service in services:
        service.stop.set()
        with socket.socket(service.listener.family) as last:
            last.connect(service.listener.getsockname())
        service.thread.join(10)
        service.listener.close()
        assert not service.thread.is_alive()


def speaking(espeak, rate_hz=8000, chunk_bytes=2048):
    def answer(stream, event):
        voice = event.data["voice"]
        write_event(AudioStart(rate_hz, 2, 1).event(), stream)
        try:
            for piece in espeak.speak(event.data["text"], voice["language"], voice.get("name", "")):
                divisor = gcd(rate_hz, 8000)
                wave = np.frombuffer(piece, dtype="<i2").astype(float)
                raw = (
                    np.rint(resample_poly(wave, rate_hz // divisor, 8000 // divisor)).astype("<i2").tobytes()
                )
                for at in range(0, len(raw), chunk_bytes):
                    write_event(AudioChunk(rate_hz, 2, 1, raw[at : at + chunk_bytes]).event(), stream)
        except SynthesisError as error:
            write_event(Error(str(error)).event(), stream)
            return
        write_event(AudioStop().event(), stream)

    return answer


def client(*uris, timeout_ms=5000):
    return WyomingSynthesiser(uris, "test voice", frozenset({"en", "zh"}), timeout_ms)


@pytest.mark.parametrize("tcp", [False, True])
def test_the_same_speech_arrives(serve, espeak, tcp):
    uri, _ = serve(speaking(espeak), tcp)
    for request in [(TEXT, "en"), ("您好。", "zh"), (TEXT, "en", "en-us+m3")]:
        assert b"".join(client(uri).speak(*request)) == b"".join(espeak.speak(*request))


def test_another_rate_is_resampled(serve, espeak):
    uri, _ = serve(speaking(espeak, 22050))
    wave = np.frombuffer(b"".join(client(uri).speak(TEXT, "en")), dtype="<i2").astype(float)
    original = np.frombuffer(b"".join(espeak.speak(TEXT, "en")), dtype="<i2").astype(float)
    assert abs(wave.size - original.size) <= 4
    size = min(wave.size, original.size)
    assert np.corrcoef(wave[:size], original[:size])[0, 1] > 0.97


def test_the_first_audio_comes_before_the_last_is_made(serve):
    rest = threading.Event()

    def answer(stream, event):
        write_event(AudioStart(8000, 2, 1).event(), stream)
        write_event(AudioChunk(8000, 2, 1, b"\1\0" * 80).event(), stream)
        assert rest.wait(10)
        write_event(AudioChunk(8000, 2, 1, b"\2\0" * 80).event(), stream)
        write_event(AudioStop().event(), stream)

    uri, _ = serve(answer)
    pieces = client(uri, timeout_ms=10_000).speak(TEXT, "en")
    assert next(pieces) == b"\1\0" * 80
    rest.set()
    assert list(pieces) == [b"\2\0" * 80]


def closes(stream, event):
    pass


def babbles(stream, event):
    stream.write(b"[1, 2]\n")


def answers_garbage(stream, event):
    stream.write(b"\xff\xfe garbage\n")


def sends_stereo(stream, event):
    write_event(AudioChunk(8000, 2, 2, bytes(320)).event(), stream)


@pytest.mark.parametrize("answer", [closes, babbles, answers_garbage, sends_stereo])
def test_a_bad_service_is_passed_over(serve, espeak, answer):
    bad, asked = serve(answer)
    good, _ = serve(speaking(espeak))
    synthesiser = client(bad, good)
    for _ in range(2):
        assert b"".join(synthesiser.speak(TEXT, "en")) == b"".join(espeak.speak(TEXT, "en"))
    assert len(asked.asked) == 1  # services take turns


def test_a_dead_and_a_hanging_service_are_passed_over(serve, espeak, tmp_path):
    release = threading.Event()
    hanging, _ = serve(lambda stream, event: release.wait(10))
    good, _ = serve(speaking(espeak))
    dead = f"unix://{tmp_path}/dead.sock"
    synthesiser = client(dead, hanging, good, timeout_ms=200)
    assert b"".join(synthesiser.speak(TEXT, "en")) == b"".join(espeak.speak(TEXT, "en"))
    release.set()


def test_when_none_answers_each_is_named(serve, tmp_path):
    release = threading.Event()
    hanging, _ = serve(lambda stream, event: release.wait(10))
    with pytest.raises(SynthesisError) as caught:
        list(client(f"unix://{tmp_path}/dead.sock", hanging, timeout_ms=200).speak(TEXT, "en"))
    release.set()
    assert f"{tmp_path}/dead.sock: No such file" in str(caught.value)
    assert f"{hanging}: silent for 0.2 s" in str(caught.value)


def test_a_service_that_dies_in_mid_speech_is_not_said_twice(serve, espeak):
    def dies(stream, event):
        write_event(AudioChunk(8000, 2, 1, bytes(320)).event(), stream)

    bad, _ = serve(dies)
    good, asked = serve(speaking(espeak))
    pieces = client(bad, good).speak(TEXT, "en")
    assert next(pieces) == bytes(320)
    with pytest.raises(SynthesisError, match="closed the connection"):
        next(pieces)
    assert asked.asked == []


def test_the_service_s_own_error_is_told(serve, espeak):
    uri, asked = serve(speaking(espeak))
    with pytest.raises(SynthesisError, match=r"'martian'"):
        list(client(uri, uri).speak(TEXT, "en", "martian"))
    assert len(asked.asked) == 1


def test_a_caller_who_interrupts_ends_the_connection(serve):
    gone = threading.Event()

    def endless(stream, event):
        try:
            for _ in range(1_000_000):
                write_event(AudioChunk(8000, 2, 1, bytes(16000)).event(), stream)
        except OSError:
            gone.set()
            raise

    uri, _ = serve(endless)
    pieces = client(uri).speak(TEXT, "en")
    assert next(pieces)
    pieces.close()
    assert gone.wait(10)


@pytest.mark.parametrize("uri", ["http://x:1", "tcp://nohost", "unix://", "tcp://:10", "/run/x.sock"])
def test_a_bad_address_is_named(uri):
    with pytest.raises(ValueError, match="needs unix:///path or tcp://host:port"):
        client(uri)


def test_no_service_at_all_is_an_error():
    with pytest.raises(SynthesisError, match="none is set"):
        list(client().speak(TEXT, "en"))
