"""Whole calls about turn-taking: who stops the voice, who does not, and what becomes of what was said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from ivr import config
from ivr.audio import frames, read_wav
from ivr.events import Kind
from ivr.tts import engines as voices
from tests.calls.caller import Caller, of, shown
from tests.peers import g711
from tests.peers.heard import wait_quiet, wait_speech
from tests.peers.rtp import RtpEndpoint
from tests.running_server import ROOT, RunningServer

Wav = Callable[[str], bytes]

PROMPT = (
    "Calls are recorded. We keep them so that we can train our staff and answer your questions later on. "
    "After six months they are removed. Please tell us now what we can do for you on this fine day."
)
POLICIES = {
    "8011": "speech",
    "8012": "'off'",
    "8013": "keys",
    "8014": "{words: 3}",
    "8015": "{hotword: [agent]}",
}
FLOW = """\
flow: turns_{number}
language: en
start: question
person: done
steps:
  question:
    prompt:
      - text: {prompt}
        barge_in: {policy}
      - And now?
    listen:
      balance:
        keys: 1
        examples: [what is my balance, check my balance]
        next: question
      early:
        keys: 3
        examples: [i want to make an early payment]
        next: question
      card:
        keys: 2
        examples: [i want to change my card]
        next: question
    no_match: [Sorry.]
    no_input:
      - Are you still there?
  done:
    hang_up: contained
"""


@pytest.fixture(scope="module")
def turns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with one number for each policy; it says PROMPT at an ordinary speed."""
    folder = tmp_path_factory.mktemp("turns")
    numbers = {}
    for number, policy in POLICIES.items():
        path = folder / f"turns_{number}.yaml"
        path.write_text(FLOW.format(number=number, prompt=PROMPT, policy=policy), encoding="utf-8")
        numbers[number] = str(path)
    with RunningServer(folder, {"flows": {"numbers": numbers}}) as running:
        yield running


@pytest.fixture
def on_phone(turns: RunningServer) -> Iterator[Callable[[str], Caller]]:
    """Dials; the prompt has begun when it returns."""
    callers: list[Caller] = []

    def dial(number: str) -> Caller:
        callers.append(Caller(turns))
        callers[-1].dial(number)
        callers[-1].wait(Kind.PROMPT_STARTED)
        return callers[-1]

    yield dial
    for caller in callers:
        caller.phone.close()


def synthetic(text: str) -> bytes:
    return b"".join(voices.create(config.Tts(rate_wpm=150)).speak(text, "en"))


def thud() -> bytes:
    """A door: 0.3 s of noise that dies away."""
    rng = np.random.default_rng(5)
    fading = np.exp(-np.arange(2400) / 500)
    return np.asarray(9000 * fading * rng.standard_normal(2400)).clip(-32768, 32767).astype("<i2").tobytes()


def said_first_sentence(caller: Caller) -> None:
    began_ns = wait_speech(caller.phone.rtp, caller.phone.rtp.packets[-1].arrival_ns)
    wait_quiet(caller.phone.rtp, began_ns, quiet_ms=160)


def not_stopped(caller: Caller) -> None:
    """The prompt that plays ends whole."""
    ended = caller.wait(Kind.PROMPT_ENDED)
    assert ended.data["complete"], shown(caller.entries())
    assert not of(caller.entries(), Kind.BARGE_IN)


