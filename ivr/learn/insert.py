"""Examples put into a flow file: its text and the new sentences enter, the text with them leaves.

Nothing else changes: taking the inserted characters out again gives the text that was. A list with dashes
grows by whole lines; a list in brackets grows within its line, or by a line where that would be too long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from ivr.learn.scalars import written
from ivr.located import Key

LONGEST_LINE = 110
_DASH = re.compile(r"[ ]*-[ ]+")
_BY_HAND = "write it as a list with a dash before each sentence first"


class InsertError(Exception):
    """A list of examples that cannot grow like this, told for its author."""


def with_examples(text: str, examples: Mapping[Key, Sequence[str]]) -> str:
    """`examples`: what is put to the end of the list that stands at each place. Raises InsertError."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    insertions = [
        one for where, new in examples.items() if new for one in _insertions(text, root, where, new)
    ]
    grown = text
    for place, inserted in sorted(insertions, reverse=True):
        grown = grown[:place] + inserted + grown[place:]
    _as_meant(text, grown, examples)
    return grown


def _insertions(text: str, root: Any, where: Key, new: Sequence[str]) -> Iterator[tuple[int, str]]:
    node = _found(root, where)
    if isinstance(node, yaml.SequenceNode) and node.value:
        yield _in_brackets(text, node, new) if node.flow_style else _with_dashes(text, node, new)
    elif isinstance(node, yaml.ScalarNode):
        yield from _from_one(node, new)
    else:
        raise InsertError(f"{_told(where)}: is no list of sentences; {_BY_HAND}")


def _found(node: Any, where: Key) -> Any:
    for part in where:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        key, value = next(((k, v) for k, v in pairs if str(k.value) == part), (None, None))
        if key is None or value is None:
            raise InsertError(f"{_told(where)}: there is no '{part}'")
        if value.start_mark.index < key.end_mark.index:
            raise InsertError(f"{_told(where)}: stands elsewhere, under a name with *; add to it there")
        node = value
    return node


def _with_dashes(text: str, node: yaml.SequenceNode, new: Sequence[str]) -> tuple[int, str]:
    last = node.value[-1]
    start = _line_start(text, last.start_mark.index)
    before = text[start : last.start_mark.index]
    dash = before if _DASH.fullmatch(before) else " " * node.start_mark.column + "- "
    end = len(text[: last.end_mark.index].rstrip())  # a block scalar ends at the next line
    line_end = text.find("\n", end)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [dash + written(one, quote=_quote(node)) for one in new]
    if line_end < 0:
        return len(text), "".join(newline + line for line in lines)
    return line_end + 1, "".join(line + newline for line in lines)


def _in_brackets(text: str, node: yaml.SequenceNode, new: Sequence[str]) -> tuple[int, str]:
    last = node.value[-1]
    start = _line_start(text, last.start_mark.index)
    ending = text.find("\n", last.end_mark.index)
    used = (ending if ending >= 0 else len(text)) - start
    first = node.value[0].start_mark
    newline = "\r\n" if "\r\n" in text else "\n"
    inserted = ""
    for one in new:
        item = written(one, in_brackets=True, quote=_quote(node))
        if used + len(item) + 2 <= LONGEST_LINE:
            inserted, used = f"{inserted}, {item}", used + len(item) + 2
        else:
            inserted, used = f"{inserted},{newline}{' ' * first.column}{item}", first.column + len(item) + 1
    return last.end_mark.index, inserted


def _from_one(node: yaml.ScalarNode, new: Sequence[str]) -> Iterator[tuple[int, str]]:
    """A single sentence becomes a list in brackets."""
    safe = node.style in ("'", '"') or written(str(node.value), in_brackets=True) == node.value
    if node.style in ("|", ">") or not safe or node.start_mark.line != node.end_mark.line:
        raise InsertError(f"'{node.value}' stands alone; {_BY_HAND}")
    yield node.start_mark.index, "["
    yield node.end_mark.index, "".join(f", {written(one, in_brackets=True)}" for one in new) + "]"


def _quote(node: yaml.SequenceNode) -> str:
    """The quotes that all sentences of the list have."""
    styles = {getattr(item, "style", None) for item in node.value}
    return str(styles.pop()) if styles in ({"'"}, {'"'}) else ""


def _line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def _told(where: Key) -> str:
    return ".".join(map(str, where))


def _as_meant(before: str, after: str, examples: Mapping[Key, Sequence[str]]) -> None:
    """Both texts read as YAML differ by the new sentences and by nothing else."""
    wanted, got = (yaml.load(text, Loader=yaml.BaseLoader) for text in (before, after))
    for where, new in examples.items():
        holder = wanted
        for part in where[:-1]:
            holder = holder[part]
        old = holder[where[-1]]
        holder[where[-1]] = [*(old if isinstance(old, list) else [old]), *new] if new else old
    if got != wanted:
        raise InsertError(f"the list of {_told(next(iter(examples)))} cannot grow by itself; {_BY_HAND}")
