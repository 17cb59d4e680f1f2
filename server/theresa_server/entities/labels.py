"""One set of labels for the entities of all models. Pure.

The sets of the corpora that HanLP's models are trained on (MSRA, PKU, OntoNotes, CoNLL) are mapped onto it; what is in
none of them keeps its name.
"""

import re

LABELS = (
    "CARDINAL",
    "DATE",
    "DURATION",
    "EVENT",
    "FACILITY",
    "FREQUENCY",
    "GROUP",
    "LANGUAGE",
    "LAW",
    "LOCATION",
    "MISC",
    "MONEY",
    "ORDINAL",
    "ORGANIZATION",
    "PERCENT",
    "PERSON",
    "PRODUCT",
    "QUANTITY",
    "TERM",
    "TIME",
    "WORK_OF_ART",
)
"""The common set. ``GROUP``: nationalities, religions, parties; ``TERM``: what a lexicon does not say more of."""

_SAME = {
    # PKU (People's Daily)
    "nr": "PERSON",
    "ns": "LOCATION",
    "nt": "ORGANIZATION",
    "nz": "MISC",
    "t": "DATE",
    # CoNLL 2003
    "PER": "PERSON",
    "ORG": "ORGANIZATION",
    "LOC": "LOCATION",
    # OntoNotes 5
    "GPE": "LOCATION",
    "FAC": "FACILITY",
    "NORP": "GROUP",
    # MSRA, with its measures
    "PERSONS": "PERSON",
    "INTEGER": "CARDINAL",
    "FRACTION": "CARDINAL",
    "DECIMAL": "CARDINAL",
    "RATE": "PERCENT",
    "AGE": "QUANTITY",
    "ANGLE": "QUANTITY",
    "AREA": "QUANTITY",
    "CAPACITY": "QUANTITY",
    "LENGTH": "QUANTITY",
    "MEASURE": "QUANTITY",
    "SPEED": "QUANTITY",
    "TEMPERATURE": "QUANTITY",
    "WEIGHT": "QUANTITY",
}


def canonical(source_label: str) -> str:
    """The common label for a model's own; an unknown one becomes upper case, with ``_`` for what is no letter."""
    if source_label in _SAME:
        return _SAME[source_label]
    plain = re.sub("[^A-Z0-9]+", "_", source_label.upper()).strip("_")[:64]
    if plain in _SAME or plain in LABELS:
        return _SAME.get(plain, plain)
    return plain if re.match("[A-Z]", plain) else "MISC"
