"""A user's own terms: found wherever they stand in a text, whatever a model thinks of them.

Terms are matched by whole tokens (words, or characters where a script has no spaces), the longest first, without regard
to case, to the width of characters, or to how much white space is between them.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from hanlp_trie import Trie

from theresa_server.entities.identity import canonical
from theresa_server.entities.ports import EntitySpan
from theresa_server.entities.tokens import tokenize

MAX_TERMS = 100_000
MAX_TERM_CHARACTERS = 128
DEFAULT_LABEL = "TERM"
_LABEL = re.compile("[A-Z][A-Z0-9_]{0,63}")


class LexiconError(ValueError):
    """A lexicon cannot be used; the message is one clear sentence."""


class Lexicon:
    """Terms and their labels. A term that is given twice has the label given last."""

    def __init__(self, terms: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        given = list(terms.items() if isinstance(terms, Mapping) else terms)
        labelled = {key: label for term, label in given if (key := _key(term))}
        self.terms: tuple[str, ...] = tuple(dict.fromkeys(term for term, _ in given))
        self.labels: frozenset[str] = frozenset(labelled.values())
        self._trie = Trie(labelled)

    @classmethod
    def read(cls, path: Path) -> "Lexicon":
        """A lexicon from a UTF-8 file: a term on each line, behind a tab its label; ``#`` begins a comment line.

        Raises ``LexiconError``.
        """
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise LexiconError(f"the lexicon {path} is not UTF-8: save it as UTF-8.") from None
        except OSError as error:
            raise LexiconError(f"the lexicon {path} cannot be read: {error.strerror}.") from None
        terms = [_term(path, number, line) for number, line in enumerate(lines, start=1) if _says_something(line)]
        if len(terms) > MAX_TERMS:
            raise LexiconError(f"the lexicon {path} has {len(terms)} terms: at most {MAX_TERMS} can be used.")
        return cls(terms)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def find(self, text: str) -> list[EntitySpan]:
        """All terms in a text, in its order, not overlapping."""
        if not self:
            return []
        tokens = tokenize(text)
        steps = [(canonical(text[token.begin : token.end]),) for token in tokens]
        found = self._trie.parse_longest(steps)
        return [EntitySpan(tokens[first].begin, tokens[last - 1].end, label) for first, last, label in found]


def _key(term: str) -> tuple[str, ...]:
    return tuple(canonical(term[token.begin : token.end]) for token in tokenize(term))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _term(path: Path, number: int, line: str) -> tuple[str, str]:
    term, _, label = (part.strip() for part in line.partition("\t"))
    if not term or len(term) > MAX_TERM_CHARACTERS:
        raise LexiconError(
            f"line {number} of the lexicon {path} needs a term of 1 to {MAX_TERM_CHARACTERS} characters."
        )
    if label and not _LABEL.fullmatch(label):
        raise LexiconError(f"line {number} of the lexicon {path} has the label {label!r}: write it like PRODUCT.")
    return term, label or DEFAULT_LABEL
