"""Semantic roles as a graph.

HanLP documents its output for semantic role labelling as lists of ``[surface, role, begin, end]`` with offsets in
tokens: ``[["阿婆主", "ARG0", 0, 1], ["来到", "PRED", 1, 2], ["北京立方庭", "ARG1", 2, 4]]`` (README, section "Data
Format"). The frames of the other texts are written by hand in that form.
"""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.messages import Graph
from theresa_server.entities.graph import build_graph
from theresa_server.entities.ports import Annotation, Argument, EntitySpan

Documented = Sequence[Sequence[tuple[str, str, int, int]]]


def annotation(spaced: str, srl: Documented, *entities: tuple[str, str]) -> tuple[str, Annotation]:
    """A Chinese text, given with a space between its tokens, with HanLP's frames and some entities."""
    tokens = spaced.split()
    text = "".join(tokens)
    starts = [sum(map(len, tokens[:index])) for index in range(len(tokens) + 1)]
    frames = tuple(tuple(Argument(starts[begin], starts[end], role) for _, role, begin, end in frame) for frame in srl)
    spans = tuple(EntitySpan(text.index(name), text.index(name) + len(name), label) for name, label in entities)
    for frame, documented in zip(frames, srl, strict=True):
        assert [text[part.begin : part.end] for part in frame] == [surface for surface, *_ in documented]
    return text, Annotation(spans=spans, frames=frames)


def triples(graph: Graph) -> list[tuple[str, str, str]]:
    names = {node.id: node.fields.name for node in graph.nodes}
    return [(names[link.source], link.fields.type, names[link.target]) for link in graph.links]


LOVE = annotation(
    "我 爱 中国", [[("我", "ARG0", 0, 1), ("爱", "PRED", 1, 2), ("中国", "ARG1", 2, 3)]], ("中国", "LOCATION")
)
HOST = annotation(
    "阿婆主 来到 北京 立方庭 参观 自然 语义 科技 公司 。",
    [
        [("阿婆主", "ARG0", 0, 1), ("来到", "PRED", 1, 2), ("北京立方庭", "ARG1", 2, 4)],
        [("阿婆主", "ARG0", 0, 1), ("参观", "PRED", 4, 5), ("自然语义科技公司", "ARG1", 5, 9)],
    ],
    ("北京立方庭", "LOCATION"),
    ("自然语义科技公司", "ORGANIZATION"),
)
COMPANY = annotation(
    "米哈游 成立 于 2011年 , 致力于 为 用户 提供 美好 的 、 超出 预期 的 产品 与 内容 。",
    [
        [("米哈游", "ARG1", 0, 1), ("成立", "PRED", 1, 2), ("于2011年", "ARGM-TMP", 2, 4)],
        [("米哈游", "ARG0", 0, 1), ("致力于", "PRED", 5, 6), ("为用户提供美好的、超出预期的产品与内容", "ARG1", 6, 18)],
        [
            ("米哈游", "ARG0", 0, 1),
            ("为用户", "ARG2", 6, 8),
            ("提供", "PRED", 8, 9),
            ("美好的、超出预期的产品与内容", "ARG1", 9, 18),
        ],
        [("超出", "PRED", 12, 13), ("预期", "ARG1", 13, 14)],
    ],
    ("米哈游", "ORGANIZATION"),
    ("2011年", "DATE"),
)


def test_a_subject_is_linked_to_its_object() -> None:
    assert triples(build_graph(*LOVE)) == [("我", "爱", "中国")]


def test_a_repeated_subject_is_one_node() -> None:
    graph = build_graph(*HOST)
    assert triples(graph) == [("阿婆主", "来到", "北京立方庭"), ("阿婆主", "参观", "自然语义科技公司")]
    assert [node.fields.name for node in graph.nodes] == ["阿婆主", "北京立方庭", "自然语义科技公司"]


def test_a_frame_without_a_subject_or_an_object_gives_nothing() -> None:
    assert triples(build_graph(*COMPANY)) == [
        ("米哈游", "致力于", "为用户提供美好的、超出预期的产品与内容"),
        ("米哈游", "提供", "美好的、超出预期的产品与内容"),
    ]


def test_a_node_that_is_an_entity_has_its_label() -> None:
    types = {node.fields.name: node.fields.type for node in build_graph(*COMPANY).nodes}
    assert types["米哈游"] == "ORGANIZATION"
    assert types["美好的、超出预期的产品与内容"] == "THING"


def test_several_subjects_are_linked_each() -> None:
    text, found = annotation(
        "李雷 和 韩梅梅 爱 中国",
        [[("李雷", "ARG0", 0, 1), ("韩梅梅", "ARG0", 2, 3), ("爱", "PRED", 3, 4), ("中国", "ARG1", 4, 5)]],
    )
    assert triples(build_graph(text, found)) == [("李雷", "爱", "中国"), ("韩梅梅", "爱", "中国")]


def test_what_is_said_twice_is_one_link() -> None:
    text = "Acme bought Blue River, and ACME  bought Blue River."
    parts = [(0, 4, "ARG0"), (5, 11, "PRED"), (12, 22, "ARG1")], [(28, 32, "ARG0"), (34, 40, "PRED"), (41, 52, "ARG1")]
    frames = tuple(tuple(Argument(*part) for part in frame) for frame in parts)
    assert triples(build_graph(text, Annotation(frames=frames))) == [("Acme", "bought", "Blue River")]


def test_ids_are_the_same_in_every_process() -> None:
    graph = build_graph(*LOVE)
    assert [node.id for node in graph.nodes] == ["7e40feb2c88598fc", "56f982f6839f759a"]
    assert [link.id for link in graph.links] == ["71fea07485307318"]


@given(st.data(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_every_link_joins_nodes_of_the_graph(data: st.DataObject, text: str) -> None:
    roles = st.sampled_from(["ARG0", "ARG1", "PRED", "ARGM-TMP"])
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)), roles)
    arguments = places.map(lambda place: Argument(min(place[:2]), max(place[:2]), place[2]))
    frames = data.draw(st.lists(st.lists(arguments, max_size=5).map(tuple), max_size=4).map(tuple))
    graph = build_graph(text, Annotation(frames=frames))
    ids = [node.id for node in graph.nodes]
    assert len(set(ids)) == len(ids)
    assert {link.source for link in graph.links} | {link.target for link in graph.links} == set(ids)
    assert len({link.id for link in graph.links}) == len(graph.links)
