"""The text of speech that was split because it went on for too long. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from theresa_server.speech.guards import Act, repeated_length
from theresa_server.speech.recognition import Hypothesis


def without_overlap(hypothesis: Hypothesis, before: str) -> Hypothesis:
    """Return a hypothesis without the words that the one before it has already said.

    A word through which a segment was split may be heard on both sides. `before` is the text of the segment before,
    where speech went on from there without a pause; of partials and finals alike the same words are cut.
    """
    cut = repeated_length(before, hypothesis.text)
    if not cut:
        return hypothesis
    first, rest = _behind(hypothesis.pieces, cut)
    return replace(
        hypothesis,
        text=hypothesis.text[cut:],
        pieces=rest,
        tokens=hypothesis.tokens[first:],
        words=tuple(
            replace(word, begin=word.begin - cut, end=word.end - cut) for word in hypothesis.words if word.begin >= cut
        ),
        acts=(*hypothesis.acts, Act.REPEAT),
    )


def _behind(pieces: Sequence[str], cut: int) -> tuple[int, tuple[str, ...]]:
    """Return the index of the first piece that reaches behind so many characters, and all from there without these."""
    begin = 0
    for index, piece in enumerate(pieces):
        if begin + len(piece) > cut:
            return index, (piece[cut - begin :], *pieces[index + 1 :])
        begin += len(piece)
    return len(pieces), ()
