"""Repeated words where continuous speech was split. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from theresa_server.speech.guards import GuardAction, repeated_length
from theresa_server.speech.recognition import Hypothesis


def without_overlap(hypothesis: Hypothesis, before: str) -> Hypothesis:
    """Return the hypothesis without the words that the previous text ends with.

    A word at a forced split may be recognised on both sides of it. Partials and finals lose the same words.

    Args:
        hypothesis: the text after the split.
        before: the text of the segment before it; empty unless speech continued without a pause.
    """
    cut = repeated_length(before, hypothesis.text)
    if not cut:
        return hypothesis
    first, rest = _pieces_after(hypothesis.pieces, cut)
    return replace(
        hypothesis,
        text=hypothesis.text[cut:],
        pieces=rest,
        tokens=hypothesis.tokens[first:],
        words=tuple(
            replace(word, begin=word.begin - cut, end=word.end - cut) for word in hypothesis.words if word.begin >= cut
        ),
        guard_actions=(*hypothesis.guard_actions, GuardAction.REPEAT),
    )


def _pieces_after(pieces: Sequence[str], cut: int) -> tuple[int, tuple[str, ...]]:
    """Return the pieces without their first ``cut`` characters, and the index of the first one that remains."""
    begin = 0
    for index, piece in enumerate(pieces):
        if begin + len(piece) > cut:
            return index, (piece[cut - begin :], *pieces[index + 1 :])
        begin += len(piece)
    return len(pieces), ()
