"""Texts and conditions of a flow in sandboxed Jinja2: a text and values enter, what is said (and
the same with secrets masked) leaves. A small part of Jinja2 is allowed: no loops, no calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes, pass_context
from jinja2.environment import Template, TemplateExpression
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ivr import located

SayAs = Callable[[Any, str, str, str, date | None], str]
"""value, kind, language, currency, today -> the words to speak; a day near today is said without its year"""

MASK = "****"
SPOKEN_KINDS = (
    "digits", "number", "money", "date", "time", "date_time", "phone", "card", "id_number", "spelling",
    "yes_no", "ordinal",
)  # fmt: skip
_PLAIN_FILTERS = ("default", "round", "int", "abs", "upper", "lower", "length", "first", "last")
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr,
    nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul,
    nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat, nodes.Getattr,
    nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Tuple, nodes.List,
)  # fmt: skip
_LONGEST = 2000
_LARGEST = Decimal(10) ** 30

RUN_ERRORS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
"""what a text or condition may raise when its values do not fit it"""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Arithmetic is for numbers, exact (Decimal) and of bounded size."""

    intercepted_binops = frozenset(["+", "-", "*", "/", "//", "%"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        for value in (left, right):
            if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
                raise TypeError(f"'{operator}' needs numbers, not {type(value).__name__}; join texts with ~")
        left, right = exact(left), exact(right)
        if operator == "/":
            left = Decimal(left)
        result = self.binop_table[operator](left, right)
        if abs(result) > _LARGEST:
            raise OverflowError(f"the result of '{operator}' is too large")
        return result


def exact(value: Any) -> Any:
    """Floats as the decimal number that was written; lists and mappings likewise."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return value


def _environment(filters: Mapping[str, Callable[..., Any]]) -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    environment.filters = {name: environment.filters[name] for name in _PLAIN_FILTERS} | dict(filters)
    environment.globals = {}
    return environment


@cache
def _checker() -> _Sandbox:
    return _environment(dict.fromkeys((*SPOKEN_KINDS, "weekday"), str))


def _quoted(value: Any) -> str:
    """As one part of a URL's path or query (RFC 3986, section 2.1)."""
    return quote(value.isoformat() if isinstance(value, date) else str(value), safe="")


def _weekday(value: date) -> int:
    """1 (Monday) to 7 (Sunday)."""
    return value.isoweekday()


def _parse(source: str) -> nodes.Template:
    """Raises ValueError, told for the author of the flow."""
    environment = _checker()
    try:
        tree = environment.parse(source)
        for node in _all_nodes(tree):
            if not isinstance(node, _ALLOWED):
                raise ValueError(f"'{type(node).__name__.lower()}' is not allowed in a text or condition")
            if isinstance(node, nodes.Filter) and node.name not in environment.filters:
                hint = located.suggestion(node.name, environment.filters)
                raise ValueError(f"unknown filter '{node.name}'{hint}")
        environment.compile(tree)
    except TemplateSyntaxError as error:
        raise ValueError(f"template syntax: {error.message}") from error
    except RecursionError as error:
        raise ValueError("template syntax: nested too deeply") from error
    return environment.parse(source)  # compiling may fold constants into the tree


def _all_nodes(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all_nodes(child)


def checked_text(source: str) -> str:
    _parse(source)
    return source


def checked_expression(source: str) -> str:
    tree = _parse("{{ " + source + " }}")
    output = tree.body[0] if len(tree.body) == 1 else None
    if not isinstance(output, nodes.Output) or len(output.nodes) != 1:
        raise ValueError("must be one expression, such as: amount > 1000")
    return source


@cache
def names_in_text(source: str) -> frozenset[str]:
    """The variables that a text reads."""
    return frozenset(meta.find_undeclared_variables(_parse(source)))


def names_in_expression(source: str) -> frozenset[str]:
    return names_in_text("{{ " + source + " }}")


@cache
def names_needed(source: str) -> frozenset[str]:
    """Those of them that must have a value: not `name | default(...)`, nor `name is defined`."""
    tree = _parse(source)
    spared = {id(f.node) for f in tree.find_all(nodes.Filter) if f.name == "default"}
    spared |= {id(test.node) for test in tree.find_all(nodes.Test) if test.name in ("defined", "undefined")}
    return frozenset(
        name.name for name in tree.find_all(nodes.Name) if id(name) not in spared and name.ctx == "load"
    )


def without_code(source: str) -> str:
    """The text alone, with an x where a value is said."""
    return re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", "x", source))


class Renderer:
    """Renders the texts and conditions of one flow; compiled once, thread-safe."""

    def __init__(self, say_as: SayAs, language: str, currency: str, secrets: Iterable[str] = ()) -> None:
        def spoken(kind: str) -> Callable[[Context, Any], str]:
            return pass_context(
                lambda known, value: say_as(value, kind, language, currency, known.get("today"))
            )

        self._environment = _environment(
            {kind: spoken(kind) for kind in SPOKEN_KINDS} | {"weekday": _weekday}
        )
        self._secrets = frozenset(secrets)
        self._paths = _environment({})
        self._paths.finalize = _quoted
        self._compiled: dict[tuple[str, bool, bool], Template] = {}
        self._expressions: dict[str, TemplateExpression] = {}

    def text(self, source: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """(spoken, shown): in `shown` every output that reads a secret is masked."""
        spoken = self._bounded(self._template(source, masked=False).render(values))
        if not names_in_text(source) & self._secrets:
            return spoken, spoken
        return spoken, self._bounded(self._template(source, masked=True).render(values))

    def path(self, source: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """(path, shown) of a URL: every value in it is quoted, so that it stays one part of the path."""
        made = self._bounded(self._template(source, masked=False, of_path=True).render(values))
        if not names_in_text(source) & self._secrets:
            return made, made
        return made, self._bounded(self._template(source, masked=True, of_path=True).render(values))

    def value(self, source: str, values: Mapping[str, Any]) -> Any:
        expression = self._expressions.get(source)
        if expression is None:
            expression = self._environment.compile_expression(source, undefined_to_none=False)
            self._expressions[source] = expression
        value = exact(expression(**values))
        if isinstance(value, StrictUndefined):
            str(value)  # raises UndefinedError, which names the variable
        return self._bounded(value) if isinstance(value, str) else value

    def _template(self, source: str, masked: bool, of_path: bool = False) -> Template:
        template = self._compiled.get((source, masked, of_path))
        if template is None:
            tree = _parse(source)
            if masked:
                self._mask(tree)
            environment = self._paths if of_path else self._environment
            tree.set_environment(environment)
            template = self._compiled[source, masked, of_path] = environment.from_string(tree)
        return template

    def _mask(self, tree: nodes.Template) -> None:
        for output in tree.find_all(nodes.Output):
            output.nodes = [
                nodes.TemplateData(MASK) if self._reads_secret(node) else node for node in output.nodes
            ]

    def _reads_secret(self, node: nodes.Node) -> bool:
        names = [node, *node.find_all(nodes.Name)]
        return any(isinstance(name, nodes.Name) and name.name in self._secrets for name in names)

    @staticmethod
    def _bounded(text: str) -> str:
        if len(text) > _LONGEST:
            raise OverflowError(f"a text of {len(text)} characters is too long")
        return " ".join(text.split())
