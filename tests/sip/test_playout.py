"""The play-out queue against a simple model: whole prompts, in order, each ended exactly once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.audio import FRAME_BYTES, SILENCE
from ivr.events import Played, PlayStarted
from ivr.sip.playout import PlayEvent, Playout

Piece = tuple[int, bytes, bool]
"""prompt, audio, last"""


def sound(prompt: int, size: int) -> bytes:
    """Even, never silent, and different for each prompt."""
    return bytes([prompt + 1]) * (2 * size)


@st.composite
def scripts(draw: st.DrawFn) -> tuple[list[Piece], dict[int, bytes]]:
    """Prompts cut into pieces (first ones maybe empty); pieces of different prompts interleaved."""
    whole: dict[int, bytes] = {}
    cut: list[list[Piece]] = []
    for prompt in range(draw(st.integers(1, 4))):
        sizes = draw(st.lists(st.integers(0, 400), min_size=1, max_size=4))
        pieces = [sound(prompt, size) for size in sizes]
        whole[prompt] = b"".join(pieces)
        cut.append([(prompt, piece, i == len(pieces) - 1) for i, piece in enumerate(pieces)])
    order = draw(st.permutations([prompt for prompt, pieces in enumerate(cut) for _ in pieces]))
    return [cut[prompt].pop(0) for prompt in order], whole


def run(playout: Playout, at: int, ticks: int) -> tuple[list[bytes], list[PlayEvent]]:
    frames, events = [], []
    for tick in range(at, at + ticks):
        frame, new = playout.next_frame(tick)
        assert len(frame) == FRAME_BYTES
        frames.append(frame)
        events += new
    return frames, events


def frames_of(size: int) -> int:
    return -(-size // FRAME_BYTES)


@given(scripts(), st.data())
def test_pieces_in_any_order_come_out_whole(
    script: tuple[list[Piece], dict[int, bytes]], data: st.DataObject
) -> None:
    pieces, whole = script
    playout, at = Playout(), 0
    heard: list[bytes] = []
    events: list[PlayEvent] = []
    for prompt, audio, last in pieces:
        playout.put(prompt, audio, last)
        ticks = data.draw(st.integers(0, 5))
        frames, new = run(playout, at, ticks)
        heard, events, at = heard + frames, events + new, at + ticks
    frames, new = run(playout, at, 100)
    heard, events = heard + frames, events + new
    order = list(dict.fromkeys(prompt for prompt, _, _ in pieces))
    ended = [event for event in events if isinstance(event, Played)]
    assert [event.prompt for event in ended] == order
    assert all(event.complete and event.frames == frames_of(len(whole[event.prompt])) for event in ended)
    assert [e.prompt for e in events if isinstance(e, PlayStarted)] == [p for p in order if whole[p]]
    spoken = b"".join(frame for frame in heard if frame != SILENCE)
    assert spoken == b"".join(
        whole[prompt] + bytes(-len(whole[prompt]) % FRAME_BYTES) for prompt in order if whole[prompt]
    )


@given(scripts(), st.integers(0, 30), st.booleans())
def test_cleared_prompts_end_at_once_and_once(
    script: tuple[list[Piece], dict[int, bytes]], ticks: int, on_hold: bool
) -> None:
    pieces, whole = script
    playout = Playout()
    for piece in pieces:
        playout.put(*piece)
    frames, before = run(playout, 0, ticks)
    playout.clear()
    playout.put(99, sound(99, 160))
    cleared = playout.pause(ticks) if on_hold else []
    frame, events = playout.next_frame(ticks)
    assert frame == sound(99, 160)
    ended = [event for event in (*before, *cleared, *events) if isinstance(event, Played)]
    assert sorted(event.prompt for event in ended) == sorted([*whole, 99])
    cut = [event for event in ended if not event.complete]
    assert all(event.at == ticks for event in cut)
    if on_hold:
        assert cleared == cut
    # Each frame that left belongs to exactly one prompt's count.
    assert sum(e.frames for e in ended) == sum(frame != SILENCE for frame in frames) + 1


def test_an_empty_first_piece_reserves_the_place() -> None:
    playout = Playout()
    playout.put(1, b"", last=False)
    playout.put(2, sound(2, 160))
    assert run(playout, 0, 3) == ([SILENCE] * 3, [])
    playout.put(1, sound(1, 160), last=True)
    frames, events = run(playout, 3, 2)
    assert frames == [sound(1, 160), sound(2, 160)]
    assert events == [PlayStarted(3, 1), Played(3, 1, 1, True), PlayStarted(4, 2), Played(4, 2, 1, True)]
    assert playout.underruns == 0


def test_silence_inside_a_prompt_is_counted() -> None:
    playout = Playout()
    playout.put(1, sound(1, 160), last=False)
    assert run(playout, 0, 3)[0] == [sound(1, 160), SILENCE, SILENCE]
    playout.put(1, b"", last=True)
    assert run(playout, 3, 1) == ([SILENCE], [Played(3, 1, 1, True)])
    assert playout.underruns == 2


def test_a_prompt_without_sound_ends_without_a_start() -> None:
    playout = Playout()
    playout.put(1, b"")
    assert run(playout, 7, 2)[1] == [Played(7, 1, 0, True)]


def test_a_ducked_voice_goes_on_quieter_and_comes_back() -> None:
    playout = Playout()
    loud = (8000).to_bytes(2, "little") * (FRAME_BYTES // 2)
    playout.put(1, loud * 6)
    levels = []
    for at, duck in enumerate([None, True, None, None, False, None]):
        if duck is not None:
            playout.duck(duck)
        frame, _ = playout.next_frame(at)
        levels.append((int.from_bytes(frame[:2], "little"), int.from_bytes(frame[-2:], "little")))
    assert levels == [(8000, 8000), (8000, 2000), (2000, 2000), (2000, 2000), (2000, 8000), (8000, 8000)]
