"""Limits of a session, which the server reports in ``started``."""

import msgspec

SUBPROTOCOL = "theresa.v1"
"""The WebSocket subprotocol of this version of the protocol."""

AUTH_SUBPROTOCOL_PREFIX = "theresa.auth."
"""Prefix of the second subprotocol in which a browser sends its key (base64url without padding)."""

MAX_FRAME_BYTES = 64 * 1024
"""Maximum size of a frame, text or binary."""

MAX_SEGMENT_MS = 30_000
"""Maximum length of a segment: Whisper's window."""

LEAD_IN_MS = 1_000
"""Audio sent before the point where another server resumes, so that it segments as this one would have."""


class Limits(msgspec.Struct, frozen=True):
    """The limits in force for a session."""

    max_frame_bytes: int = MAX_FRAME_BYTES
    """Maximum size of a frame, text or binary; a larger one closes the connection with 1009."""
    max_ahead_ms: int = 60_000
    """How far audio may run ahead of `ack.committed`. A client faster than real time must pace itself by it."""
    lead_in_ms: int = LEAD_IN_MS
    """Audio before `ack.committed` that a client keeps, to send it as a lead-in when it resumes on another server."""
    max_segment_ms: int = MAX_SEGMENT_MS
    """Maximum length of a segment."""
    max_session_ms: int = 4 * 3600 * 1000
    """Maximum audio of a session; beyond it, the server ends the session with 4413."""
    idle_timeout_ms: int = 60_000
    """Time without a text or binary frame from the client after which the server ends the session with 4408."""
