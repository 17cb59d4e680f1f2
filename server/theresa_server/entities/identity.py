"""Ids of entities, derived from their label and text alone.

An entity has the same id in every segment, session and process. A client can thus keep a list of entities across
reconnects.
"""

from hashlib import blake2b
from unicodedata import normalize

ID_BYTES = 8
"""Length of an id. At 64 bits, two of a million entities collide with a probability of 3 in 100 million."""


def canonical_name(text: str) -> str:
    """Return the form that all spellings of a name share. Case, character width and white space are ignored.

    This is Unicode's compatibility case folding. A possessive is kept: ``McDonald's`` is not ``McDonald``.
    """
    folded = normalize("NFKC", normalize("NFKD", text).casefold())
    return " ".join(folded.casefold().split())


def entity_id(label: str, text: str) -> str:
    """Return the id of an entity, a hash of its label and canonical name."""
    return stable_id("entity", label, canonical_name(text))


def stable_id(kind: str, *parts: str) -> str:
    """Return a hexadecimal hash of ``parts``. Each ``kind`` (at most 16 bytes) has its own hash function."""
    lengths = ",".join(str(len(part)) for part in parts)  # distinguishes ("a", "bc") from ("ab", "c")
    return blake2b(f"{lengths}:{''.join(parts)}".encode(), digest_size=ID_BYTES, person=kind.encode()).hexdigest()
