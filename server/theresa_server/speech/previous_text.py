"""The text of the previous final as context of the next segment. Pure.

Whisper was trained to continue the text before a window, and openai/whisper passes it on by default
(``condition_on_previous_text``). A segment that starts after a short pause is often the rest of a sentence.
"""

from dataclasses import dataclass

from theresa_server.speech.guards import is_looping

MAX_GAP_MS = 5_000
"""The longest pause after which the previous text is still context."""

MIN_CONFIDENCE = 0.5
"""Less reliable text is not passed on: an error would be repeated."""

MAX_CHARACTERS = 2_000
"""How much of the end of a text is kept; more than Whisper accepts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousText:
    """The last final that has text."""

    text: str
    language: str
    """Its language. Text in another language is no context."""
    end_ms: int
    """Where its segment ended."""
    confidence: float
    """Its confidence as clients received it."""

    def as_context(self, start_ms: int) -> "PreviousText | None":
        """Return this text if it is context for a segment that starts at ``start_ms``."""
        near = 0 <= start_ms - self.end_ms <= MAX_GAP_MS
        return self if near and self.confidence >= MIN_CONFIDENCE and not is_looping(self.text) else None
