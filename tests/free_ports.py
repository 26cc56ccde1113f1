"""Ports for servers of the tests that must know them before they listen.

Not those that the system hands out (32768 on), which a socket of another test may take in between, nor those
of the raw telephones' RTP (20000 on); every process of pytest-xdist has its own.
"""

from __future__ import annotations

import os
import socket
from itertools import cycle

_FIRST, _LAST, _WORKERS = 10_000, 20_000, 8
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", f"gw{_WORKERS - 1}").removeprefix("gw")) % _WORKERS
_span = (_LAST - _FIRST) // _WORKERS
_own = range(_FIRST + _worker * _span, _FIRST + (_worker + 1) * _span)
_begin = os.getpid() % _span
_next = cycle([*_own[_begin:], *_own[:_begin]])
"""another run of the tests on this machine hardly begins at the same place"""


def free_port(span: int = 1) -> int:
    """A port such that `span` ports from it on are free for UDP and TCP now."""
    run: list[int] = []
    for _ in range(2 * len(_own)):
        port = next(_next)
        if run and port != run[-1] + 1:
            run.clear()
        if _is_free(port):
            run.append(port)
        else:
            run.clear()
        if len(run) == span:
            return run[0]
    raise RuntimeError(f"no {span} free ports in a row from {_own.start} to {_own.stop}")


def _is_free(port: int) -> bool:
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
