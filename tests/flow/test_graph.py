"""Every flow of the project as a picture: well-formed, whole, nothing over anything."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivr.flow.flow import Flow
from ivr.flow.graph import BOX_H, BOX_W, graph, page, svg
from ivr.flow.loader import load
from ivr.tts.spoken import say_as

FOLDER = Path(__file__).parents[2] / "flows"
ROOTS = ("hotline_en", "hotline_zh", "finance/en/hotline", "finance/zh/hotline")


def flows(root: str) -> list[Flow]:
    return list(load(FOLDER / f"{root}.yaml", say_as, {"agents": "sip:a@127.0.0.1"}).flows.values())


@pytest.mark.parametrize("root", ROOTS)
def test_all_steps_stand_in_the_picture(root: str) -> None:
    for flow in flows(root):
        drawn = svg(flow)
        ElementTree.fromstring(drawn)
        assert all(f">{name}<" in drawn or f" {name}:" in drawn for name in flow.steps)


@pytest.mark.parametrize("root", ROOTS)
def test_no_box_lies_over_another_or_outside(root: str) -> None:
    for flow in flows(root):
        made = graph(flow)
        for node in made.nodes.values():
            assert 0 <= node.x <= made.width - BOX_W
            assert 0 <= node.y <= made.height - BOX_H
        for one, other in combinations(made.nodes.values(), 2):
            assert abs(one.x - other.x) >= BOX_W or abs(one.y - other.y) >= BOX_H


def test_the_page_leads_from_flow_to_flow() -> None:
    root = flows("finance/en/hotline")[0]
    made = page(root)
    for name in root.flows:
        assert f'id="{name}"' in made
        assert f'href="#{name}"' in made
    assert "http" not in made.replace("http://www.w3.org/2000/svg", "")
