"""The language of a session that does not specify one."""

from theresa_server.speech.recognition import Hypothesis

CLEAR_PROBABILITY = 0.7
"""A detection below this does not change the session's language, because short segments are easily misdetected."""


class LanguageTracker:
    """Tracks the detected language of a session.

    Language is detected for every segment, so that a speaker may switch. A doubtful detection keeps the last language.

    Args:
        fixed: the language that the session specifies; ``None`` detects it.
        last: the language of the last final, if known.
    """

    def __init__(self, fixed: str | None, last: str | None = None) -> None:
        self.fixed = fixed
        self._last = last

    def is_doubtful(self, hypothesis: Hypothesis) -> bool:
        """Return whether the detection is unclear and differs from the last language. Such partials are not sent."""
        unclear = hypothesis.language_probability < CLEAR_PROBABILITY
        return self.fixed is None and unclear and hypothesis.language != self._last

    def correction(self, hypothesis: Hypothesis) -> str | None:
        """Return the language in which to decode a final again; ``None`` accepts it, and remembers its language."""
        if self.fixed is not None or not hypothesis.text:
            return None
        if self._last is not None and self.is_doubtful(hypothesis):
            return self._last
        self._last = hypothesis.language
        return None
