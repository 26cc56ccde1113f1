"""What callers said and the bot did not understand, or hardly: a journal or a file of sentences enters,
utterances leave.

Never read: what is masked, what was said to a question for a number, a code, a name or the like, and
sentences that hold a long number. Who called is kept only to count callers; it is never told or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ivr.events import JournalEntry, Kind, Slot
from ivr.flow import slots
from ivr.flow.flow import CONFIRM_SLOT, Flow
from ivr.flow.steps import AskStep, VerifyStep
from ivr.store.reader import CallRecord, Reader

HARDLY = 0.7
"""the bot acts on less, but is not sure"""
PRIVATE = frozenset(["digits", "phone", "card", "id_number", "spelling", "text"])
"""types whose questions are answered by what concerns the caller alone"""
LONG_NUMBER = 6
"""digits from which on a number may tell who somebody is"""
_PAGE = 200
_COUNTED = ("digits", "phone", "card", "id_number")


@dataclass(frozen=True, slots=True)
class Utterance:
    text: str
    caller: str
    """the number, or the call where it is withheld"""
    call: str
    flow: str = ""
    step: str = ""
    """the question that it was said to; empty where that is not known"""
    confirmed: str = ""
    """the intent of which the bot asked whether it is meant, and the caller said yes"""
    denied: str = ""
    """... and the caller said no"""


def stored(reader: Reader, root: Flow, since: datetime | None, most_calls: int) -> Iterator[Utterance]:
    """Of the newest calls of that flow."""
    for record in _calls(reader, root.name, since, most_calls):
        yield from of_call(reader.journal(record.id), record.caller or record.id, root)


def _calls(reader: Reader, flow: str, since: datetime | None, most: int) -> Iterator[CallRecord]:
    before: datetime | None = None
    found = 0
    while page := reader.calls(_PAGE, before):
        for record in page:
            if found == most or (since and record.started_at < since):
                return
            if record.flow == flow:
                found += 1
                yield record
        before = page[-1].started_at


def listed(lines: Iterable[str], language: str) -> Iterator[Utterance]:
    """Of a file: a sentence a line, or the caller, a tab and the sentence. A line without a caller is one of
    its own."""
    for number, line in enumerate(lines, start=1):
        caller, tab, text = line.rstrip("\r\n").partition("\t")
        text, caller = (text, caller) if tab else (caller, f"line {number}")
        if shareable(text, language):
            yield Utterance(text.strip(), caller, f"line {number}")


def shareable(text: str, language: str) -> bool:
    """Whether a sentence may be shown to whoever writes flows."""
    if not text.strip() or "*" in text:
        return False
    wanted = {kind: Slot(kind, 1, 40) for kind in _COUNTED}  # type: ignore[arg-type]
    found = slots.find_all(text, wanted, language, date.min.replace(year=2000)).found
    return all(sum(map(str.isdigit, str(one.value))) < LONG_NUMBER for one in found)


# --- one call -------------------------------------------------------------------------------------------


def of_call(entries: Sequence[JournalEntry], caller: str, root: Flow) -> Iterator[Utterance]:
    yield from (one for one in _heard(entries, caller, root) if _open(one, root))


def _open(heard: Utterance, root: Flow) -> bool:
    flow = root.flows.get(heard.flow)
    step = flow.steps.get(heard.step) if flow else None
    if flow is None or step is None or isinstance(step, VerifyStep):
        return False
    if isinstance(step, AskStep) and (step.secret or step.type in PRIVATE):
        return False
    return shareable(heard.text, flow.language)


def _heard(entries: Sequence[JournalEntry], caller: str, root: Flow) -> Iterator[Utterance]:
    around = [root.name]
    transcript = ""
    asked: Utterance | None = None
    intent = ""

    def utterance(text: str, data: dict[str, object]) -> Utterance:
        return Utterance(text, caller, entry.call, around[-1], str(data.get("step", "")))

    for entry in entries:
        data = entry.data
        match entry.kind:
            case Kind.FLOW_ENTERED:
                around.append(data["flow"])
            case Kind.FLOW_LEFT if len(around) > 1:
                around.pop()
            case Kind.TRANSCRIPT:
                transcript = data["text"]
            case Kind.KEYS:
                transcript = ""
            case Kind.ASKED_BACK:
                if asked:
                    yield asked
                asked, intent = utterance(data["text"], data), data["intent"]
            case Kind.UNDERSTOOD:
                if asked:
                    meant = data.get("intent") == intent
                    yield replace(asked, confirmed=intent) if meant else asked
                    asked = None
                elif "intent" in data and data.get("by") == "speech" and data["score"] < HARDLY:
                    yield utterance(data["text"], data)
            case Kind.NO_MATCH:
                text = data.get("text", transcript)
                denied = asked and slots.parse(text, CONFIRM_SLOT, root.language, date.max) is False
                if asked:
                    yield replace(asked, denied=intent) if denied else asked
                    asked = None
                if not denied:
                    yield utterance(text, data)
    if asked:
        yield asked
