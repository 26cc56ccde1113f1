"""What a population calls: a flow, a backend's factory and a seed enter; plans and simulations leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.templates import SayAs
from ivr.simulate import population, world
from ivr.simulate.calls import Simulation
from ivr.simulate.population import Plan
from ivr.simulate.world import Backend

CUSTOMERS_A_CALLER = 2.3
"""about half of them speak the flow's language, and nobody calls twice"""
LEAST_CUSTOMERS = 200


@dataclass(frozen=True)
class Company:
    engine: Engine
    backend: Backend
    today: date
    plans: list[Plan]

    def simulation(self, wer: float) -> Simulation:
        return Simulation(self.engine, self.backend, self.today, wer)


@contextmanager
def open_company(
    flow: Flow, say_as: SayAs, factory: Callable[..., Backend], today: date, callers: int, seed: int
) -> Iterator[Company]:
    """One population uses up its backend: what it has repaid is repaid."""
    customers = LEAST_CUSTOMERS + int(CUSTOMERS_A_CALLER * callers)
    backend = world.opened(factory, today, customers, seed)
    try:
        plans = population.drawn(world.people(backend), callers, seed, today, flow.language)
        yield Company(Engine(flow, say_as), backend, today, plans)
    finally:
        backend.close()
