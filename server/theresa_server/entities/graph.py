"""Semantic roles as a graph of nodes and links.

Each predicate frame adds a link from each subject (``ARG0``) to each object (``ARG1``), named after the predicate. A
frame without a subject or without an object adds nothing.
"""

from itertools import product

from theresa_protocol.messages import Graph, Link, LinkFields, Node, NodeFields
from theresa_server.entities.identity import canonical_name, stable_id
from theresa_server.entities.ports import Annotation, PredicateFrame

PREDICATE, SUBJECT, OBJECT = "PRED", "ARG0", "ARG1"
"""The roles that form a link, as named by PropBank and HanLP."""

THING = "THING"
"""Type of a node that is not an entity."""

_TRIMMED = " \t\r\n,.;:!?，。；：！？、…"
"""Characters to strip from both ends of a role."""


def build_graph(text: str, annotation: Annotation) -> Graph:
    """Return the graph of a text: a node per distinct name and a link per distinct triple, in the order of the text."""
    types = {canonical_name(text[span.begin : span.end]): span.label for span in reversed(annotation.spans)}
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


def _names(text: str, frame: PredicateFrame, role: str) -> list[str]:
    """Return the non-empty texts with a role."""
    found = (" ".join(text[part.begin : part.end].strip(_TRIMMED).split()) for part in frame if part.role == role)
    return [name for name in found if name]


def _node(name: str, types: dict[str, str]) -> Node:
    key = canonical_name(name)
    return Node(id=stable_id("node", key), fields=NodeFields(name=name, type=types.get(key, THING)))


def _link(source: Node, predicate: str, target: Node) -> Link:
    id_ = stable_id("link", source.id, canonical_name(predicate), target.id)
    return Link(id=id_, source=source.id, target=target.id, fields=LinkFields(type=predicate))
