"""User-defined terms, which are found wherever they occur in a text.

Terms match whole tokens: words, or characters in scripts without spaces. The longest term wins. Case, character width
and the amount of white space are ignored.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from hanlp_trie import Trie

from theresa_server.entities.identity import canonical_name
from theresa_server.entities.ports import EntitySpan
from theresa_server.entities.tokens import tokenize

MAX_TERMS = 100_000
MAX_TERM_CHARACTERS = 128
DEFAULT_LABEL = "TERM"
_LABEL = re.compile("[A-Z][A-Z0-9_]{0,63}")


class LexiconError(ValueError):
    """A lexicon is invalid. The message is one sentence."""


class Lexicon:
    """Terms and their labels. The last label of a duplicate term applies."""

    def __init__(self, terms: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        given = list(terms.items() if isinstance(terms, Mapping) else terms)
        labelled = {key: label for term, label in given if (key := _key(term))}
        self.terms: tuple[str, ...] = tuple(dict.fromkeys(term for term, _ in given))
        self.labels: frozenset[str] = frozenset(labelled.values())
        self._trie = Trie(labelled)

    @classmethod
    def read(cls, path: Path) -> "Lexicon":
        """Read a UTF-8 file with a term per line, optionally followed by a tab and a label.

        Lines that begin with ``#`` are comments.

        Raises:
            LexiconError: when the file cannot be read or is invalid.
        """
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise LexiconError(f"the lexicon {path} is not UTF-8: convert it to UTF-8.") from None
        except OSError as error:
            raise LexiconError(f"the lexicon {path} cannot be read: {error.strerror}.") from None
        terms = [_term(path, number, line) for number, line in enumerate(lines, start=1) if _has_term(line)]
        if len(terms) > MAX_TERMS:
            raise LexiconError(f"the lexicon {path} has {len(terms)} terms: the limit is {MAX_TERMS}.")
        return cls(terms)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def find(self, text: str) -> list[EntitySpan]:
        """Return all terms in a text, in order and without overlaps."""
        if not self:
            return []
        tokens = tokenize(text)
        steps = [(canonical_name(text[token.begin : token.end]),) for token in tokens]
        found = self._trie.parse_longest(steps)
        return [EntitySpan(tokens[first].begin, tokens[last - 1].end, label) for first, last, label in found]


def _key(term: str) -> tuple[str, ...]:
    return tuple(canonical_name(term[token.begin : token.end]) for token in tokenize(term))


def _has_term(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _term(path: Path, number: int, line: str) -> tuple[str, str]:
    term, _, label = (part.strip() for part in line.partition("\t"))
    if not term or len(term) > MAX_TERM_CHARACTERS:
        raise LexiconError(
            f"line {number} of the lexicon {path} needs a term of 1 to {MAX_TERM_CHARACTERS} characters."
        )
    if label and not _LABEL.fullmatch(label):
        raise LexiconError(
            f"line {number} of the lexicon {path} has the label {label!r}: "
            "use capital letters, digits and underscores, as in PRODUCT."
        )
    return term, label or DEFAULT_LABEL
