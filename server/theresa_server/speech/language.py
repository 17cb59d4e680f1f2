"""Which language a session is in, where none was fixed."""

from theresa_server.speech.recognition import Hypothesis

CLEAR_PROBABILITY = 0.7
"""A detection below this does not make a session change its language: short segments are easily mistaken."""


class LanguageMemory:
    """Every segment's language is detected anew, so that a speaker may change it; a doubtful one keeps the ``last``."""

    def __init__(self, fixed: str | None, last: str | None = None) -> None:
        self.fixed = fixed
        self._last = last

    def doubts(self, hypothesis: Hypothesis) -> bool:
        """Whether the language of a hypothesis is neither clear nor the one before: not a text to show early."""
        unclear = hypothesis.language_probability < CLEAR_PROBABILITY
        return self.fixed is None and unclear and hypothesis.language != self._last

    def correction(self, hypothesis: Hypothesis) -> str | None:
        """The language in which a final should be decoded again, or ``None`` when it is accepted."""
        if self.fixed is not None or not hypothesis.text:
            return None
        if self._last is not None and self.doubts(hypothesis):
            return self._last
        self._last = hypothesis.language
        return None
