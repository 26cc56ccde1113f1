"""Barge-in: what was measured of a burst of sound over a prompt enters; a ruling leaves.

                +---------- stop: onset, sustained, voice, words, hotword, key --> stopped
    clear --> doubt (the voice is ducked)
      ^         |
      +---------+ ignore: backchannel, noise, other_talker, echo, background, unsure,
                    no_hotword, too_few_words

Stop rules, in this order:
  hotword    a recognised phrase is one of the policy's (policy `hotword`)
  words      as many words were recognised as the policy wants; under `speech` any answer that the
             step expects and that is no backchannel
  voice      speech that is weak, but whose voice is the caller's (speaker.py)
  onset      the first 100 ms and more resemble speech that takes the floor (onset.py)
  short      a short burst is over, and resembled such speech enough
  sustained  speech for longer than any backchannel
Speech weaker than the caller's by `other_talker_db` is somebody else's until its voice says otherwise; a
little louder than that, its voice is asked as well. Speech that does not stand out from the background
is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ivr.audio import frames, ms
from ivr.config import Listen
from ivr.events import BargeIn, Hotwords, Words

LEAST_MS = 100
"""of a burst before its beginning is judged"""
VOICE_MS = 400
"""of speech before its voice is compared with the caller's"""
WEAK_VOICE_MS = 900
"""of weak speech before its voice makes it the caller's"""
CALLER = 0.8
"""likelihood of the caller's voice that counts as the caller, where speech is weak"""
MAYBE_CALLER = 0.5
"""the same within DOUBTFUL_DB above `other_talker_db`"""
DOUBTFUL_DB = 4.0
FAR_BELOW_DB = 6.0
"""so much below the level of somebody else, not even the voice makes it the caller: that is echo or noise"""
SOUNDS_LIKE_WORDS = 0.5
"""score of the floor that one or two recognised words need: hums are easily taken for a short word"""
SURE_WORDS, SURE_STOP = 0.95, 0.8
"""confidence of the recogniser that makes up for such a score; in words like "stop" """
FEW_WORDS = 2
SHORT_PAUSE_MS = 100
SHORT_MS = 120
SHORT_SCORE = 0.87
"""rule `short`: silence after so much speech, with so much of `floor_score`"""
AUDIBLE_DB = 5.0
"""above the background that speech needs to be somebody's"""
LONG_BACKCHANNEL_MS = 1400
"""a backchannel may be said twice, but not longer"""
STANDS_OUT_DB = 6.0
"""above other talkers in the background: then it is the caller who begins to speak"""
LITTLE_NOISE = 0.25
"""score of noise below which long speech stops the voice"""
LONGEST_DOUBT_MS = 2000
"""of speech that is still not the caller's, or noise: then it is ignored, and the voice no longer ducked"""

StopRule = Literal["hotword", "words", "voice", "onset", "short", "sustained"]
IgnoreReason = Literal[
    "backchannel", "noise", "other_talker", "echo", "background", "unsure", "no_hotword", "too_few_words"
]


@dataclass(slots=True)
class Evidence:
    """Of one burst, up to now."""

    burst_frames: int = 0
    """since its onset"""
    voiced_frames: int = 0
    pause_frames: int = 0
    """since the last voiced one"""
    floor: float = 0.0
    backchannel: float = 0.0
    noise: float = 0.0
    above_db: float = 0.0
    """by which its last part stands out from what was heard before it"""
    level_db: float | None = None
    """of its last part against the caller's usual speech; None: the caller is not known yet"""
    caller: float | None = None
    """likelihood of the caller's voice; None: not compared"""
    text: str = ""
    """recognised so far"""
    confidence: float = 0.0
    """of the recogniser in that text"""
    meaning: Literal["", "answer", "stop", "backchannel"] = ""
    """of that text: something the step expects, or a word that wants the voice to stop or to go on"""
    echo: bool = False
    """it was our own voice when it would have stopped the voice"""
    over: bool = False

    def scores(self) -> dict[str, float]:
        """For the journal."""
        told = {"floor": self.floor, "backchannel": self.backchannel, "noise": self.noise}
        told |= {"voiced_ms": float(ms(self.voiced_frames)), "above_db": self.above_db}
        told |= {} if self.level_db is None else {"level_db": self.level_db}
        told |= {"confidence": self.confidence} if self.text else {}
        told |= {} if self.caller is None else {"caller": self.caller}
        return {name: round(value, 3) for name, value in told.items()}


