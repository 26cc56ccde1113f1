"""Grammars and transcripts as the Wyoming protocol carries them: the grammar travels in the
context of `transcribe`, its sentences once more as `transcript_terms` for services that know no
grammars; confidence, alternatives and times come back in the context of `transcript`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast, get_args

from wyoming.asr import Transcribe, TranscriptChunk
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.event import Event

from ivr.events import Alternative, Completeness, Grammar, Partial, Slot, Transcript


def request(grammar: Grammar) -> Event:
    context = {"grammar": {"sentences": list(grammar.sentences), "slots": [asdict(s) for s in grammar.slots]}}
    terms = list(grammar.sentences) or None
    return Transcribe(language=grammar.language, context=context, transcript_terms=terms).event()


def grammar_of(event: Event) -> Grammar:
    """Raises ValueError for a request that is none. A stranger's request without grammar gets one
    from its terms."""
    asked = Transcribe.from_event(event)
    given = (asked.context or {}).get("grammar", {})
    try:
        sentences = given.get("sentences", asked.transcript_terms or ())
        slots = tuple(Slot(**slot) for slot in given.get("slots", ()))
        return Grammar(asked.language or "en", tuple(str(text) for text in sentences), slots)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"not a grammar: {error}") from error


def chunk(partial: Partial) -> Event:
    """A partial transcript; how complete it is stands beside the text, where strangers do not look."""
    event = TranscriptChunk(partial.text).event()
    event.data |= {"completeness": partial.completeness, "confidence": partial.confidence}
    return event


def partial_of(event: Event, utterance: int) -> Partial:
    """A service that does not tell how complete its text is may be in the middle of it. Raises
    ValueError for nonsense."""
    completeness = event.data.get("completeness", "incomplete")
    if completeness not in get_args(Completeness):
        raise ValueError(f"no partial transcript: completeness {completeness!r}")
    text = TranscriptChunk.from_event(event).text
    return Partial(
        utterance, text, cast(Completeness, completeness), float(event.data.get("confidence", 1.0))
    )


def answer(transcript: Transcript) -> Event:
    context = {
        "confidence": transcript.confidence,
        "alternatives": [asdict(other) for other in transcript.alternatives],
        "start_frame": transcript.start_frame,
        "end_frame": transcript.end_frame,
        "compute_ms": transcript.compute_ms,
    }
    return WyomingTranscript(text=transcript.text, context=context).event()


def transcript_of(event: Event, utterance: int) -> Transcript:
    """A service that tells no confidence is believed. Raises ValueError for nonsense."""
    try:
        told = WyomingTranscript.from_event(event)
        context: dict[str, Any] = told.context or {}
        return Transcript(
            utterance=utterance,
            text=str(told.text),
            confidence=float(context.get("confidence", 1.0)),
            alternatives=tuple(Alternative(**other) for other in context.get("alternatives", ())),
            start_frame=int(context.get("start_frame", 0)),
            end_frame=int(context.get("end_frame", 0)),
            compute_ms=int(context.get("compute_ms", 0)),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a transcript: {error}") from error
