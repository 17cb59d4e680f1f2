"""Who did what to whom, as a graph: semantic roles become nodes and links.

A frame gives a link from each of its subjects (``ARG0``, who acts) to each of its objects (``ARG1``, what is acted
upon), named after its predicate. One without a subject or without an object gives nothing.
"""

from itertools import product

from theresa_protocol.messages import Graph, Link, LinkFields, Node, NodeFields
from theresa_server.entities.identity import canonical, stable_id
from theresa_server.entities.ports import Annotation, Frame

PREDICATE, SUBJECT, OBJECT = "PRED", "ARG0", "ARG1"
"""The roles that make a link, as HanLP names them (PropBank's)."""

THING = "THING"
"""The type of a node that is not an entity."""

_EDGES = " \t\r\n,.;:!?，。；：！？、…"
"""What a role may begin or end with and is no part of a name."""


def graph_of(text: str, annotation: Annotation) -> Graph:
    """The graph of one text: a node for each distinct name, a link for each distinct triple, in the text's order."""
    types = {canonical(text[span.begin : span.end]): span.label for span in reversed(annotation.spans)}
    nodes: dict[str, Node] = {}
    links: dict[str, Link] = {}
    for frame in annotation.frames:
        subjects, predicates, objects = (_names(text, frame, role) for role in (SUBJECT, PREDICATE, OBJECT))
        for subject, predicate, object_ in product(subjects, predicates, objects):
            source, target = _node(subject, types), _node(object_, types)
            link = _link(source, predicate, target)
            nodes.setdefault(source.id, source)
            nodes.setdefault(target.id, target)
            links.setdefault(link.id, link)
    return Graph(nodes=tuple(nodes.values()), links=tuple(links.values()))


def _names(text: str, frame: Frame, role: str) -> list[str]:
    """The texts of all that plays a role, without empty ones."""
    found = (" ".join(text[part.begin : part.end].strip(_EDGES).split()) for part in frame if part.role == role)
    return [name for name in found if name]


def _node(name: str, types: dict[str, str]) -> Node:
    key = canonical(name)
    return Node(id=stable_id("node", key), fields=NodeFields(name=name, type=types.get(key, THING)))


def _link(source: Node, predicate: str, target: Node) -> Link:
    id_ = stable_id("link", source.id, canonical(predicate), target.id)
    return Link(id=id_, source=source.id, target=target.id, fields=LinkFields(type=predicate))
