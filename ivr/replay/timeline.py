"""Journal entries of one call enter; bands and marks on a time line leave, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from ivr.audio import FRAME_MS, ms
from ivr.events import Kind

Side = Literal["caller", "bot"]
LONGEST_TEXT = 70
"""characters of a transcript that are shown at its place"""


class Look(StrEnum):
    """What a band or a mark means; the value stands in the legend."""

    SPEECH = "caller's speech"
    ENDING = "end of turn awaited"
    DOUBT = "in doubt, voice ducked"
    IGNORED = "ignored"
    PLAYING = "prompt plays"
    STOPPED = "voice stopped"
    TURN = "turn ended"
    TEXT = "understood"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Band:
    side: Side
    look: Look
    first: int
    last: int
    tip: str


@dataclass(frozen=True, slots=True)
class Mark:
    side: Side
    look: Look
    at: int
    label: str
    """empty: a line without words"""
    tip: str
    line: bool = True


@dataclass(slots=True)
class Timeline:
    frames: int
    bands: list[Band] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    rows: list[tuple[int, str, str]] = field(default_factory=list)
    """every entry: frame, kind, data in words"""


def clock(at: int) -> str:
    """A frame as seconds, or minutes and seconds."""
    minutes, rest_ms = divmod(at * FRAME_MS, 60_000)
    return f"{minutes}:{rest_ms / 1000:05.2f}" if minutes else f"{rest_ms / 1000:.2f} s"


def details(data: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_word(name, value)}" for name, value in data.items() if value not in ("", []))


def _word(name: str, value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3g}"
        case dict():
            return "(" + details(value) + ")"
        case list():
            return " / ".join(str(part) for part in value)
    if name.endswith("_at"):
        return clock(int(value))
    return f"“{value}”" if name == "text" else str(value)


def build(
    entries: Iterable[tuple[int, Kind, dict[str, Any]]], frames: int, bot: Sequence[tuple[int, int]]
) -> Timeline:
    """`frames`: length of the call; `bot`: first and last frame of each stretch of the bot's sound."""
    builder = _Builder(frames, bot)
    for at, kind, data in entries:
        builder.enter(at, kind, data)
    return builder.finish()


