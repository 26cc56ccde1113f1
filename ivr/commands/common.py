"""What all commands share: the settings file, the two consoles, and how a command fails."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from ivr import config
from ivr.located import Problem, YamlError

console = Console(width=None if sys.stdout.isatty() else 180)
errors = Console(stderr=True)
config_path = [Path("config.yaml")]
"""the file of --config; a list, so that whoever imports it sees the option"""


def settings(process: str, level: str = "") -> config.Settings:
    try:
        loaded = config.load(config_path[0])
    except YamlError as error:
        fail(str(error))
    logging.basicConfig(
        level=(level or loaded.log_level).upper(),
        format=f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s",
    )
    return loaded


def fail(message: str) -> NoReturn:
    errors.print(message, style="red", highlight=False, soft_wrap=True)
    raise typer.Exit(2)


def tell(problems: Iterable[Problem]) -> None:
    for problem in problems:
        errors.print(str(problem), style="red", highlight=False, soft_wrap=True)
