"""YAML with places: a file enters; plain data and the line of every key and value leave, so
that an error can name the file, the line and the way out. Used for settings and flows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

_NUMERIC = list("-+0123456789")


class _Loader(yaml.SafeLoader):
    """SafeLoader with the plain words of YAML 1.2: `off` and `yes` are words, `012` is text."""


_Loader.yaml_implicit_resolvers = {}

_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|false|False)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^[-+]?(?:0|[1-9][0-9]*)$"), _NUMERIC)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+$"), _NUMERIC
)

_HINTS = (
    ("but got '?'", "; put a text with '?' or ':' into quotes, or each text of the list on its own line"),
    ("but got '{'", "; put a text with {{ ... }} into quotes"),
    ("mapping values are not allowed", "; put a text with ': ' in it into quotes"),
    ("'\\t' that cannot start", "; indent with blanks, not with tabs"),
)

Key = tuple[str | int, ...]
"""where a value stands: ("sip", "accounts", 0, "registrar")"""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One error of one file, told so that its author can mend it."""

    file: str
    line: int
    """counted from 1; 0 where the whole file is meant"""
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class YamlError(Exception):
    """A YAML file that cannot be used, with every problem found in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(slots=True)
class Located:
    """The data of one YAML file and where each part of it stands."""

    file: str
    data: Any = None
    lines: dict[Key, int] = field(default_factory=dict)

    def line(self, where: Key) -> int:
        """The line of the nearest part that is really in the file."""
        return self.lines.get(self.present(where), 1)

    def present(self, where: Key) -> Key:
        """`where` without the last parts that are not in the file."""
        while where and where not in self.lines:
            where = where[:-1]
        return where

    def problem(self, where: Key, message: str) -> Problem:
        return Problem(self.file, self.line(where), message)


def read(path: Path) -> Located:
    """Raises YamlError, which names the line, for anything that is not readable YAML."""
    located = Located(str(path))
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=_Loader)
    except OSError as error:
        raise YamlError([Problem(str(path), 0, f"cannot read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise YamlError([Problem(str(path), 0, "is not UTF-8 text")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        what += next((hint for symptom, hint in _HINTS if symptom in what), "")
        raise YamlError(
            [Problem(str(path), mark.line + 1 if mark else 0, f"not valid YAML: {what}")]
        ) from error
    except yaml.YAMLError as error:
        raise YamlError([Problem(str(path), 0, f"not valid YAML: {error}")]) from error
    except RecursionError as error:
        raise YamlError([Problem(str(path), 0, "not valid YAML: nested too deeply")]) from error
    if root is None:
        located.data = {}
        return located
    constructor = _Loader("")
    problems: list[Problem] = []
    located.data = _walk(root, (), located, constructor, problems, frozenset())
    if problems:
        raise YamlError(problems)
    return located


def _walk(
    node: yaml.Node,
    where: Key,
    located: Located,
    constructor: yaml.SafeLoader,
    problems: list[Problem],
    above: frozenset[int],
) -> Any:
    located.lines.setdefault(where, node.start_mark.line + 1)
    if id(node) in above:  # an alias to a node that contains it
        problems.append(Problem(located.file, node.start_mark.line + 1, "an alias that contains itself"))
        return None
    above |= {id(node)}
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                problems.append(Problem(located.file, line, "a key must be a plain word"))
                continue
            key = str(key_node.value)
            if key in mapping:
                problems.append(Problem(located.file, line, f"'{key}' stands here a second time"))
                continue
            located.lines[(*where, key)] = line
            mapping[key] = _walk(value_node, (*where, key), located, constructor, problems, above)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _walk(item, (*where, index), located, constructor, problems, above)
            for index, item in enumerate(node.value)
        ]
    try:
        return constructor.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        problems.append(Problem(located.file, node.start_mark.line + 1, f"cannot read this value: {error}"))
        return None


def suggestion(word: str, known: Iterable[str]) -> str:
    """'; did you mean ...?' or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def schema_problems(
    located: Located, error: ValidationError, known: Mapping[Key, Sequence[str]] | None = None, at: Key = ()
) -> list[Problem]:
    """pydantic's findings with the lines where they stand. `known` lists the keys allowed at a
    place (list positions written as -1), `at` is where the validated part stands in the file."""
    problems = []
    for finding in error.errors(include_url=False):
        where: Key = (*at, *finding["loc"])
        parent = tuple(-1 if isinstance(part, int) else part for part in where[:-1])
        if finding["type"] in ("missing", "extra_forbidden"):
            where = (*located.present(where[:-1]), where[-1])
        else:
            where = located.present(where)
        name = ".".join(str(part) for part in where)
        if finding["type"] == "extra_forbidden":
            hint = suggestion(str(where[-1]), (known or {}).get(parent, ()))
            if " " in str(where[-1]):
                hint = "; a text with a comma in braces belongs into quotes"
            problems.append(located.problem(where, f"unknown key '{name}'{hint}"))
        elif finding["type"] == "missing":
            problems.append(located.problem(where[:-1], f"'{name}' is missing"))
        else:
            message = finding["msg"].removeprefix("Value error, ")
            if finding["type"] == "literal_error":
                choices = re.findall(r"'([^']*)'", finding["ctx"]["expected"])
                message += f", not '{finding['input']}'{suggestion(str(finding['input']), choices)}"
            problems.append(located.problem(where, f"'{name}': {message[0].lower()}{message[1:]}"))
    return problems
