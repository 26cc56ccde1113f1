"""A call of a flow by typing: a typed line enters; what the bot says, and what went on behind it, leaves.

words            said                           /state    where the call stands
(empty)          silence                        /scores   what the last words may mean
#123, keys 123   keys                           /back     as before the last turn
/transfer busy   how a transfer ends            /lost     the recogniser is lost
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ivr.events import Kind, TransferOutcome
from ivr.flow.actions import Action, HangUp, Note, RecordMessage, Say, Transfer
from ivr.flow.state import Phase
from ivr.located import suggestion
from ivr.talk.meanings import Meaning, ranked
from ivr.talk.standing import standing
from ivr.talk.text_call import TextCall

HELP = """\
Type what the caller says. An empty line is silence; #123 or 'keys 123' are keys.
/state     the step, the values so far, what is listened for
/scores    what the last words may mean, and how sure the bot is
/back      undo the last turn (what other systems did stays done)
/transfer  a transfer ends: completed, or as you say: busy, no_answer, refused, unreachable
/lost      the recogniser is lost
/quit      end (also Ctrl-D)"""
NEAREST = 2
"""other meanings beside the one that was found"""
MOST = 8
"""meanings of /scores"""
_COMMANDS = ("/state", "/scores", "/back", "/transfer", "/lost", "/help", "/quit")
LEAST = 0.05
"""less is not worth telling beside the others"""
_KEYS = re.compile(r"#(?P<after>.*)|keys (?P<keys>[0-9*#a-d ]+)", re.IGNORECASE)
_WAITING = (Phase.LISTENING, Phase.CONFIRMING, Phase.UNSURE)


@dataclass(frozen=True, slots=True)
class Told:
    kind: Literal["bot", "behind", "wrong", "end"]
    text: str


class Chat:
    def __init__(self, call: TextCall, scores: bool = False, state: bool = False) -> None:
        """`scores`, `state`: told after every turn. The call has begun."""
        self._call, self._scores, self._state = call, scores, state
        self._said: list[tuple[str, list[Meaning]]] = []
        """the words of each turn and what they may have meant; empty where they are secret or none"""
        self.over = False
        """the one who types wants to end"""

    @property
    def secret(self) -> bool:
        """What is typed next must not be shown."""
        listen = self._call.state.listen
        return listen is not None and listen.expectation.secret

    def greeting(self) -> Iterator[Told]:
        yield from self._came()

    def typed(self, line: str) -> Iterator[Told]:
        line = line.strip()
        if line.startswith("/"):
            name, _, rest = line.partition(" ")
            yield from self._command(name, rest.strip())
        elif self._call.outcome is not None:
            yield Told("wrong", "the call has ended; /back takes the last turn back, /quit ends")
        elif self._call.last.transfer_to:
            yield Told("wrong", "the caller is being passed on; /transfer says how that ends")
        elif keys := _KEYS.fullmatch(line):
            yield from self._keyed(keys["keys"] or keys["after"])
        elif line:
            yield from self._turn(line, lambda: self._call.says(line))
        else:
            yield from self._turn("", self._call.silence)

    # --- commands ------------------------------------------------------------------------------

    def _command(self, name: str, rest: str) -> Iterator[Told]:
        match name:
            case "/state":
                yield from _behind(standing(self._call.engine.flow, self._call.state))
            case "/scores":
                yield from _behind(self._scored())
            case "/back":
                yield from self._back()
            case "/transfer":
                yield from self._transfer(rest or TransferOutcome.COMPLETED)
            case "/lost":
                yield from self._turn("", self._call.recogniser_lost)
            case "/help":
                yield from _behind(HELP.splitlines())
            case "/quit":
                self.over = True
            case _:
                hint = suggestion(name, _COMMANDS) or "; /help lists the commands"
                yield Told("wrong", f"there is no {name}{hint}")

    def _back(self) -> Iterator[Told]:
        if not self._call.back():
            yield Told("wrong", "this is the beginning")
            return
        self._said.pop()
        for say in self._call.last.said:
            yield Told("bot", say.shown)

    def _transfer(self, outcome: str) -> Iterator[Told]:
        outcomes = [known.value for known in TransferOutcome]
        if outcome not in outcomes:
            hint = suggestion(outcome, outcomes) or f"; there are: {', '.join(outcomes)}"
            yield Told("wrong", f"'{outcome}' is no way in which a transfer ends{hint}")
        elif not self._call.last.transfer_to:
            yield Told("wrong", "the caller is not being passed on")
        else:
            yield from self._turn("", lambda: self._call.transfer_ended(TransferOutcome(outcome)))

    def _keyed(self, keys: str) -> Iterator[Told]:
        keys = keys.upper().replace(" ", "") or "#"
        if len(keys) > 1:
            keys = keys.removesuffix("#")  # ends what is keyed, and is no part of it
        if re.fullmatch(r"[0-9*#A-D]+", keys):
            yield from self._turn("", lambda: self._call.keys(keys))
        else:
            yield Told("wrong", f"'{keys}': keys are 0-9, *, # and A-D")

    # --- turns -----------------------------------------------------------------------------------

    def _turn(self, words: str, act: Callable[[], None]) -> Iterator[Told]:
        if self._call.outcome is not None:
            yield Told("wrong", "the call has ended")
            return
        call = self._call
        listens = call.state.phase in _WAITING and bool(words) and not self.secret
        meanings = ranked(call.engine.flow, call.state, words) if listens else []
        self._said.append((words if listens else "", meanings))
        act()
        yield from self._came()
        if self._scores and meanings:
            yield from _behind(self._scored())
        if self._state:
            yield from _behind(standing(call.engine.flow, call.state))

    def _scored(self) -> Iterator[str]:
        words, meanings = self._said[-1] if self._said else ("", [])
        if not meanings:
            yield "no words that could mean one thing or another"
            return
        yield f"'{words}' may mean:"
        for meaning in meanings[:MOST]:
            yield f"  {meaning.score:.3f}  {meaning.name}"

    def _came(self) -> Iterator[Told]:
        """In order: what was found out, the steps, requests, and what the bot says."""
        steps: list[str] = []
        for action in self._call.last.actions:
            if isinstance(action, Note) and action.kind is Kind.STEP:
                steps.append(self._step(action.data))
                continue
            if told := self._told(action):
                yield from _steps(steps)
                steps = []
                yield told
        yield from _steps(steps)

    def _step(self, data: dict[str, Any]) -> str:
        return f"{data['flow']}.{data['step']}" if "flow" in data else str(data["step"])

    def _told(self, action: Action) -> Told | None:
        match action:
            case Say():
                return Told("bot", action.shown)
            case Transfer():
                return Told("behind", f"passes the caller on to {action.to}; /transfer says how that ends")
            case RecordMessage():
                return Told("behind", f"records a message for '{action.box}': type it")
            case HangUp():
                return Told("end", action.outcome)
            case Note(kind=Kind.ERROR):
                data = action.data
                return Told("wrong", f"error of the flow: {data['where']}: {data['reason']}")
            case Note() if text := self._noted(action.kind, action.data):
                return Told("behind", text)
        return None

    def _noted(self, kind: Kind, data: dict[str, Any]) -> str:
        match kind:
            case Kind.UNDERSTOOD if "intent" in data:
                return f"{data['intent']} {data['score']:.2f} by {data['by']}{self._others(data['intent'])}"
            case Kind.UNDERSTOOD:
                return f"an answer for '{data['slot']}' by {data['by']}"
            case Kind.ASKED_BACK:
                return f"perhaps {data['intent']} {data['score']:.2f}{self._others(data['intent'])}"
            case Kind.NO_MATCH:
                return f"not understood ({data['count']}){self._others()}"
            case Kind.SLOT:
                return f"{data['slot']} = {data['value']}"
            case Kind.CORRECTED:
                return f"corrected: {data['slot']} = {data['value']}"
            case Kind.REQUEST:
                return f"asks {data['service']}: {data['method']} {data['path']}".strip()
            case Kind.REQUEST_ENDED:
                reason = f", {data['reason']}" if data["reason"] else ""
                return f"answer: {data['status'] or 'none'}{reason} ({data['took_ms']} ms)"
            case Kind.IDENTITY:
                return f"identity: {data['factor']} {data['outcome']}, level {data['level']}"
            case Kind.QUEUED:
                return f"queue '{data['queue']}', class {data['class']}"
            case Kind.FLOW_LEFT:
                return f"leaves flow {data['flow']}: {data['outcome']}"
            case Kind.MESSAGE:
                return f"message for '{data['box']}' kept"
        return ""

    def _others(self, name: str = "") -> str:
        meanings = self._said[-1][1] if self._said else []
        others = [f"{m.name} {m.score:.2f}" for m in meanings if m.name != name and m.score >= LEAST]
        return f"; nearest: {', '.join(others[:NEAREST])}" if others else ""


def _behind(lines: Iterable[str]) -> Iterator[Told]:
    return (Told("behind", line) for line in lines)


def _steps(names: list[str]) -> Iterator[Told]:
    if names:
        yield Told("behind", f"step {' > '.join(names)}")
