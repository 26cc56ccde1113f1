"""`ivr chat`: talk to a flow by typing; lines of the keyboard or of a pipe enter, the conversation leaves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

from rich.markup import escape

from ivr import config
from ivr.commands.common import console, fail
from ivr.commands.systems import asked, import_from_here
from ivr.commands.systems import profile as profile_from
from ivr.events import CallFacts
from ivr.flow import loader
from ivr.flow.engine import Engine
from ivr.located import YamlError
from ivr.node import links
from ivr.services.functions import FunctionError
from ivr.services.services import Services
from ivr.talk import backends
from ivr.talk.backends import EVERY, BackendError
from ivr.talk.chat import Chat, Told
from ivr.talk.text_call import TextCall
from ivr.tts.spoken import say_as

_LOOKS = {"bot": "[bold cyan]bot[/]   {}", "behind": "[dim]  ·   {}[/]", "wrong": "[red]  !   {}[/]"}
_END = "[bold]end[/]   {}"
_PROMPT = "[bold green]you[/]   "


def run(
    flow: Path, loaded: config.Settings, caller: str, today: date, backend: str, scores: bool, state: bool
) -> None:
    import_from_here()
    with ExitStack() as closing:
        call = _call(flow, loaded, CallFacts("chat", "", "", "", caller, ""), today, backend, closing)
        chat = Chat(call.begin(), scores, state)
        _print(chat.greeting())
        for line in _typed(chat):
            _print(chat.typed(line))
            if chat.over:
                break


def _call(
    path: Path, loaded: config.Settings, facts: CallFacts, today: date, backend: str, closing: ExitStack
) -> TextCall:
    offered = links(loaded.flows)
    if backend:  # it stands for whatever service the flow names
        offered = replace(offered, services=None)
    try:
        flow = loader.load(path, say_as, links=offered)
        services = Services(loaded.flows, run=lambda work: work())
        ask = asked(services)
        if backend:
            made = {EVERY: backends.factory(backend)}
            ask = closing.enter_context(backends.opened(made, today, otherwise=ask))
    except (YamlError, FunctionError) as error:
        fail(str(error))
    except BackendError as error:
        fail(f"--backend: {error}")
    if backend:
        profile = backends.profile(ask, EVERY, facts.caller) if facts.caller else None
    else:
        found = profile_from(services, facts)
        profile = found.profile if found else None
        if found and not profile:
            _print([Told("behind", f"nothing is known of the caller: {found.reason}")])
    return TextCall(Engine(flow, say_as), ask, facts, today, profile)


def _typed(chat: Chat) -> Iterator[str]:
    """Lines until the end of file. Those of a pipe are shown, for whoever reads along."""
    terminal = sys.stdin.isatty()
    if terminal:
        import readline  # noqa: F401  (arrow keys and earlier lines)
    while True:
        try:
            line = console.input(_PROMPT) if terminal else input()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if not terminal:
            command = line.startswith("/")
            console.print(_PROMPT + escape("****" if chat.secret and line and not command else line))
        yield line


def _print(lines: Iterator[Told] | list[Told]) -> None:
    for told in lines:
        look = _LOOKS.get(told.kind, _END)
        console.print(look.format(escape(told.text)), highlight=False, soft_wrap=True, emoji=False)
