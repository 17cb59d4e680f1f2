"""What a server holds a session to, told to the client in ``started``."""

import msgspec

SUBPROTOCOL = "theresa.v1"
"""The WebSocket subprotocol of this version of the protocol."""

AUTH_SUBPROTOCOL_PREFIX = "theresa.auth."
"""A browser cannot set headers: it offers its key, base64url without padding, as a second subprotocol."""

MAX_FRAME_BYTES = 64 * 1024
"""The largest frame, text or binary, that a server takes."""

MAX_SEGMENT_MS = 30_000
"""The longest segment: Whisper's window."""

LEAD_IN_MS = 1_000
"""Audio from before the point where a session goes on elsewhere, so that it goes on there as it would have here."""


class Limits(msgspec.Struct, frozen=True):
    """The limits in force for one session."""

    max_frame_bytes: int = MAX_FRAME_BYTES
    """The longest frame, text or binary; a longer one closes the connection with 1009."""
    max_ahead_ms: int = 60_000
    """How far the audio sent may run ahead of `ack.committed`; a replay faster than real time paces itself by it."""
    lead_in_ms: int = LEAD_IN_MS
    """Audio from before `ack.committed` that a client keeps, to send it to another server as a lead-in."""
    max_segment_ms: int = MAX_SEGMENT_MS
    """The longest segment."""
    max_session_ms: int = 4 * 3600 * 1000
    """Audio after which a session is ended with 4413."""
    idle_timeout_ms: int = 60_000
    """Time without a text or binary frame from the client after which a session is ended with 4408."""
