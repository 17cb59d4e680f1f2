"""OpenAI's names: those of its speech models, which its clients send to whatever server they talk to, and of errors."""

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
"""Models that transcribe; those that tell speakers apart, or answer, are nothing that could stand in for them."""


def served_name(asked: str | None, served: Collection[str]) -> str | None:
    """The name to look for among those ``served``: OpenAI's names mean the default (``None``), unless one is served."""
    return None if not asked or (asked in OPENAI_MODELS and asked not in served) else asked


def openai_code(code: str) -> str:
    """What OpenAI calls an error, where it has a name for it."""
    return "model_not_found" if code == ErrorCode.UNKNOWN_MODEL else code
