"""A caller: the question that the bot has put enters; what the caller does about it leaves.

A question is known by its place in the flow (step, what it asks for, phase): a person would hear it. Callers
know their own data and what they want, notice a read-back that is wrong, and lose patience.

    greeting --goal--> questions of the business --done--> "that was all"
                 ^            |  not understood too often: a person, then hanging up
                 +--not done--+
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from random import Random

from ivr.flow.flow import Flow
from ivr.flow.state import Phase, State
from ivr.flow.steps import AskStep, ListenStep, MenuStep, VerifyStep
from ivr.simulate.answers import HANGS_UP, SILENCE, Act, Wording
from ivr.simulate.knowledge import Knowledge, key_to, same
from ivr.simulate.phrases import Phrases
from ivr.simulate.population import Plan, Wish
from ivr.simulate.world import Exchange

MOST_TURNS = 40
_ATTEMPTS = 3
"""so often the caller begins with their goal before they want a person"""
_TAKES_OFFERED_KEYS = 0.8
_SUBJECT = "opening_hours"
_OFFERS = frozenset({"leave_message", "neither", "colleague", "call_back"})
"""what is offered where something does not work"""
_SHARED = frozenset({"identity", "to_person", "leave_message", "system_down"})
"""flows of which nobody can hear what they belong to"""


class Caller:
    def __init__(self, plan: Plan, phrases: Phrases, today: date, read_code: Callable[[], str]) -> None:
        self._plan, self._goal, self._habits, self._phrases = plan, plan.goal, plan.habits, phrases
        self._chance: Random = plan.chance("caller")
        self._words = Wording(phrases, plan.habits, today, self._chance)
        self._knows = Knowledge(plan, phrases, today, self._chance, read_code)
        self._turns = self._failures = self._attempts = 0
        self._silent_turn, self._mishearing_turn = self._chance.randrange(1, 5), self._chance.randrange(2, 6)
        self._done: set[str] = set()
        """what is done only once"""
        self.wanted_person = plan.wish is Wish.PERSON
        self.gave_up = False
        self.agreed: set[str] = set()
        """offers that were accepted"""

    def act(self, state: State, flows: dict[str, Flow], exchanges: Sequence[Exchange]) -> Act:
        self._turns += 1
        if self._turns > MOST_TURNS:
            self.gave_up = True
            return HANGS_UP
        failed = (state.no_match or state.no_input) and state.phase is not Phase.UNSURE
        self._failures = self._failures + 1 if failed else 0
        if self._failures >= self._habits.patience:
            return self._lose_patience()
        if self._habits.silent_once and self._turns == self._silent_turn:
            return SILENCE
        if self._habits.mishears_once and self._turns == self._mishearing_turn:
            return self._words.small("mishears")
        if state.phase is Phase.RECORDING:
            return Act("says", self._chance.choice(self._phrases.texts["message"]))
        reached = any(want.met_by(one) for one in exchanges for want in self._goal.wants)
        return self._answer(state, flows[state.flow], reached)

    def _lose_patience(self) -> Act:
        if "person" in self._done or self._chance.random() < 0.4:
            self.gave_up = True
            return HANGS_UP
        self._done.add("person")
        self._failures = 0
        return self._person()

    def _person(self) -> Act:
        self.wanted_person = True
        return self._one_of(self._phrases.wants_person)

    def _one_of(self, pool: Sequence[str]) -> Act:
        return Act("says", self._chance.choice(pool))

    def _yes_no(self, yes: bool, state: State) -> Act:
        return self._words.yes_no(yes, self._keyed(state))

    def _keyed(self, state: State) -> bool:
        """Keys by habit, or because words have failed twice and the bot names the keys."""
        return self._habits.keys or state.no_match + state.no_input > 1

    # --- answering -----------------------------------------------------------------------------------

    def _answer(self, state: State, flow: Flow, reached: bool) -> Act:
        step = flow.steps[state.step]
        if state.phase is Phase.UNSURE:
            assert state.meaning
            return self._yes_no(self._means(state.meaning.name, state), state)
        if state.phase is Phase.CONFIRMING:
            assert isinstance(step, AskStep)
            return self._read_back(step, state)
        if isinstance(step, VerifyStep):
            return self._proof(step, state)
        if isinstance(step, AskStep):
            return self._ask(step, state, reached)
        assert isinstance(step, ListenStep | MenuStep)
        return self._choose(state, flow) if state.stack else self._at_home(step, state, flow, reached)

    def _means(self, meaning: str, state: State) -> bool:
        if self._plan.wish is not Wish.BUSINESS:
            return meaning == "agent" and self.wanted_person
        if state.stack:
            return meaning in {*self._goal.flows, self._goal.answers.get(state.step), *_OFFERS}
        return meaning in self._goal.flows

    def _at_home(self, step: ListenStep | MenuStep, state: State, flow: Flow, reached: bool) -> Act:
        """The main question, or a menu of keys at it."""
        if reached and self._plan.wish is Wish.BUSINESS:
            return self._words.small("enough")
        if not (state.no_match or state.no_input or isinstance(step, MenuStep)):
            self._attempts += 1
        if self._attempts > _ATTEMPTS:
            self.gave_up = True
            return self._words.small("enough") if self._chance.random() < 0.5 else self._person()
        if self._plan.wish is Wish.PERSON:
            return self._person()
        if self._plan.wish is Wish.OTHER:
            return self._one_of(self._phrases.out_of_scope)
        offered = isinstance(step, MenuStep) or state.no_match + state.no_input > 1
        key = key_to(flow, state.step, self._goal.flows) if offered else None
        if key and self._chance.random() < _TAKES_OFFERED_KEYS:
            return Act("keys", key)
        return self._words.goal(self._goal.name, self._goal.answers)

    def _read_back(self, step: AskStep, state: State) -> Act:
        wanted = self._knows.value(step, state)
        if self._in_wrong_business(state):
            return self._yes_no(False, state)
        if wanted is None or step.type in ("text", "one_of") or same(state.pending, wanted):
            return self._yes_no(not self._knows.contradicted(state), state)
        if step.type not in ("one_of", "yes_no") and self._chance.random() < 0.5:
            return self._words.corrected(wanted)
        return self._yes_no(False, state)

    def _proof(self, step: VerifyStep, state: State) -> Act:
        """What only the customer knows; somebody else guesses."""
        factor, answer = self._knows.proof(step, state)
        if not self._plan.honest:
            answer = "".join(str(self._chance.randrange(10)) for _ in answer)
        elif self._habits.wrong_digit_once and "wrong" not in self._done:
            self._done.add("wrong")
            answer = answer[:-1] + ("3" if answer[-1] != "3" else "8")
        rather_keyed = factor in ("birthday", "code") or state.wrong > 0
        keyed = self._keyed(state) or (rather_keyed and self._chance.random() < 0.6)
        return self._words.answer("digits", answer, keyed)

    def _ask(self, step: AskStep, state: State, reached: bool) -> Act:
        contradicted = self._knows.contradicted(state)
        if self._in_wrong_business(state) or contradicted - {step.ask}:
            if step.type == "yes_no":
                return self._yes_no(False, state)
            return self._one_of(self._phrases.cancels)
        if self._habits.changes_subject and step.hears_subjects and "subject" not in self._done:
            self._done.add("subject")
            return self._one_of(self._phrases.subject_changes[_SUBJECT])
        value = self._knows.value(step, state)
        if reached and step.type == "yes_no":
            value = False  # an offer afterwards
        if value is None:
            value = self._knows.anything(step)
        return self._words.answer(step.type, value, self._keyed(state), step)

    def _in_wrong_business(self, state: State) -> bool:
        """Only in a question of the business itself: shared ones sound the same everywhere."""
        wanted = self._goal.flows if self._plan.wish is Wish.BUSINESS else frozenset[str]()
        agreed = {"call_back"} if "call_back" in self.agreed else frozenset[str]()
        return len(state.stack) == 1 and state.flow not in wanted | _SHARED | agreed

    def _choose(self, state: State, flow: Flow) -> Act:
        """One of the meanings that are listened for within a business."""
        intents = flow.listens[state.step]
        wanted = str(self._goal.answers.get(state.step))
        if wanted not in intents:
            if self._in_wrong_business(state):
                return self._one_of(self._phrases.cancels)
            wanted = self._chance.choice([name for name in intents if name in _OFFERS] or list(intents))
            self.agreed.add(wanted)
            self.wanted_person = self.wanted_person or wanted == "colleague"
        key = intents[wanted].keys
        if wanted not in self._phrases.choices or (self._keyed(state) and key):
            return Act("keys", key) if key else Act("says", wanted)
        return self._words.any_of(wanted, self._goal.answers)
