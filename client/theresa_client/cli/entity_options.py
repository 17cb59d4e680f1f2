"""The options of ``theresa replay`` that ask for named entities."""

import argparse
import re

from theresa_protocol.messages import EntitiesRequest, Term

_LABEL = re.compile("[A-Z][A-Z0-9_]{0,63}")
_WHAT_A_LABEL_IS = "a label is capital letters, digits and _"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options, in a group of their own."""
    add = parser.add_argument_group("named entities").add_argument
    add(
        "--entities",
        nargs="?",
        type=_labels,
        const=(),
        metavar="LABEL,…",
        help="find who and what is mentioned: all, or with these labels only; best written after the FILEs",
    )
    add(
        "--term",
        action="append",
        type=_term,
        default=[],
        metavar="TEXT[=LABEL]",
        help="a text that is an entity wherever it is said (label: TERM); repeatable; implies --entities",
    )
    add("--relations", action="store_true", help="find who did what to whom; implies --entities")


def request(found: argparse.Namespace) -> EntitiesRequest | None:
    """What to ask the server for; ``None`` where nobody asked. The labels of terms are always among those wanted."""
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
                f"'{label}' is no label: write PERSON,LOCATION for example, and FILEs before --entities"
            )
    return labels


def _term(text: str) -> Term:
    """``TEXT`` or ``TEXT=LABEL``: a label stands behind the last ``=``, so that a text with one needs a label, too."""
    name, equals, label = text.rpartition("=")
    if not equals:
        name, label = text, "TERM"
    if not name.strip():
        raise argparse.ArgumentTypeError(f"'{text}' has no text: write 南海集团 or 南海集团=ORGANIZATION for example")
    if not _LABEL.fullmatch(label):
        raise argparse.ArgumentTypeError(
            f"'{label}' is no label: write 南海集团=ORGANIZATION for example; {_WHAT_A_LABEL_IS}"
        )
    return Term(text=name.strip(), label=label)
