"""PocketSphinx in this process: 8 kHz audio and a closed grammar enter, transcripts leave.

feed -> Utterance --pause--> FrontEnd -> decode in the grammar    -> score --+
                                      -> decode as any phones     -> score --+--> confidence

An utterance is decoded as a whole, at each pause of the speaker: the first results are partials, and
the one of the last pause is final already when the end of speech is certain. The same audio
gives the same result, whatever was decoded before, because no state outlives an utterance.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder, get_model_path

from ivr import config
from ivr.asr import grammar as grammars
from ivr.asr.confidence import Segment, confidence
from ivr.asr.frontend import FRAMES_PER_S, FrontEnd
from ivr.asr.pronounce import pronounce
from ivr.asr.utterance import Utterance
from ivr.asr.wordgraph import END, START, WordGraph
from ivr.audio import FRAME_MS, SILENCE
from ivr.events import (
    Alternative,
    Completeness,
    Grammar,
    Partial,
    RecogniserEvent,
    RecogniserLost,
    Transcript,
)

logger = logging.getLogger(__name__)

_MODEL = Path(get_model_path()) / "en-us"
_ADAPTED = Path(__file__).parent / "data"
"""means and variances for telephones; models/en-us-telephone/ says how they were made"""
_CACHED_GRAMMARS = 64
_ALTERNATIVES = 5
_NBEST_READ = 8
"""n-best entries repeat the same words with other pauses"""
_FEATURES = (  # as the model was trained, but normalised by our own front end
    "-transform dct\n-feat 1s_c_d_dd\n-svspec 0-12/13-25/26-38\n"
    "-agc none\n-cmn none\n-varnorm no\n-model ptm\n"
)
_SEARCH = {"lw": 2.0, "silprob": 0.1, "bestpath": False}
# not bestpath: the search through the lattice may end where the grammar does not. For the same
# reason graphs are determined: the engine follows one free transition after a word, not several.
_PHONES = "phones"
_ON_THE_LINE = {
    "six": ("F IH K S", "IH K S", "F IH K F", "IH K"),
    "seven": ("F EH V AH N", "EH V AH N"),
}
"""an s has most of its power above 3.4 kHz: a telephone leaves something like an f, or nothing"""
_FIRST_VARIANT = 7
"""behind those that the dictionary has"""
_NO_WORDS = "<[("
"""silence, noise and free transitions begin with these"""
_SCORE_SHIFT = 1 << 10
"""the engine shifts its log-likelihoods by so much (SENSCR_SHIFT)"""


def unknown_words(grammar: Grammar) -> tuple[str, ...]:
    """Words of an English grammar that cannot be recognised, because nobody knows how they sound."""
    if grammar.language != "en":
        return ()
    dictionary = _dictionary()
    words = sorted(grammars.build(grammar).words())
    return tuple(word for word in words if pronounce(word, dictionary.get) is None)


@dataclass(frozen=True, slots=True)
class _Grammar:
    name: str
    graph: WordGraph


@dataclass(frozen=True, slots=True)
class Reading:
    """What one decoding makes of an utterance so far."""

    transcript: Transcript
    """if the utterance ends here; its text is empty when nothing of the grammar was said"""
    said: str = ""
    """the words, also those of a mere beginning; empty when they are not believed"""
    completeness: Completeness = "incomplete"


class SphinxRecogniser:
    name = "pocketsphinx en-us"
    languages = frozenset({"en"})

    def __init__(self, settings: config.Asr) -> None:
        self._settings = settings
        self._front_end = FrontEnd(_MODEL / "en-us")
        self._decoder = _decoder()
        self._lock = threading.Lock()  # the engine holds the GIL: a second decoder would wait as well
        self._grammars: OrderedDict[Grammar, _Grammar] = OrderedDict()
        self._compiled = 0

    def open(
        self, utterance: int, grammar: Grammar, post: Callable[[RecogniserEvent], None]
    ) -> SphinxRecognition:
        return SphinxRecognition(self, utterance, grammar, post)

    def transcribe(self, utterance: int, pcm16: bytes, grammar: Grammar) -> Transcript:
        """Of a whole utterance."""
        return self.read(utterance, pcm16, grammar).transcript

    def read(self, utterance: int, pcm16: bytes, grammar: Grammar) -> Reading:
        cepstra, loud = self._front_end.cepstra(pcm16)
        with self._lock:
            known = self._use(grammar)
            return self._decode(utterance, cepstra, loud, known)

    def _decode(
        self, utterance: int, cepstra: NDArray[np.float32], loud: NDArray[np.bool_], known: _Grammar
    ) -> Reading:
        said = self._search(known.name, cepstra)
        text = grammars.strip_fillers(said)
        words = [segment for segment in self._segments() if segment.name[0] not in _NO_WORDS]
        if not words or not known.graph.begins(said):
            return Reading(Transcript(utterance, "", 0.0))
        whole = bool(text) and known.graph.accepts(said)
        others = self._others(known, text) if whole else []
        self._search(_PHONES, cepstra)
        sure = confidence(words, self._segments(), loud)
        if sure < self._settings.reject_below:
            return Reading(Transcript(utterance, "", sure))
        if not whole:
            return Reading(Transcript(utterance, "", 0.0), said)
        step = FRAMES_PER_S * FRAME_MS // 1000
        transcript = Transcript(
            utterance,
            text,
            sure,
            alternatives=tuple(Alternative(other, round(sure * share, 3)) for other, share in others),
            start_frame=words[0].start // step,
            end_frame=-(-words[-1].stop // step),
        )
        return Reading(transcript, text, "extensible" if known.graph.goes_on(said) else "complete")

    def _search(self, name: str, cepstra: NDArray[np.float32]) -> str:
        """The words or phones of the best path."""
        decoder = self._decoder
        decoder.activate_search(name)
        decoder.start_utt()
        decoder.process_cep(cepstra.tobytes(), False, True)
        decoder.end_utt()
        hypothesis = decoder.hyp()
        return _plain(hypothesis.hypstr) if hypothesis else ""

    def _segments(self) -> list[Segment]:
        return [
            Segment(s.word, s.start_frame, s.end_frame + 1, _SCORE_SHIFT * log(s.ascore))
            for s in self._decoder.seg() or ()
        ]

    def _others(self, known: _Grammar, text: str) -> list[tuple[str, float]]:
        """Other readings and their likelihood relative to the best one."""
        entries = self._decoder.nbest()
        best = 0.0
        found: dict[str, float] = {}
        for entry in islice(entries or (), _NBEST_READ):
            if entry is None:  # a path through silence only
                continue
            best = max(best, entry.score)
            other = grammars.strip_fillers(_plain(entry.hypstr))
            if other != text and known.graph.accepts(other):
                found.setdefault(other, min(1.0, entry.score / best))
        return list(islice(found.items(), _ALTERNATIVES))

    def _use(self, grammar: Grammar) -> _Grammar:
        known = self._grammars.get(grammar)
        if known is None:
            known = self._grammars[grammar] = self._compile(grammar)
            if len(self._grammars) > _CACHED_GRAMMARS:
                _, oldest = self._grammars.popitem(last=False)
                self._decoder.remove_search(oldest.name)
        self._grammars.move_to_end(grammar)
        return known

    def _compile(self, grammar: Grammar) -> _Grammar:
        graph = grammars.build(self._speakable(grammar)).determined()
        if not graph.arcs:
            raise ValueError("the grammar holds nothing that can be recognised")
        self._compiled += 1
        name = f"grammar{self._compiled}"
        choices = graph.choices()
        arcs = [
            (start, end, 1 / choices[start], word) if word else (start, end, 1 / choices[start])
            for start, end, word in graph.arcs
        ]
        self._decoder.add_fsg(name, self._decoder.create_fsg(name, START, END, arcs))
        return _Grammar(name, graph)

    def _speakable(self, grammar: Grammar) -> Grammar:
        """Without the sentences that nobody knows how to pronounce; the others still work."""
        unknown = set()
        for word in {
            word for text in grammars.sentences(grammar) for word in grammars.words_of(text).split()
        }:
            if self._decoder.lookup_word(word) is None:
                phones = pronounce(word, self._decoder.lookup_word)
                if phones is None:
                    unknown.add(word)
                else:
                    self._decoder.add_word(word, phones)
        if unknown:
            logger.warning("cannot recognise sentences with unknown words: %s", ", ".join(sorted(unknown)))

        def known(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(text for text in texts if not unknown & set(grammars.words_of(text).split()))

        slots = tuple(
            replace(slot, choices=tuple(replace(one, said=known(one.said)) for one in slot.choices))
            for slot in grammar.slots
        )
        return replace(grammar, sentences=known(grammar.sentences), slots=slots)


class SphinxRecognition:
    """One utterance; everything is posted from within feed and finish."""

    def __init__(
        self,
        recogniser: SphinxRecogniser,
        utterance: int,
        grammar: Grammar,
        post: Callable[[RecogniserEvent], None],
    ) -> None:
        self._recogniser = recogniser
        self._number = utterance
        self._grammar = grammar
        self._post = post
        self._audio = Utterance()
        self._latest: Reading | None = None
        self._compute_s = 0.0
        self._over = False

    def feed(self, pcm16: bytes) -> None:
        if self._over or not self._audio.feed(pcm16):
            return
        self._attempt(self._audio.until_pause())
        latest = self._latest
        if latest and latest.said and not self._over:
            sure = latest.transcript.confidence
            self._post(Partial(self._number, latest.said, latest.completeness, sure))

    def finish(self) -> None:
        if self._over:
            return
        if self._latest is None or self._audio.fresh:
            self._attempt(self._audio.whole())
        if not self._over and self._latest:
            self._over = True
            self._post(replace(self._latest.transcript, compute_ms=round(1000 * self._compute_s)))

    def cancel(self) -> None:
        self._over = True

    def _attempt(self, pcm16: bytes) -> None:
        started_s = time.thread_time()
        try:
            if self._grammar.language not in self._recogniser.languages:
                raise ValueError(f"{self._recogniser.name} does not understand '{self._grammar.language}'")
            self._latest = self._recogniser.read(self._number, pcm16 or SILENCE, self._grammar)
        except (RuntimeError, ValueError) as error:
            self._over = True
            self._post(RecogniserLost(self._number, str(error)))
        self._compute_s += time.thread_time() - started_s


def _decoder() -> Decoder:
    with tempfile.NamedTemporaryFile("w", suffix=".params") as features:
        features.write(_FEATURES)
        features.flush()
        decoder = Decoder(
            lm=None,
            loglevel="FATAL",
            featparams=features.name,
            mean=str(_ADAPTED / "means"),
            var=str(_ADAPTED / "variances"),
            **_SEARCH,
        )
    for word, sounds in _ON_THE_LINE.items():
        for number, phones in enumerate(sounds, start=_FIRST_VARIANT):
            decoder.add_word(f"{word}({number})", phones, False)
    decoder.add_allphone_file(_PHONES, str(_MODEL / "en-us-phone.lm.bin"))
    return decoder


def _plain(text: str) -> str:
    """Without the numbers of pronunciation variants: to(2)."""
    return " ".join(word.split("(")[0] for word in text.split() if word[0] not in "<[")


@cache
def _dictionary() -> dict[str, str]:
    lines = (_MODEL / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines)
