"""Options that request named entities."""

import argparse
import re

from theresa_protocol.messages import EntitiesRequest, Term

_LABEL = re.compile("[A-Z][A-Z0-9_]{0,63}")
_LABEL_RULE = "a label consists of uppercase letters, digits and _"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options, in a group of their own."""
    add = parser.add_argument_group("named entities").add_argument
    add(
        "--entities",
        nargs="?",
        type=_labels,
        const=(),
        metavar="LABEL,…",
        help="find people, places, dates and so on: all labels, or only these; write it after any FILE",
    )
    add(
        "--term",
        action="append",
        type=_term,
        default=[],
        metavar="TEXT[=LABEL]",
        help="treat TEXT as an entity wherever it occurs (default label: TERM); repeatable; implies --entities",
    )
    add(
        "--relations",
        action="store_true",
        help="find relations between entities (subject → predicate → object); implies --entities",
    )


def request(found: argparse.Namespace) -> EntitiesRequest | None:
    """Return the entities to request, or ``None`` if none are. Labels of terms are always included."""
    if found.entities is None and not found.term and not found.relations:
        return None
    labels = (*found.entities, *(term.label for term in found.term)) if found.entities else ()
    return EntitiesRequest(
        labels=tuple(dict.fromkeys(labels)) or None,
        terms=tuple(found.term),
        relations=found.relations,
        partials=not found.no_partials,
    )


def _labels(text: str) -> tuple[str, ...]:
    labels = tuple(label.strip() for label in text.split(","))
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise argparse.ArgumentTypeError(
                f"'{label}' is not a label, such as PERSON or PERSON,LOCATION; write FILE before --entities"
            )
    return labels


def _term(text: str) -> Term:
    """Parse ``TEXT`` or ``TEXT=LABEL``. The label follows the last ``=``, so a text that contains one needs a label."""
    name, equals, label = text.rpartition("=")
    if not equals:
        name, label = text, "TERM"
    if not name.strip():
        raise argparse.ArgumentTypeError(f"'{text}' has no text; write for example 南海集团 or 南海集团=ORGANIZATION")
    if not _LABEL.fullmatch(label):
        raise argparse.ArgumentTypeError(
            f"'{label}' is not a label ({_LABEL_RULE}); write for example 南海集团=ORGANIZATION"
        )
    return Term(text=name.strip(), label=label)
