"""Sessions that outlive their connections.

A seat is a session with its two buffers. When its connection breaks, the session goes on with what it has received and
waits for its client for a while. The client comes back over another connection and shows the token that it was given.
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
from theresa_server.sessions.rendering import fatal
from theresa_server.sessions.replay import ReplayBuffer
from theresa_server.sessions.session import Session, SessionInput
from theresa_server.sessions.settings import Settings

logger = logging.getLogger("theresa.stream")

INBOX_MS = 5_000
"""Audio that may wait between the socket and the session; beyond it the socket is not read."""

GOING_AWAY = RemoteProtocolError(ErrorCode.GOING_AWAY, "The server is stopping: connect again.")


class ResumableSession:
    """One session and those who may speak for it. ``key`` is the API key with which it was opened, on a model.

    ``left`` is called when the session is over, ``removed`` when nothing of it can be asked for any more.
    """

    def __init__(
        self,
        start: Start,
        key: str | None,
        model: str,
        *,
        window_s: float,
        left: Callable[["ResumableSession"], None],
        removed: Callable[["ResumableSession"], object],
    ) -> None:
        self.id = secrets.token_hex(8)
        self.model = model
        self.audio: AudioFormat = start.audio
        self.offset_unit: OffsetUnit = start.offset_unit
        self.outbox = Outbox()
        self.repeats = ReplayBuffer()
        self.received = 0
        """Samples that came, whether they were heard yet or not."""
        self._key = key
        self._tokens = (secrets.token_urlsafe(32), "")
        self._inbox: Inbox[SessionInput] = Inbox(INBOX_MS)
        self._window_s = window_s
        self._left = left
        self._removed = removed
        self._session: Session | None = None
        self._working: asyncio.Task[None] | None = None
        self._dismiss: Callable[[], None] | None = None
        self._free = asyncio.Event()
        self._over = False
        self._adopted: Settings | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._draining = False

    # --- the session ---------------------------------------------------------------------------------------------

    def begin(self, session: Session, received: int) -> None:
        """Have the session work from now on; its first sample has this position."""
        self.received = received
        self._session = session
        self._working = asyncio.create_task(self._work(session), name=f"session {self.id}")

    async def _work(self, session: Session) -> None:
        try:
            await session.run(self._inbox)
        except Exception:
            logger.exception("session %s failed", self.id)
            self.outbox.put(
                ErrorMessage(code=ErrorCode.INTERNAL, message="The server failed on this session.", fatal=True)
            )

    async def take(self, item: SessionInput) -> None:
        """Take in what the client sent; waits while too much audio waits to be heard."""
        if self._adopted is not None:
            await self._inbox.put(self._adopted, 1)
            self._adopted = None
        if isinstance(item, bytes):
            samples = len(item) // self.audio.sample_bytes
            await self._inbox.put(item, max(1, self.audio.milliseconds(samples)))
            self.received += samples
        else:
            await self._inbox.put(item, 0 if isinstance(item, ProtocolError) else 1)

    def adopt(self, settings: Settings) -> None:
        """Go on with other settings from what is taken next. Never waits: nobody may be there yet to read answers."""
        self._adopted = settings

    @property
    def owes_answer(self) -> bool:
        """Whether the client has reason to wait: it holds audio back until it is told that some was settled."""
        return not (self._inbox.empty and self.outbox.empty) or (self._session is not None and self._session.busy)

    # --- the connections -----------------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        """The secret that the next connection has to show."""
        return self._tokens[0]

    def check(self, token: str, key: str | None) -> None:
        """Let in who holds the token, or the one before: the newest may have been lost with its connection.

        Raises ``RemoteProtocolError``.
        """
        known = [hmac.compare_digest(token.encode(), one.encode()) for one in self._tokens if one]
        if not any(known) or key != self._key:
            raise RemoteProtocolError(
                ErrorCode.RESUME_REFUSED, "This session cannot be resumed with that token: start a new one."
            )
        self._tokens = (self._tokens[0], token)

    async def attach(self, dismiss: Callable[[], None]) -> bool:
        """Take the seat over; the connection that holds it is dismissed. The token is another one from now on.

        False where the session was given up meanwhile.
        """
        while self._dismiss is not None:
            self._dismiss()
            self._free.clear()
            await self._free.wait()
        if self._over:
            return False
        self._dismiss = dismiss
        self._tokens = (secrets.token_urlsafe(32), self._tokens[1])
        if self._expiry is not None:
            self._expiry.cancel()
        return True

    def detach(self) -> None:
        """The connection is gone: wait for the next one."""
        self._dismiss = None
        self._free.set()
        if self._window_s > 0 and not self._draining:
            self._expiry = asyncio.get_running_loop().call_later(self._window_s, self.end)
        else:
            self.end()

    def finish(self) -> None:
        """The goodbye was sent. Whether it came, nobody knows: it can be asked for once more."""
        self._session = None
        self._left(self)

    def end(self) -> None:
        """Give up the session and whatever is unfinished. Who waits for the seat is told so."""
        self._over = True
        self._dismiss = None
        self._free.set()
        if self._expiry is not None:
            self._expiry.cancel()
        if self._working is not None:
            self._working.cancel()
        self._left(self)
        self._removed(self)

    # --- the drain -----------------------------------------------------------------------------------------------

    def warn(self, deadline_ms: int) -> None:
        """Tell the client that the server will stop. One that is away cannot come back here."""
        self._draining = True
        if self._dismiss is None:
            self.end()
        else:
            self.outbox.put(Draining(deadline_ms=deadline_ms))

    async def stop(self) -> None:
        """Finish what was received and say goodbye."""
        await self._inbox.put(GOING_AWAY)

    def abandon(self) -> None:
        """Say goodbye at once, whatever is unfinished."""
        if self._dismiss is None:
            self.end()
        else:
            self.outbox.put(fatal(GOING_AWAY))