class _Builder:
    def __init__(self, frames: int, bot: Sequence[tuple[int, int]]) -> None:
        self._line = Timeline(frames)
        self._bot = bot
        self._open: dict[Look, tuple[int, str]] = {}
        """bands that have no end yet: first frame and what opened them"""
        self._doubt_at = 0
        """where the sound began that is in doubt"""
        self._spoken_at = 0

    def enter(self, at: int, kind: Kind, data: dict[str, Any]) -> None:
        self._line.rows.append((at, kind.value, details(data)))
        tip = _tip(at, kind, data)
        match kind:
            case Kind.PROMPT_STARTED:
                self._close("bot", Look.STOPPED, at - 1)
                self._begin(Look.PLAYING, at, tip)
            case Kind.PROMPT_ENDED:
                self._close("bot", Look.PLAYING, at if data.get("complete") else at - 1, tip)
                self._end_doubt(at - 1)
            case Kind.PROMPT_RESUMED:
                self._mark("bot", Look.PLAYING, at, f"resumed: {_plain(data.get('reason', ''))}", tip)
            case Kind.DUCKED if data.get("on"):
                self._doubt_at = data.get("onset_at", at)
                self._begin(Look.DOUBT, at, tip)
                self._mark("bot", Look.DOUBT, at, "ducked", tip)
            case Kind.DUCKED:
                self._end_doubt(at - 1, tip)
                self._mark("bot", Look.PLAYING, at, "full again", tip)
            case Kind.BARGE_IN:
                self._stopped(at, data, tip)
            case Kind.SPEECH_STARTED:
                self._begin(Look.SPEECH, data["onset_at"], tip)
            case Kind.SPEECH_ENDED:
                self._speech_ended(at, data, tip)
            case Kind.SPEECH_IGNORED:
                self._band("caller", Look.IGNORED, data["onset_at"], data["end_at"], tip)
                self._mark("caller", Look.IGNORED, at, f"ignored: {_plain(data['reason'])}", tip)
            case Kind.TRANSCRIPT:
                self._transcript(data, tip)
            case Kind.KEYS:
                self._mark("caller", Look.TURN, at, f"keys {data['keys']}", tip)
            case Kind.NO_INPUT:
                self._mark("caller", Look.TURN, at, "no input", tip)
            case Kind.ERROR | Kind.RECOGNISER_LOST | Kind.PROMPT_FAILED:
                self._mark("bot", Look.ERROR, at, kind.value.replace(".", " "), tip)
            case Kind.CALL_ENDED if at < self._line.frames:
                self._mark("bot", Look.ERROR, at, f"call ended: {_plain(data['outcome'])}", tip)
                self._end(at)

    def finish(self) -> Timeline:
        self._end(self._line.frames - 1)
        return self._line

    def _end(self, last: int) -> None:
        """Whatever is open ends with the call."""
        self._end_doubt(last)
        self._close("bot", Look.PLAYING, last)
        self._close("bot", Look.STOPPED, last)
        self._close("caller", Look.SPEECH, last, "the call ends before the turn does")

    def _stopped(self, at: int, data: dict[str, Any], tip: str) -> None:
        self._end_doubt(at - 1)
        self._close("bot", Look.PLAYING, at - 1)
        rule = data.get("rule") or data["by"]
        after = f" after {ms(at - data['onset_at'])} ms" if data["by"] == "speech" else ""
        self._mark("bot", Look.STOPPED, at, f"stopped: {_plain(rule)}{after}", tip)
        if any(first <= at <= last for first, last in self._bot):
            self._begin(Look.STOPPED, at, tip)

    def _speech_ended(self, at: int, data: dict[str, Any], tip: str) -> None:
        onset_at, end_at, reason = data["onset_at"], data["end_at"], data["reason"]
        self._spoken_at = onset_at
        opened = self._open.pop(Look.SPEECH, (onset_at, ""))[1]
        if reason in ("key", "stopped", "ignored"):
            self._band("caller", Look.IGNORED, onset_at, end_at, f"{opened}\n\n{tip}")
            if reason != "ignored":  # that one is told by its own entry
                self._mark("caller", Look.IGNORED, at, f"void: {reason}", tip)
            return
        self._band("caller", Look.SPEECH, onset_at, end_at, f"{opened}\n\n{tip}")
        self._band("caller", Look.ENDING, end_at + 1, at, tip)
        rule = data.get("rule")
        why = "too long" if reason == "too_long" else _plain(rule) if rule else reason
        self._mark("caller", Look.TURN, at, f"turn: {why} {ms(at - end_at)} ms", tip)

    def _transcript(self, data: dict[str, Any], tip: str) -> None:
        text = data["text"]
        if len(text) > LONGEST_TEXT:
            text = text[: LONGEST_TEXT - 1] + "…"
        label = f"“{text}” {data['confidence']:.2f}" if text else "(not understood)"
        look = Look.TEXT if text else Look.IGNORED
        self._line.marks.append(Mark("caller", look, self._spoken_at, label, tip, line=False))

    def _begin(self, look: Look, first: int, tip: str) -> None:
        self._open[look] = (first, tip)

    def _close(self, side: Side, look: Look, last: int, tip: str = "") -> None:
        if look not in self._open:
            return
        first, opened = self._open.pop(look)
        if look is Look.STOPPED:  # the recording talks on; what follows its end is silence
            last = min([last, *(end for begin, end in self._bot if begin <= first <= end)])
        self._band(side, look, first, last, f"{opened}\n\n{tip}" if tip else opened)

    def _end_doubt(self, last: int, tip: str = "") -> None:
        if Look.DOUBT in self._open:
            _, opened = self._open[Look.DOUBT]
            self._band("caller", Look.DOUBT, self._doubt_at, last, f"{opened}\n\n{tip}" if tip else opened)
        self._close("bot", Look.DOUBT, last, tip)

    def _band(self, side: Side, look: Look, first: int, last: int, tip: str) -> None:
        if last >= first:
            self._line.bands.append(Band(side, look, first, last, tip))

    def _mark(self, side: Side, look: Look, at: int, label: str, tip: str) -> None:
        self._line.marks.append(Mark(side, look, at, label, tip))


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _tip(at: int, kind: Kind, data: dict[str, Any]) -> str:
    lines = [f"{clock(at)}  {kind.value}"]
    for name, value in data.items():
        if isinstance(value, dict):
            lines += [f"{name}:", *(f"    {part} {_word(part, score)}" for part, score in value.items())]
        elif value not in ("", []):
            lines.append(f"{name}: {_word(name, value)}")
    return "\n".join(lines)
