"""What the clients of this folder send, and what they should receive."""

from tests import serving

KEY = "sk-theresa"


def likeness(text: str) -> float:
    """How much of a text is that of the Mandarin sample: 1 for all of it."""
    return serving.alike(text, "".join(serving.sentences("mandarin")))
