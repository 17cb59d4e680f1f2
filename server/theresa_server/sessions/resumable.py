"""Sessions that outlive their connections.

When its connection breaks, a session continues with the input it has received and waits for its client for a while. The
client reconnects and authenticates with the token it was given.
"""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable

from theresa_protocol.audio import AudioFormat
from theresa_protocol.errors import ErrorCode, ProtocolError, RemoteProtocolError
from theresa_protocol.messages import Draining, ErrorMessage, OffsetUnit, Start
from theresa_server.sessions.buffers import Inbox, Outbox
from theresa_server.sessions.rendering import fatal_message
from theresa_server.sessions.replay import ReplayBuffer
from theresa_server.sessions.session import Session, SessionInput
from theresa_server.sessions.settings import Settings

logger = logging.getLogger("theresa.stream")

INBOX_MS = 5_000
"""Audio that may wait between the socket and the session. Beyond that, the socket is not read."""

GOING_AWAY = RemoteProtocolError(ErrorCode.GOING_AWAY, "The server is shutting down: reconnect.")


class ResumableSession:
    """One session with its buffers, and the connection that currently serves it.

    Args:
        start: the message that opened the session.
        api_key: the API key of the client; a resumed connection must present the same one.
        model: the name of the model.
        window_s: how long the session waits for its client after a disconnect.
        on_ended: called when the session is over, possibly more than once.
        on_discarded: called when the session can no longer be resumed.
    """

    def __init__(
        self,
        start: Start,
        api_key: str | None,
        model: str,
        *,
        window_s: float,
        on_ended: Callable[["ResumableSession"], None],
        on_discarded: Callable[["ResumableSession"], object],
    ) -> None:
        self.id = secrets.token_hex(8)
        self.model = model
        self.audio: AudioFormat = start.audio
        self.offset_unit: OffsetUnit = start.offset_unit
        self.outbox = Outbox()
        self.replay = ReplayBuffer()
        self.received = 0
        """The position after the last sample received, processed or not."""
        self._api_key = api_key
        self._tokens = (secrets.token_urlsafe(32), "")
        self._inbox: Inbox[SessionInput] = Inbox(INBOX_MS)
        self._window_s = window_s
        self._on_ended = on_ended
        self._on_discarded = on_discarded
        self._session: Session | None = None
        self._task: asyncio.Task[None] | None = None
        self._replace_connection: Callable[[], None] | None = None
        self._disconnected = asyncio.Event()
        self._discarded = False
        self._new_settings: Settings | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._draining = False

    # --- the session ---------------------------------------------------------------------------------------------

    def start(self, session: Session, received: int) -> None:
        """Start the session; ``received`` is the position of its first sample."""
        self.received = received
        self._session = session
        self._task = asyncio.create_task(self._run(session), name=f"session {self.id}")

    async def _run(self, session: Session) -> None:
        try:
            await session.run(self._inbox)
        except Exception:
            logger.exception("session %s failed", self.id)
            self.outbox.put(
                ErrorMessage(code=ErrorCode.INTERNAL, message="The session failed with an internal error.", fatal=True)
            )

    async def feed(self, item: SessionInput) -> None:
        """Pass input from the client to the session; wait while the inbox is full."""
        if self._new_settings is not None:
            await self._inbox.put(self._new_settings, 1)
            self._new_settings = None
        if isinstance(item, bytes):
            samples = len(item) // self.audio.sample_bytes
            await self._inbox.put(item, max(1, self.audio.milliseconds(samples)))
            self.received += samples
        else:
            await self._inbox.put(item, 0 if isinstance(item, ProtocolError) else 1)

    def use_settings(self, settings: Settings) -> None:
        """Use other settings for the input that follows.

        They are queued with the next input, so that this never waits: nothing may be reading the outbox yet.
        """
        self._new_settings = settings

    @property
    def busy(self) -> bool:
        """Whether input or output is pending. The client may be silent then, because it waits for commits."""
        return not (self._inbox.empty and self.outbox.empty) or (self._session is not None and self._session.busy)

    # --- the connections -----------------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        """The secret that the next connection has to present."""
        return self._tokens[0]

    def authenticate(self, token: str, api_key: str | None) -> None:
        """Check the credentials of a client that resumes the session.

        The previous token is valid too, because the newest may have been lost with its connection.

        Raises:
            RemoteProtocolError: the token or the API key is wrong.
        """
        known = [hmac.compare_digest(token.encode(), one.encode()) for one in self._tokens if one]
        if not any(known) or api_key != self._api_key:
            raise RemoteProtocolError(
                ErrorCode.RESUME_REFUSED, "This session cannot be resumed with that token: start a new one."
            )
        self._tokens = (self._tokens[0], token)

    async def connect(self, on_replaced: Callable[[], None]) -> bool:
        """Assign a new connection to the session, and issue a new token. A connection that it still has is replaced.

        Args:
            on_replaced: called when yet another connection is assigned; it has to lead to ``disconnect``.

        Returns:
            False when the session was discarded meanwhile.
        """
        while self._replace_connection is not None:
            self._replace_connection()
            self._disconnected.clear()
            await self._disconnected.wait()
        if self._discarded:
            return False
        self._replace_connection = on_replaced
        self._tokens = (secrets.token_urlsafe(32), self._tokens[1])
        if self._expiry is not None:
            self._expiry.cancel()
        return True

    def disconnect(self) -> None:
        """Release the connection, which is closed or lost, and wait for the next one."""
        self._replace_connection = None
        self._disconnected.set()
        if self._window_s > 0 and not self._draining:
            self._expiry = asyncio.get_running_loop().call_later(self._window_s, self.discard)
        else:
            self.discard()

    def mark_ended(self) -> None:
        """Record that ``ended`` was sent. It may not have arrived, so that the client can still ask for it again."""
        self._session = None
        self._on_ended(self)

    def discard(self) -> None:
        """Cancel the session and discard unfinished work. Connections that wait for it are notified."""
        self._discarded = True
        self._replace_connection = None
        self._disconnected.set()
        if self._expiry is not None:
            self._expiry.cancel()
        if self._task is not None:
            self._task.cancel()
        self._on_ended(self)
        self._on_discarded(self)

    # --- the drain -----------------------------------------------------------------------------------------------

    def warn(self, deadline_ms: int) -> None:
        """Announce the shutdown to the client. Without a connection the session is discarded: it cannot be resumed."""
        self._draining = True
        if self._replace_connection is None:
            self.discard()
        else:
            self.outbox.put(Draining(deadline_ms=deadline_ms))

    async def stop(self) -> None:
        """Finish the input received so far, and end the session."""
        await self._inbox.put(GOING_AWAY)

    def abandon(self) -> None:
        """End the session at once, and discard unfinished work."""
        if self._replace_connection is None:
            self.discard()
        else:
            self.outbox.put(fatal_message(GOING_AWAY))
