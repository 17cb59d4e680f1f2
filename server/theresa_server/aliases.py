"""OpenAI's names of speech models, which clients made for its service send whatever server they talk to."""

from collections.abc import Collection

OPENAI_MODELS = frozenset(
    {
        "whisper-1",
        "gpt-transcribe",
        "gpt-live-transcribe",
        "gpt-realtime-whisper",
        "gpt-4o-transcribe",
        "gpt-4o-mini-transcribe",
        "gpt-4o-mini-transcribe-2025-12-15",
    }
)
"""Models that transcribe; those that tell speakers apart, or answer, are nothing that could stand in for them."""


def served_name(asked: str | None, served: Collection[str]) -> str | None:
    """The name to look for among those ``served``: OpenAI's names mean the default (``None``), unless one is served."""
    return None if not asked or (asked in OPENAI_MODELS and asked not in served) else asked
