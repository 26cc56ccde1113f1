"""Flows as boxes and arrows, and where these stand: whole, well-formed, nothing over anything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.events import Kind
from ivr.flow.flow import Flow
from ivr.flow.graph import ANY, Graph, graph
from ivr.flow.graph_counts import Counts, counted
from ivr.flow.graph_layout import Layout, Link, Point, Size, lay_out, ranks
from ivr.flow.graph_page import page
from ivr.flow.graph_svg import cut, svg, text_width, wrapped
from ivr.flow.loader import load
from ivr.tts.spoken import say_as
from tests.flow.flows import flow_of

FOLDER = Path(__file__).parents[2] / "flows"
ROOTS = ("hotline_en", "hotline_zh", "finance/en/hotline", "finance/zh/hotline")
SMALL = """
a: {say: Hello., next: b}
b:
  prompt: What now?
  listen:
    pay: {examples: [pay], keys: 1, next: c}
    leave: {examples: [leave], next: bye}
    stop: {examples: [stop], next: bye}
c:
  choose:
    - {when: today < 'x', next: d}
  otherwise: b
d: {say: Paid., next: b}
bye: {prompt: Bye., hang_up: done}
to_agent: {transfer: agents, failed: bye}
"""


@pytest.fixture(scope="module", params=ROOTS)
def root(request: pytest.FixtureRequest) -> Flow:
    return load(FOLDER / f"{request.param}.yaml", say_as, {"agents": "sip:a@127.0.0.1"})


@pytest.fixture
def small(tmp_path: Path) -> Flow:
    return flow_of(tmp_path, SMALL, "person: to_agent\nhome: b\n")


def shown(drawn: Graph) -> dict[tuple[str, str], str]:
    """(from, to) -> words; a sign as what it names."""
    titles = {box.key: f"-> {box.title}" if box.kind == "sign" else box.title for box in drawn.boxes}
    return {
        (titles[arrow.source], titles[arrow.target]): " | ".join(words.text for words in arrow.words)
        for arrow in drawn.arrows
    }


# --- what is drawn --------------------------------------------------------------------------------


def test_ways_with_their_words(small: Flow) -> None:
    drawn = graph(small)
    assert shown(drawn) == {
        ("any question", "to_agent"): "agent [0]",
        ("a", "b"): "",
        ("b", "c"): "pay [1]",
        ("b", "bye"): "leave | stop",
        ("c", "d"): "today < 'x'",
        ("c", "-> b"): "otherwise",
        ("d", "-> b"): "",
        ("to_agent", "bye"): "failed",
    }
    boxes = {box.title: box for box in drawn.boxes if box.kind != "sign"}
    assert (boxes["a"].marks, boxes["b"].marks, boxes["to_agent"].marks) == (
        ("start",),
        ("home",),
        ("person",),
    )
    assert (boxes["b"].kind, boxes["b"].text) == ("listen", "What now?")
    assert boxes["bye"].text == "done: Bye."


def test_every_step_and_way_of_the_project_is_there(root: Flow) -> None:
    for flow in root.flows.values():
        drawn = graph(flow)
        keys = {box.key for box in drawn.boxes}
        assert {("step", name) for name in flow.steps} <= keys
        index = {box.key: at for at, box in enumerate(drawn.boxes)}
        ends = [(index[arrow.source], index[arrow.target]) for arrow in drawn.arrows]
        rank = ranks(len(index), ends)
        assert all(rank[source] < rank[target] for source, target in ends)  # no circle is left
        assert {arrow.source for arrow in drawn.arrows} | {arrow.target for arrow in drawn.arrows} <= keys


# --- where it stands ------------------------------------------------------------------------------


@st.composite
def boxes_and_links(draw: st.DrawFn) -> tuple[list[Size], list[Link]]:
    sizes = st.builds(Size, st.floats(20, 300), st.floats(20, 80))
    boxes = draw(st.lists(sizes, min_size=1, max_size=25))
    pairs = list(combinations(range(len(boxes)), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=60)) if pairs else []
    words = st.just(Size(0, 0)) | st.builds(Size, st.floats(10, 200), st.floats(15, 60))
    return boxes, [Link(source, target, draw(words)) for source, target in chosen]


def rectangles(made: Layout, boxes: list[Size], links: list[Link]) -> Iterator[tuple[Point, Size]]:
    yield from zip(made.boxes, boxes, strict=True)
    yield from ((at, link.words) for at, link in zip(made.words, links, strict=True) if link.words.height)


@given(boxes_and_links())
def test_nothing_lies_over_anything_or_outside(given_: tuple[list[Size], list[Link]]) -> None:
    boxes, links = given_
    made = lay_out(boxes, links)
    placed = list(rectangles(made, boxes, links))
    for (x, y), size in placed:
        assert -0.01 <= x <= made.size.width - size.width + 0.01
        assert -0.01 <= y <= made.size.height - size.height + 0.01
    for ((x1, y1), one), ((x2, y2), other) in combinations(placed, 2):
        apart = x1 + one.width <= x2 + 0.01 or x2 + other.width <= x1 + 0.01
        assert apart or y1 + one.height <= y2 + 0.01 or y2 + other.height <= y1 + 0.01


@given(boxes_and_links())
def test_arrows_lead_on_from_box_to_box(given_: tuple[list[Size], list[Link]]) -> None:
    boxes, links = given_
    made = lay_out(boxes, links)
    for link, path in zip(links, made.paths, strict=True):
        onward = [y if made.down else x for x, y in path]
        assert onward == sorted(onward)
        for (x, y), number in ((path[0], link.source), (path[-1], link.target)):
            left, top = made.boxes[number]
            assert left - 0.01 <= x <= left + boxes[number].width + 0.01
            assert top - 0.01 <= y <= top + boxes[number].height + 0.01


def test_a_long_row_goes_down_and_a_wide_fan_across() -> None:
    box = Size(200, 60)
    assert lay_out([box] * 30, [Link(n, n + 1) for n in range(29)]).down
    assert not lay_out([box] * 30, [Link(0, n, Size(100, 15)) for n in range(1, 30)]).down


# --- how it looks ---------------------------------------------------------------------------------


def test_pictures_of_the_project_are_whole(root: Flow) -> None:
    for name, flow in root.flows.items():
        drawn = ElementTree.fromstring(svg(graph(flow), name))
        said = "\n".join(drawn.itertext())
        assert all(step in said for step in flow.steps)
        width, height = float(drawn.attrib["width"]), float(drawn.attrib["height"])
        assert 0 < width < 4000
        assert 0 < height < 6000


def test_mandarin_is_shown() -> None:
    flow = load(FOLDER / "hotline_zh.yaml", say_as, {"agents": "sip:a@127.0.0.1"})
    assert ">您好，欢迎致电" in svg(graph(flow), flow.name)


def test_the_page_leads_from_flow_to_flow_and_needs_nothing_else(root: Flow) -> None:
    made = page(root, {name: graph(flow) for name, flow in root.flows.items()}, "Numbers: of 3 calls.")
    for name in root.flows:
        assert f'<section id="{name}">' in made
        assert f'href="#{name}"' in made
    called = {box.leads_to for flow in root.flows.values() for box in graph(flow).boxes if box.kind == "flow"}
    assert all(made.count(f'href="#{name}"') > 1 for name in called)
    assert "Numbers: of 3 calls." in made
    assert "http" not in made.replace("http://www.w3.org/2000/svg", "")


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("你好，请问 ab"), max_size=80)
)
def test_texts_fit_their_boxes(text: str) -> None:
    lines = wrapped(text, 210, 2)
    assert len(lines) <= 2
    assert all(text_width(line) <= 210 for line in lines)
    assert text_width(cut(text, 100)) <= 100
    whole = "".join(text.split())
    joined = "".join("".join(lines).split())
    assert joined == whole or (joined.endswith("…") and whole.startswith(joined[:-1]))


def test_words_and_characters_are_wrapped() -> None:
    assert wrapped("How can I help you today my friend?", 150, 2) == [
        "How can I help you",
        "today my friend?",
    ]
    assert wrapped("请问您要办理什么业务查欠款请按一", 96, 2) == ["请问您要办理什么", "业务查欠款请按一"]


# --- counts ---------------------------------------------------------------------------------------


def test_calls_are_counted_on_their_ways(small: Flow) -> None:
    counts = Counts()
    paid = [
        (Kind.STEP, {"step": "a"}), (Kind.STEP, {"step": "b"}),
        (Kind.UNDERSTOOD, {"step": "b", "intent": "repeat"}), (Kind.NO_MATCH, {"step": "b"}),
        (Kind.UNDERSTOOD, {"step": "b", "intent": "pay"}), (Kind.STEP, {"step": "c"}),
        (Kind.STEP, {"step": "d"}), (Kind.STEP, {"step": "b"}),
    ]  # fmt: skip
    gone = [
        (Kind.STEP, {"step": "a"}), (Kind.STEP, {"step": "b"}),
        (Kind.UNDERSTOOD, {"step": "b", "intent": "agent"}), (Kind.STEP, {"step": "to_agent"}),
        (Kind.TRANSFER_ENDED, {}), (Kind.STEP, {"step": "bye"}),
    ]  # fmt: skip
    counts.add(small, [*paid, *paid[2:]])  # twice round counts once
    counts.add(small, gone)
    counts.add(small, [(Kind.STEP, {"step": "of an older version"}), (Kind.FLOW_LEFT, {"outcome": "done"})])
    drawn = counted(graph(small), small.name, counts)
    assert {box.title: box.calls for box in drawn.boxes if box.key[0] == "step"} == {
        "a": 2, "b": 2, "c": 1, "d": 1, "bye": 1, "to_agent": 1,
    }  # fmt: skip
    assert next(box.calls for box in drawn.boxes if box.key == ANY) == 3
    ways = {
        ends: [words.calls for words in arrow.words if words.intent] or [arrow.calls]
        for ends, arrow in zip(shown(drawn), drawn.arrows, strict=True)
    }
    assert ways == {
        ("any question", "to_agent"): [1], ("a", "b"): [2], ("b", "c"): [1], ("b", "bye"): [0, 0],
        ("c", "d"): [1], ("c", "-> b"): [0], ("d", "-> b"): [1], ("to_agent", "bye"): [1],
    }  # fmt: skip
    assert ">2</tspan>" in svg(drawn, small.name)


def test_subjects_and_sub_flows_are_counted_where_they_are_drawn() -> None:
    root = load(FOLDER / "finance/en/hotline.yaml", say_as, {"agents": "sip:a@127.0.0.1"})
    counts = Counts()
    counts.add(
        root,
        [
            (Kind.STEP, {"step": "main"}), (Kind.UNDERSTOOD, {"step": "main", "intent": "statement"}),
            (Kind.FLOW_ENTERED, {"flow": "statement"}), (Kind.STEP, {"step": root.flows["statement"].start}),
            (Kind.UNDERSTOOD, {"step": "x", "intent": "opening_hours"}),
            (Kind.FLOW_ENTERED, {"flow": "opening_hours"}), (Kind.FLOW_LEFT, {"outcome": "done"}),
            (Kind.FLOW_LEFT, {"outcome": "done"}), (Kind.STEP, {"step": "main"}),
        ],
    )  # fmt: skip
    assert counts.parts["meaning", "hotline", "main", "statement"] == 1
    assert counts.parts["meaning", "hotline", "", "opening_hours"] == 1
    assert counts.parts["step", "statement", root.flows["statement"].start, ""] == 1
    assert counts.parts["way", "hotline", "main", "main"] == 1
