"""Child processes that die, hang, cannot start and end in order; the children are real ones."""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr import supervisor
from ivr.supervisor import Child

SERVES = "import sys; print('READY', flush=True); sys.stdin.read()"
ENDS_AT_ONCE = "raise SystemExit(3)"
WRONG_SETTING = "raise SystemExit(78)"
IGNORES_SIGTERM = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('READY', flush=True); time.sleep(60)"
)


class Watched:
    """A child and the states that it went through."""

    def __init__(self, code: str, alive: Callable[[], bool] = lambda: True) -> None:
        self.states: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.child = Child(
            "child",
            [sys.executable, "-c", code],
            os.environ,
            alive,
            lambda child: self.states.put(child.state),
        )
        self.child.start()

    def wait(self, *states: str) -> None:
        """These states come next, in this order."""
        for state in states:
            assert self.states.get(timeout=20) == state

    def end(self) -> None:
        self.child.stop()
        self.child.join(5)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Watched]]:
    monkeypatch.setattr(supervisor, "PROBE_INTERVAL_S", 0.05)
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.01)
    started: list[Watched] = []

    def start(code: str, alive: Callable[[], bool] = lambda: True) -> Watched:
        started.append(Watched(code, alive))
        return started[-1]

    yield start
    for watched in started:
        watched.end()


def test_a_child_is_up_when_it_says_so_and_ends_when_asked(watch: Callable[..., Watched]) -> None:
    watched = watch(SERVES)
    watched.wait("starting", "up")
    watched.child.stop()
    watched.child.join(5)
    watched.wait("stopped")
    assert watched.child.restarts == 0


def test_a_child_that_dies_is_started_again(watch: Callable[..., Watched]) -> None:
    watched = watch(SERVES)
    watched.wait("starting", "up")
    first = watched.child.pid
    os.kill(first, 9)
    watched.wait("down", "starting", "up")
    assert watched.child.pid != first
    assert watched.child.restarts == 1


def test_a_child_that_never_starts_is_tried_again_with_growing_pauses(watch: Callable[..., Watched]) -> None:
    watched = watch(ENDS_AT_ONCE)
    watched.wait("starting", "down", "starting", "down", "starting", "down")


def test_a_wrong_setting_is_not_tried_again(watch: Callable[..., Watched]) -> None:
    watched = watch(WRONG_SETTING)
    watched.wait("starting", "failed")
    watched.child.join(5)
    assert watched.child.restarts == 0


def test_a_child_that_does_not_answer_is_replaced(watch: Callable[..., Watched]) -> None:
    answers = iter([True, False, False, False])
    watched = watch(SERVES, lambda: next(answers, True))
    watched.wait("starting", "up", "down", "starting", "up")


def test_one_lost_probe_is_forgiven(watch: Callable[..., Watched]) -> None:
    asked: queue.SimpleQueue[None] = queue.SimpleQueue()
    answers = iter([False, False, True, False, False, True])

    def alive() -> bool:
        asked.put(None)
        return next(answers, True)

    watched = watch(SERVES, alive)
    for _ in range(8):
        asked.get(timeout=20)
    assert watched.child.restarts == 0


def test_a_child_that_will_not_end_is_killed(watch: Callable[..., Watched]) -> None:
    watched = watch(IGNORES_SIGTERM)
    watched.wait("starting", "up")
    pid = watched.child.pid
    watched.child.stop()
    watched.child.join(0.2)
    assert not Path(f"/proc/{pid}").exists()
