"""The proposals as a YAML file that a person edits: proposals enter, the file leaves; the edited file
enters, what was decided leaves, or every mistake in it with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ivr import located
from ivr.learn.propose import Proposal
from ivr.learn.scalars import written
from ivr.located import Key, Located, Problem, YamlError, suggestion

_HEAD = """\
# What callers of '{flow}' said and the bot did not understand, in groups of about the same meaning.
# 'accept: yes' makes the sentences of a group examples of its 'intent'. Change the intent where it is another
# one; delete the line of a sentence that does not belong to it. Then:
#   ivr flow learn {file} --apply {sheet}
# Personal: these are callers' own words. Delete the file when it is done.
"""
_KEYS = ("group", "accept", "intent", "means", "sentences", "about")
_YES = {"yes": True, "no": False, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Decision:
    """One group of the file."""

    group: int
    accept: bool
    intent: str
    sentences: tuple[str, ...]
    means: str = ""
    about: str = ""
    """what was found out, for people"""


@dataclass(frozen=True, slots=True)
class Sheet:
    flow: str
    decisions: tuple[Decision, ...]

    def accepting(self, intents: Mapping[int, str]) -> Sheet:
        """With these groups accepted for these intents. Raises KeyError with a group that is not there."""
        known = {one.group for one in self.decisions}
        if missing := [group for group in intents if group not in known]:
            raise KeyError(missing[0])
        accepted = (
            replace(one, accept=True, intent=intents[one.group]) if one.group in intents else one
            for one in self.decisions
        )
        return replace(self, decisions=tuple(accepted))


def sheet(flow: str, proposals: Sequence[Proposal]) -> Sheet:
    """Nothing is accepted yet."""
    made = (Decision(p.number, False, p.intent, p.sentences, p.means, _about(p)) for p in proposals)
    return Sheet(flow, tuple(made))


def _about(one: Proposal) -> str:
    sure = f"{one.confidence:.0%}".replace("%", " %")
    parts = [f"said by {one.callers} callers in {one.calls} calls, {one.wordings} wordings"]
    parts.append(f"a new intent; nearest {one.other} {sure}" if one.is_new else f"{one.intent} {sure}")
    if one.other and not one.is_new:
        parts.append(f"else {one.other}")
    if one.confirmed:
        parts.append(f"confirmed in {one.confirmed} calls")
    return ", ".join(parts)


def text(made: Sheet, flow_file: Path, sheet_file: Path) -> str:
    lines = [_HEAD.format(flow=made.flow, file=flow_file, sheet=sheet_file) + f"flow: {written(made.flow)}"]
    lines.append("groups:" if made.decisions else "groups: []")
    for one in made.decisions:
        lines.append(f"  - group: {one.group}")
        lines.append(f"    about: {written(one.about)}")
        lines.append(f"    accept: {'yes' if one.accept else 'no'}")
        lines.append(f"    intent: {written(one.intent)}")
        if one.means:
            lines.append(f"    means: {written(one.means)}")
        lines.append("    sentences:")
        lines += [f"      - {written(sentence)}" for sentence in one.sentences]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


# --- reading ----------------------------------------------------------------------------------------------


def read(path: Path) -> Sheet:
    """Raises YamlError."""
    source = located.read(path)
    data = source.data if isinstance(source.data, dict) else {}
    problems: list[Problem] = []
    groups = data.get("groups")
    if not isinstance(groups, list):
        raise YamlError([source.problem((), "is no file of 'ivr flow learn': it has no list 'groups'")])
    decisions = [
        one for index in range(len(groups)) if (one := _decision(source, ("groups", index), problems))
    ]
    if problems:
        raise YamlError(problems)
    return Sheet(str(data.get("flow", "")), tuple(decisions))


def _decision(source: Located, at: Key, problems: list[Problem]) -> Decision | None:
    given = source.data["groups"][at[1]]
    before = len(problems)
    problems += _mistakes(source, at, given)
    if len(problems) > before:
        return None
    sentences = given.get("sentences") or []
    return Decision(
        given["group"],
        _YES[str(given.get("accept", "no")).lower()],
        str(given["intent"]),
        tuple(str(one) for one in (sentences if isinstance(sentences, list) else [sentences])),
        str(given.get("means") or ""),
        str(given.get("about") or ""),
    )


def _mistakes(source: Located, at: Key, given: Any) -> Iterator[Problem]:
    if not isinstance(given, dict):
        yield source.problem(at, "a group is a mapping: group, accept, intent, sentences")
        return
    for key in given:
        if key not in _KEYS:
            yield source.problem((*at, key), f"unknown key '{key}'{suggestion(key, _KEYS)}")
    if not isinstance(given.get("group"), int):
        yield source.problem(at, "'group' is its number")
    if str(given.get("accept", "no")).lower() not in _YES:
        yield source.problem((*at, "accept"), f"'accept' is yes or no, not '{given['accept']}'")
    if not isinstance(given.get("intent"), str) or not given["intent"].strip():
        yield source.problem(at, "'intent' is missing: the name of what these sentences mean")
    if isinstance(given.get("sentences"), dict):
        yield source.problem((*at, "sentences"), "'sentences' is a list, a dash before each")
