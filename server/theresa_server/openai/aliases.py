"""Model names and error codes of OpenAI's API, mapped to and from this server's."""

from collections.abc import Collection

from theresa_protocol.errors import ErrorCode

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
"""OpenAI's transcription models. Diarizing and conversational models are missing: no model here can replace them."""


def served_name(asked: str | None, served: Collection[str]) -> str | None:
    """Return the model name to look up, or ``None`` for the default model.

    OpenAI's model names stand for the default model unless a served model has that name.
    """
    return None if not asked or (asked in OPENAI_MODELS and asked not in served) else asked


def openai_code(code: str) -> str:
    """Return OpenAI's name for an error code, or the code itself if OpenAI has none."""
    return "model_not_found" if code == ErrorCode.UNKNOWN_MODEL else code