def test_a_door_does_not_stop_the_voice(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8011")
    caller.phone.say(thud())
    not_stopped(caller)


def test_uh_huh_lets_the_voice_go_on(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8011")
    caller.phone.say(synthetic("uh huh"))
    ignored = caller.wait(Kind.SPEECH_IGNORED)
    assert ignored.data["reason"] == "backchannel", ignored
    not_stopped(caller)
    ducks = [data["on"] for data in of(caller.entries(), Kind.DUCKED)]
    assert ducks == [True, False] * (len(ducks) // 2)


def test_stop_makes_the_bot_listen(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8011")
    caller.phone.say(synthetic("wait a minute"))
    caller.wait(Kind.BARGE_IN, by="speech")
    assert not caller.wait(Kind.PROMPT_ENDED).data["complete"]
    caller.wait(Kind.SPEECH_ENDED)
    caller.phone.say(read_wav(ROOT / "tests/asr/data/check-my-balance.wav"))
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "balance"
    assert not of(caller.entries(), Kind.NO_MATCH)


def test_nothing_stops_legal_text(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8012")
    caller.phone.say(synthetic("stop, i want to change my card"))
    caller.phone.send_rfc4733("1")
    not_stopped(caller)
    caller.phone.send_rfc4733("2")
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "card"


def test_only_a_key_stops_a_prompt_with_the_policy_keys(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8013")
    caller.phone.say(synthetic("stop, i want to change my card"))
    assert not of(caller.entries(), Kind.BARGE_IN)
    caller.phone.send_rfc4733("1")
    assert caller.wait(Kind.BARGE_IN).data["by"] == "key"
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "balance"


def test_one_word_is_too_few_for_the_policy_words(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8014")
    caller.phone.say(synthetic("stop"))
    assert caller.wait(Kind.SPEECH_IGNORED).data["reason"] == "too_few_words"
    caller.phone.say(read_wav(ROOT / "tests/asr/data/check-my-balance.wav"))
    assert caller.wait(Kind.BARGE_IN).data["rule"] == "words"
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "balance"


def test_only_the_hotword_stops_the_voice(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8015")
    caller.phone.say(read_wav(ROOT / "tests/asr/data/check-my-balance.wav"))
    assert caller.wait(Kind.SPEECH_IGNORED).data["reason"] == "no_hotword"
    caller.phone.say(synthetic("agent"))
    assert caller.wait(Kind.BARGE_IN).data["rule"] == "hotword"


def test_a_false_stop_is_resumed(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8011")
    said_first_sentence(caller)
    caller.phone.say(read_wav(ROOT / "tests/asr/data/the-weather-is-nice-today.wav")[:14400])
    stopped = caller.wait(Kind.BARGE_IN, by="speech")
    resumed = caller.wait(Kind.PROMPT_RESUMED)
    assert resumed.data["reason"] == "not_understood"
    assert 0 < resumed.data["from_frame"] <= stopped.at
    assert caller.wait(Kind.PROMPT_ENDED, complete=True)
    assert not of(caller.entries(), Kind.NO_MATCH)


def test_speech_over_a_prompt_is_understood_from_its_first_syllable(
    on_phone: Callable[[str], Caller],
) -> None:
    caller = on_phone("8011")
    caller.phone.say(read_wav(ROOT / "tests/asr/data/check-my-balance.wav"))
    stopped = caller.wait(Kind.BARGE_IN, by="speech")
    assert caller.wait(Kind.TRANSCRIPT).data["text"] == "check my balance"
    assert stopped.at - stopped.data["onset_at"] < frames(1500)


def test_who_speaks_between_two_sentences_is_heard(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8011")
    said_first_sentence(caller)
    caller.phone.say(read_wav(ROOT / "tests/asr/data/check-my-balance.wav"))
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "balance"


def test_a_pause_in_the_middle_of_a_sentence_ends_no_turn(
    on_phone: Callable[[str], Caller], wav: Wav
) -> None:
    caller = on_phone("8011")
    caller.phone.send_rfc4733("1")
    caller.wait(Kind.UNDERSTOOD)
    caller.wait_quiet()
    caller.phone.say(wav("repay-long-pause"))  # 450 ms between "i want to make" and "an early payment"
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "early"
    ends = [data for data in of(caller.entries(), Kind.SPEECH_ENDED) if data["reason"] == "silence"]
    assert len(ends) == 1


def test_the_echo_of_the_voice_does_not_stop_it(on_phone: Callable[[str], Caller]) -> None:
    caller = on_phone("8011")
    caller.phone.rtp.mangle = Echo(caller.phone.rtp)
    not_stopped(caller)


class Echo:
    """A telephone that gives back what it hears: each packet once, 120 ms later, 16 dB weaker. Where the
    next one is not there yet, nothing comes back, and from then on it is 20 ms later."""

    def __init__(self, rtp: RtpEndpoint) -> None:
        self._rtp = rtp
        self._next = len(rtp.packets) - 6

    def __call__(self, packet: bytes) -> tuple[bytes, ...]:
        if self._next >= len(self._rtp.packets):
            return (packet,)
        samples = g711.decode(self._rtp.packets[self._next].payload, self._rtp.codec)
        self._next += 1
        weaker = (samples * 10 ** (-16 / 20)).astype("<i2").tobytes()
        return (packet[:12] + g711.encode(weaker, self._rtp.codec),)
