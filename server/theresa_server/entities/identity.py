"""Which mentions are of one entity: ids that follow from what was said alone.

An id needs no memory, so it is the same in every segment, session and process: a client that keeps a list of who and
what was mentioned can go on with it after it has connected anew.
"""

from hashlib import blake2b
from unicodedata import normalize

ID_BYTES = 8
"""Length of an id; at 64 bits, two of a million entities share one with a probability of 3 in 100 million."""


def canonical(text: str) -> str:
    """What two spellings of one name have in common: neither case, nor width, nor the amount of white space counts.

    Unicode's compatibility case folding. A possessive stays: ``McDonald's`` is not ``McDonald``.
    """
    folded = normalize("NFKC", normalize("NFKD", text).casefold())
    return " ".join(folded.casefold().split())


def entity_id(label: str, text: str) -> str:
    """The id of an entity: a hash of its label and its canonical text."""
    return stable_id("entity", label, canonical(text))


def stable_id(kind: str, *parts: str) -> str:
    """A hash of some texts, in hexadecimal; those of different kinds (up to 16 bytes) have nothing in common."""
    lengths = ",".join(str(len(part)) for part in parts)  # so that ("a", "bc") is not ("ab", "c")
    return blake2b(f"{lengths}:{''.join(parts)}".encode(), digest_size=ID_BYTES, person=kind.encode()).hexdigest()
