"""Keys of a turn: digits and passing frames enter; the collected keys leave."""

from __future__ import annotations

from collections import deque

from ivr.audio import frames
from ivr.events import KeyRules, KeysEntered


class KeyCollector:
    """Ends when full, by the terminator, or when the next key is late; whether fewer than
    `min_keys` are an answer is for the flow to say."""

    def __init__(self, rules: KeyRules, inter_key_ms: int) -> None:
        """`inter_key_ms` where the rules have none."""
        self.rules = rules
        self.inter_key_frames = frames(inter_key_ms if rules.inter_key_ms is None else rules.inter_key_ms)
        self._keys = ""
        self._waited_frames = 0

    @property
    def begun(self) -> bool:
        return bool(self._keys)

    def press(self, at: int, key: str) -> KeysEntered | None:
        self._waited_frames = 0
        if key == self.rules.terminator:
            return KeysEntered(at, self._keys, "terminator")
        self._keys += key
        if len(self._keys) >= self.rules.max_keys:
            return KeysEntered(at, self._keys, "full")
        return None

    def wait(self, at: int) -> KeysEntered | None:
        """One more frame without a key, after the first key."""
        self._waited_frames += 1
        if self._waited_frames >= self.inter_key_frames:
            return KeysEntered(at, self._keys, "timeout")
        return None


class TypedKeys:
    """Keys on their way to a turn: those of callers who know the menu come before it."""

    MAX_KEYS = 64
    """more keys than this ahead of a turn are lost"""

    def __init__(self) -> None:
        self._keys: deque[str] = deque()
        self._stray_key = ""
        self._stray_until = -1

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: str) -> None:
        if len(self._keys) < self.MAX_KEYS:
            self._keys.append(key)

    def take(self) -> str:
        return self._keys.popleft()

    def clear(self) -> None:
        self._keys.clear()

    def after_full(self, at: int, keys: KeyCollector) -> None:
        """A collection is full. Who types 1234# by habit sends a `#` too many: it answers
        nothing and must not reach the next turn."""
        rules = keys.rules
        if rules.max_keys == 1:
            return
        if self._keys and self._keys[0] == rules.terminator:
            self._keys.popleft()
        elif not self._keys:
            self._stray_key, self._stray_until = rules.terminator, at + keys.inter_key_frames

    def is_stray(self, at: int, key: str) -> bool:
        """Is this next key the terminator of a collection that was full already?"""
        stray = key == self._stray_key and at <= self._stray_until
        self._stray_key = ""
        return stray
