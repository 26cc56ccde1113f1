"""`ivr call`: a plan enters; real SIP calls are made and the conversations are printed, with what
the server understood where its journal can be read from here."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ivr import config
from ivr.audio import ms
from ivr.events import JournalEntry, Kind
from ivr.replay import phone
from ivr.replay.script import CallerTurn
from ivr.sip.endpoint import SipEndpoint, SipError
from ivr.sip.outcome import DialOutcome
from ivr.store.database import StoreError
from ivr.store.reader import Reader

RTP_PORT = 30000
JOURNAL_WAIT_S = 3.0
"""the server's journal is written within a fraction of a second after the call"""


@dataclass(frozen=True, slots=True)
class Plan:
    uri: str
    turns: Sequence[CallerTurn]
    key_interval_ms: int
    longest_ms: int
    record: Path | None


def run(
    settings: config.Settings, plan: Plan, codec: str, count: int, parallel: int, console: Console
) -> int:
    """Place the calls; the exit code is 0 when all were answered."""
    client = settings.sip.model_copy(update={"accounts": (), "codecs": (codec,)})
    endpoint = SipEndpoint(client, port=0, rtp_port=RTP_PORT, user_agent="ivr call")
    try:
        endpoint.start()
        with ThreadPoolExecutor(parallel) as pool:
            pending = [pool.submit(_one, endpoint, plan, number) for number in range(count)]
            calls = [future.result() for future in pending]
    except SipError as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        return 2
    finally:
        endpoint.close()
    for call in calls:
        if call.outcome is not DialOutcome.ANSWERED:
            console.print(f"{plan.uri}: {call.outcome.value} ({call.status} {call.reason})", highlight=False)
        elif count == 1:
            _show(call, plan, _journal(settings.store.url, call.sip_call_id), console)
    answered = [call for call in calls if call.outcome is DialOutcome.ANSWERED]
    if count > 1:
        gaps = sorted(turn.reply_gap_ms for call in answered for turn in call.turns if turn.reply_gap_ms)
        middle = f", median reply gap {gaps[len(gaps) // 2]} ms" if gaps else ""
        console.print(f"{len(answered)} of {count} calls answered{middle}")
    return 0 if len(answered) == count else 1


def _one(endpoint: SipEndpoint, plan: Plan, number: int) -> phone.PhoneCall:
    record = plan.record
    if record and number:
        record = record.with_stem(f"{record.stem}-{number}")
    return phone.call(endpoint, plan.uri, plan.turns, plan.key_interval_ms, plan.longest_ms, record)


def _journal(url: str, sip_call_id: str) -> list[JournalEntry]:
    """The server's own record of this call; empty where it is out of reach."""
    try:
        with Reader(url) as reader:
            deadline_s = time.monotonic() + JOURNAL_WAIT_S
            while time.monotonic() < deadline_s:
                for record in reader.by_sip_call_id(sip_call_id):
                    entries = reader.journal(record.id)
                    if entries and entries[-1].kind is Kind.CALL_ENDED:
                        return entries
                threading.Event().wait(0.1)
    except StoreError:
        pass
    return []


def _show(call: phone.PhoneCall, plan: Plan, journal: Sequence[JournalEntry], console: Console) -> None:
    view = Table("time", "who", "what", box=None, pad_edge=False, show_header=False)
    rows: list[tuple[int, str, str]] = []
    for turn in call.turns:
        gap = "" if turn.reply_gap_ms is None else f"  [dim](answer after {turn.reply_gap_ms} ms)[/]"
        rows.append((turn.began_ms, "[cyan]caller[/]", f"{turn.name}{gap}"))
    for entry in journal:
        if line := _line(entry):
            rows.append((ms(entry.at), *line))
    for at_ms, who, what in sorted(rows, key=lambda row: row[0]):
        view.add_row(f"{at_ms / 1000:6.2f} s", who, what)
    console.print(f"called {plan.uri}", highlight=False)
    console.print(view)
    if not journal:
        console.print("what the server understood is not shown: its journal cannot be read from here")
    ended = {"caller": "the bot hung up", "bot": "we hung up", "error": "the line broke"}[call.ended_by]
    console.print(f"{call.duration_ms / 1000:.1f} s, {ended}", highlight=False)


def _line(entry: JournalEntry) -> tuple[str, str] | None:
    data = entry.data
    match entry.kind:
        case Kind.PROMPT_STARTED:
            return "[green]bot[/]", str(data["text"])
        case Kind.TRANSCRIPT:
            text = data["text"] or "(nothing that was expected)"
            return "[dim]heard[/]", f"[dim]{text}  confidence {data['confidence']:.2f}[/]"
        case Kind.UNDERSTOOD:
            meaning = data.get("intent") or data.get("slot")
            return "[dim]understood[/]", f"[dim]{meaning}[/]"
        case Kind.BARGE_IN:
            return "[yellow]barge-in[/]", f"by {data['by']}: the voice stops"
        case Kind.CALL_ENDED:
            return "[dim]end[/]", f"[dim]{data['outcome']}[/]"
    return None