@dataclass(frozen=True, slots=True)
class Ruling:
    stop: bool
    rule: StopRule | IgnoreReason


class BargeInJudge:
    """The judge of one prompt."""

    def __init__(self, policy: BargeIn, settings: Listen) -> None:
        self._policy = policy
        self._settings = settings

    @property
    def key_stops(self) -> bool:
        return self._policy != "off"

    @property
    def speech_may_stop(self) -> bool:
        return self._policy not in ("off", "keys")

    def rule(self, seen: Evidence) -> Ruling | None:
        """None: not decided yet."""
        if stop := self._stop(seen):
            return Ruling(True, stop)
        if seen.over or seen.voiced_frames >= frames(LONGEST_DOUBT_MS):
            return Ruling(False, self._reason(seen))
        return None

    def _stop(self, seen: Evidence) -> StopRule | None:
        policy = self._policy
        if seen.echo and seen.pause_frames:
            return None
        if isinstance(policy, Hotwords):
            return "hotword" if _holds(seen.text, policy.phrases) else None
        if isinstance(policy, Words):
            return "words" if len(seen.text.split()) >= policy.count else None
        if seen.meaning in ("answer", "stop") and self._words(seen):
            return "words"
        if self._somebody_else(seen):
            return "voice" if self._quiet_caller(seen) else None
        if seen.above_db < AUDIBLE_DB or self._doubtful(seen):
            return None
        if ms(seen.burst_frames) >= LEAST_MS and seen.floor >= self._settings.floor_score:
            return "onset"
        if self._short(seen):
            return "short"
        return "sustained" if self._sustained(seen) else None

    def _words(self, seen: Evidence) -> bool:
        if len(seen.text.split()) > FEW_WORDS or seen.floor >= SOUNDS_LIKE_WORDS:
            return True
        return seen.confidence >= (SURE_STOP if seen.meaning == "stop" else SURE_WORDS)

    def _short(self, seen: Evidence) -> bool:
        over = self._paused(seen) and ms(seen.voiced_frames) >= SHORT_MS
        return over and seen.floor >= SHORT_SCORE * self._settings.floor_score

    def _sustained(self, seen: Evidence) -> bool:
        backchannel = seen.backchannel > seen.floor
        least_ms = LONG_BACKCHANNEL_MS if backchannel else self._settings.sustained_ms
        return ms(seen.voiced_frames) >= least_ms and seen.noise < LITTLE_NOISE

    def _paused(self, seen: Evidence) -> bool:
        return ms(seen.pause_frames) >= SHORT_PAUSE_MS

    def _somebody_else(self, seen: Evidence) -> bool:
        return seen.level_db is not None and seen.level_db < self._settings.other_talker_db

    def _doubtful(self, seen: Evidence) -> bool:
        """As weak as the caller may be at times: the voice has to agree, if there is enough of it."""
        if seen.level_db is None or seen.level_db >= self._settings.other_talker_db + DOUBTFUL_DB:
            return False
        return not self._paused(seen) if seen.caller is None else seen.caller < MAYBE_CALLER

    def _quiet_caller(self, seen: Evidence) -> bool:
        assert seen.level_db is not None
        near = seen.level_db >= self._settings.other_talker_db - FAR_BELOW_DB
        known = seen.caller is not None and seen.caller >= CALLER
        return near and known and ms(seen.voiced_frames) >= WEAK_VOICE_MS and seen.noise < LITTLE_NOISE

    def _reason(self, seen: Evidence) -> IgnoreReason:
        if isinstance(self._policy, Hotwords):
            return "no_hotword"
        if isinstance(self._policy, Words):
            return "too_few_words"
        if seen.echo:
            return "echo"
        if self._somebody_else(seen):
            return "other_talker"
        if seen.meaning == "backchannel":
            return "backchannel"
        if seen.above_db < AUDIBLE_DB:
            return "background"
        if seen.floor >= 0.5:
            return "unsure"
        return "backchannel" if seen.backchannel >= seen.noise else "noise"


def _holds(text: str, phrases: tuple[str, ...]) -> bool:
    return any(f" {phrase} " in f" {text} " for phrase in phrases)
