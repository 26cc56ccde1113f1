"""The scripted caller: when it speaks, presses, waits and leaves."""

from __future__ import annotations

from ivr.audio import FRAME_BYTES
from ivr.replay.script import Act, CallerTurn, Leave, Press, ScriptedCaller, Speak

SOUND = bytes(5 * FRAME_BYTES)


def play(caller: ScriptedCaller, bot: list[tuple[bool, int]]) -> list[tuple[int, Act]]:
    """`bot`: (talking, prompts begun) of each frame."""
    return [(at, act) for at, (talking, begun) in enumerate(bot) for act in caller.tick(at, talking, begun)]


def test_speaks_when_the_prompt_is_over_and_a_pause_has_passed() -> None:
    caller = ScriptedCaller([CallerTurn("a", "after_prompt", 3, SOUND)])
    assert play(caller, [(True, 1)] * 4 + [(False, 1)] * 9) == [(7, Speak(SOUND))]
    assert caller.done


def test_interrupts_in_the_middle_of_a_prompt() -> None:
    caller = ScriptedCaller([CallerTurn("a", "during_prompt", 2, SOUND)])
    assert play(caller, [(False, 0)] * 3 + [(True, 1)] * 9) == [(5, Speak(SOUND))]


def test_waits_for_an_answer_before_the_next_turn() -> None:
    turns = [CallerTurn("a", "after_prompt", 0, SOUND), CallerTurn("b", "after_prompt", 0, keys="7")]
    bot = [(False, 1)] * 20 + [(True, 2)] * 3 + [(False, 2)] * 3
    assert play(ScriptedCaller(turns), bot) == [(0, Speak(SOUND)), (23, Press("7"))]


def test_keys_come_one_by_one() -> None:
    caller = ScriptedCaller([CallerTurn("k", "at_once", 0, keys="12#")], key_interval_ms=60)
    assert play(caller, [(False, 0)] * 9) == [(0, Press("1")), (3, Press("2")), (6, Press("#"))]


def test_silence_takes_its_time_and_needs_a_new_prompt_after_it() -> None:
    turns = [
        CallerTurn("s", "after_prompt", 0, silence_frames=4),
        CallerTurn("bye", "after_prompt", 0, leaves=True),
    ]
    bot = [(False, 1)] * 10 + [(True, 2), (False, 2)]
    assert play(ScriptedCaller(turns), bot) == [(11, Leave())]
