"""The prompt cache: a text or a recording enters, 8 kHz pcm16 leaves, at once when it was made
before.

ready() --- memory --- disk (or the recorded WAV)        stream() --- synthesiser, kept if wanted
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ivr import audio
from ivr.tts import Synthesiser, SynthesisError

log = logging.getLogger(__name__)

_MEMORY_BYTES = 64 * 1024 * 1024
"""more than an hour of speech"""
_HASH_BYTES = 32


class Item(Protocol):
    """A prompt to make ready; flow.actions.Say is one."""

    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def voice(self) -> str: ...
    @property
    def recording(self) -> Path | None: ...


@dataclass(slots=True)
class FillReport:
    made: int = 0
    """synthesised now"""
    kept: int = 0
    """there already: on disk, or recorded by a person"""
    failed: list[str] = field(default_factory=list)
    """one message each, naming the file or the voice"""


class Prompts:
    """Shared by all calls of a process, and its folder by many processes: files are written
    beside their place and renamed, and hold their own hash. A folder that cannot be written
    costs a warning, never a call."""

    def __init__(self, synthesiser: Synthesiser, cache_dir: Path, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._synthesiser = synthesiser
        self._dir = cache_dir
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._held_bytes = 0
        self._warned: set[str] = set()

    def ready(self, text: str, language: str, voice: str, recording: Path | None = None) -> bytes | None:
        """What can be played now, without synthesis. An unreadable recording is logged, and the
        text takes its place."""
        if recording is not None:
            try:
                return self._recorded(recording)
            except audio.AudioError as error:
                self._warn_once(str(recording), f"{error}; its text is spoken instead")
        key = self._key(text, language, voice)
        pcm16 = self._remembered(key)
        if pcm16 is None:
            pcm16 = self._read(key)
            if pcm16 is not None:
                self._remember(key, pcm16)
        return pcm16

    def stream(self, text: str, language: str, voice: str, keep: bool) -> Iterator[bytes]:
        """Speech sentence by sentence. `keep`: for a text that comes again; never for secrets,
        because it lands on disk. Raises SynthesisError."""
        pieces = []
        for piece in self._synthesiser.speak(text, language, voice):
            if keep:
                pieces.append(piece)
            yield piece
        if keep:
            key, pcm16 = self._key(text, language, voice), b"".join(pieces)
            self._remember(key, pcm16)
            self._write(key, pcm16)

    def fill(self, items: Iterable[Item], progress: Callable[[int], None] | None = None) -> FillReport:
        """Make every prompt ready; `progress` hears how many are done. An unreadable recording
        is reported and its text made instead, which is what a call falls back to."""
        report = FillReport()
        for done, item in enumerate(items, start=1):
            self._fill_one(item, report)
            if progress is not None:
                progress(done)
        return report

    def _fill_one(self, item: Item, report: FillReport) -> None:
        try:
            if item.recording is not None:
                self._recorded(item.recording)
                report.kept += 1
                return
        except audio.AudioError as error:
            report.failed.append(str(error))
        try:
            if self.ready(item.text, item.language, item.voice) is not None:
                report.kept += 1
                return
            for _ in self.stream(item.text, item.language, item.voice, keep=True):
                pass
            report.made += 1
        except SynthesisError as error:
            report.failed.append(str(error))

    def _key(self, text: str, language: str, voice: str) -> str:
        parts = (text, language, voice, self._synthesiser.name)
        return hashlib.sha256("\0".join(parts).encode("utf-8", errors="surrogatepass")).hexdigest()

    def _recorded(self, recording: Path) -> bytes:
        """A recording that was changed on disk is read anew."""
        try:
            stat = recording.stat()
        except OSError as error:
            raise audio.AudioError(f"{recording}: cannot read this WAV file: {error.strerror}") from error
        key = f"{recording}\0{stat.st_mtime_ns}\0{stat.st_size}"
        pcm16 = self._remembered(key)
        if pcm16 is None:
            pcm16 = audio.read_wav(recording)
            self._remember(key, pcm16)
        return pcm16

    def _remembered(self, key: str) -> bytes | None:
        with self._lock:
            pcm16 = self._memory.get(key)
            if pcm16 is not None:
                self._memory.move_to_end(key)
            return pcm16

    def _remember(self, key: str, pcm16: bytes) -> None:
        with self._lock:
            self._held_bytes += len(pcm16) - len(self._memory.pop(key, b""))
            self._memory[key] = pcm16
            while self._held_bytes > self._memory_bytes:
                _, oldest = self._memory.popitem(last=False)
                self._held_bytes -= len(oldest)

    def _file(self, key: str) -> Path:
        return self._dir / f"{key}.pcm"

    def _read(self, key: str) -> bytes | None:
        """None for a file that is missing, cut off or damaged; it will be made again."""
        try:
            content = self._file(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn_unusable(error)
            return None
        pcm16 = content[_HASH_BYTES:]
        return pcm16 if content[:_HASH_BYTES] == hashlib.sha256(pcm16).digest() else None

    def _write(self, key: str, pcm16: bytes) -> None:
        unfinished = None
        try:
            self._dir.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._dir, suffix=".part", delete=False) as file:
                unfinished = Path(file.name)
                file.write(hashlib.sha256(pcm16).digest() + pcm16)
            unfinished.replace(self._file(key))
        except OSError as error:
            self._warn_unusable(error)
            if unfinished is not None:
                unfinished.unlink(missing_ok=True)

    def _warn_unusable(self, error: OSError) -> None:
        self._warn_once(
            str(self._dir),
            f"prompt cache {self._dir} cannot be used ({error.strerror}): prompts are kept in memory "
            "only; free its disk or set tts.cache",
        )

    def _warn_once(self, about: str, message: str) -> None:
        if about not in self._warned:
            self._warned.add(about)
            log.warning("%s", message)
