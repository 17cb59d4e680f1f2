"""Long texts in pieces that a recogniser can take, cut where a sentence ends, and put together again. Pure."""

import re
from collections.abc import Iterator, Sequence

from theresa_server.entities.ports import Annotation, Argument, EntitySpan, Frame

MAX_CHARACTERS = 200
"""Length of a piece: a model of 512 positions needs up to two for a character that it does not know."""

_NO_END = r"(?<!\b\w)(?<!\b(?:Mr|Ms|Dr|St|No|vs))(?<!\b(?:Mrs|Gen))(?<!\bProf)"
"""What a full stop does not end a sentence behind: initials, ordinals, titles."""

_END = re.compile(rf"[。！？!?；;…\n]+[”’」』）)\"']*|{_NO_END}\.(?=\s)")
_PAUSE = re.compile(r"[,，、：:\s]")


def split_sentences(text: str, limit: int = MAX_CHARACTERS) -> list[tuple[int, int]]:
    """Pieces ``[begin, end)`` that hold the whole text, each at most ``limit`` characters long.

    Sentences that fit are kept together; one that is too long is cut behind its last comma or space.
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


def joined(pieces: Sequence[tuple[int, Annotation]]) -> Annotation:
    """The annotations of the pieces of a text, by where they begin, as one of the whole."""
    return Annotation(
        tuple(
            EntitySpan(base + span.begin, base + span.end, span.label, span.source_label)
            for base, piece in pieces
            for span in piece.spans
        ),
        tuple(_moved(base, frame) for base, piece in pieces for frame in piece.frames),
        tuple((base + begin, base + end) for base, piece in pieces for begin, end in piece.tokens),
    )


def _moved(base: int, frame: Frame) -> Frame:
    return tuple(Argument(base + part.begin, base + part.end, part.role) for part in frame)
