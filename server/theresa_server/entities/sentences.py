"""Splits long texts after sentences into pieces that fit a recogniser, and joins their annotations."""

import re
from collections.abc import Iterator, Sequence

from theresa_server.entities.ports import Annotation, Argument, EntitySpan, PredicateFrame

MAX_CHARACTERS = 200
"""Maximum length of a piece. A model with 512 positions needs up to two for an unknown character."""

_NO_END = r"(?<!\b\w)(?<!\b(?:Mr|Ms|Dr|St|No|vs))(?<!\b(?:Mrs|Gen))(?<!\bProf)"
"""A full stop after an initial, an ordinal or a title does not end a sentence."""

_END = re.compile(rf"[。！？!?；;…\n]+[”’」』）)\"']*|{_NO_END}\.(?=\s)")
_PAUSE = re.compile(r"[,，、：:\s]")


def split_sentences(text: str, limit: int = MAX_CHARACTERS) -> list[tuple[int, int]]:
    """Split a text into pieces ``[begin, end)`` of at most ``limit`` characters.

    Each piece holds as many sentences as fit. A sentence that is too long is split after its last comma or space.
    """
    return list(_pieces(text, limit))


def _pieces(text: str, limit: int) -> Iterator[tuple[int, int]]:
    begin = 0
    while len(text) - begin > limit:
        window = text[begin : begin + limit]
        ends = [match.end() for match in _END.finditer(window)] or [m.end() for m in _PAUSE.finditer(window)]
        cut = begin + (ends[-1] if ends else limit)
        yield begin, cut
        begin = cut
    if begin < len(text):
        yield begin, len(text)


def join_annotations(pieces: Sequence[tuple[int, Annotation]]) -> Annotation:
    """Join the annotations of the pieces of a text. Each is given with the offset of its piece."""
    return Annotation(
        tuple(
            EntitySpan(offset + span.begin, offset + span.end, span.label, span.source_label)
            for offset, piece in pieces
            for span in piece.spans
        ),
        tuple(_moved(offset, frame) for offset, piece in pieces for frame in piece.frames),
        tuple((offset + begin, offset + end) for offset, piece in pieces for begin, end in piece.tokens),
    )


def _moved(offset: int, frame: PredicateFrame) -> PredicateFrame:
    return tuple(Argument(offset + part.begin, offset + part.end, part.role) for part in frame)
