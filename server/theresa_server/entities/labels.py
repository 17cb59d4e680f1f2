"""The common label set for the entities of all models.

The label sets of the corpora that HanLP's models are trained on (MSRA, PKU, OntoNotes, CoNLL) are mapped to it. Other
labels keep their names.
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
"""The common set. ``GROUP``: nationalities, religions, parties; ``TERM``: lexicon terms without a label."""

_COMMON_LABELS = {
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


def common_label(source_label: str) -> str:
    """Return the common label for a model's label.

    An unknown label is converted to upper case, with ``_`` in place of other characters than letters and digits.
    """
    if source_label in _COMMON_LABELS:
        return _COMMON_LABELS[source_label]
    plain = re.sub("[^A-Z0-9]+", "_", source_label.upper()).strip("_")[:64]
    if plain in _COMMON_LABELS or plain in LABELS:
        return _COMMON_LABELS.get(plain, plain)
    return plain if re.match("[A-Z]", plain) else "MISC"
