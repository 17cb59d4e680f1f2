"""Which session a ``start`` leads to: a new one, one that is here, or one that goes on from another server."""

import logging
from collections.abc import Callable

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.limits import LEAD_IN_MS
from theresa_protocol.messages import AnyServerMessage, Models, Start, Started
from theresa_server.seats import Seat
from theresa_server.service import Service
from theresa_server.session import Origin, Session
from theresa_server.settings import Settings, negotiate

logger = logging.getLogger("theresa.stream")


async def take_seat(
    service: Service, key: str | None, start: Start, dismiss: Callable[[], None]
) -> tuple[Seat, list[AnyServerMessage]]:
    """The seat for a client that came with ``key``, and what it is to be told first.

    ``dismiss`` is called when the client comes over another connection. Raises ``ProtocolError``.
    """
    settings = negotiate(start, service.offer)
    resume = start.resume
    seat = None if resume is None else service.seat(resume.session_id)
    if resume is not None and seat is not None:
        seat.check(resume.token, key)
        if said := await _return(service, seat, start, settings, dismiss):
            return seat, said
    seat = _open(service, key, start, settings)
    await seat.attach(dismiss)
    origin = _origin(start)
    return seat, [_started(service, seat, settings, origin.sample, origin.segment, resumed=False)]


async def _return(
    service: Service, seat: Seat, start: Start, settings: Settings, dismiss: Callable[[], None]
) -> list[AnyServerMessage] | None:
    """Go on with a session that is here; ``None`` where the client has missed more than was kept."""
    assert start.resume is not None  # noqa: S101 - the caller has found the seat by it
    if start.audio != seat.audio or start.offset_unit != seat.offset_unit:
        raise RemoteProtocolError(
            ErrorCode.BAD_FIELD, "A session is resumed with the audio and offset_unit it began with.", "$.audio"
        )
    await seat.attach(dismiss)
    next_segment = start.resume.next_segment
    said = seat.repeats.since(next_segment)
    if said is None:
        seat.end()
        return None
    seat.repeats.forget(next_segment)
    if not seat.repeats.ended:
        await seat.take(settings)
    logger.info("session %s resumed", seat.id)
    return [_started(service, seat, settings, seat.received, next_segment, resumed=True), *said]


def _open(service: Service, key: str | None, start: Start, settings: Settings) -> Seat:
    """A new session, or one that goes on where another server has left off.

    It gets an id of its own in either case: the client may come back to where the other one still waits.
    """
    if service.load.sessions > service.config.policy.max_sessions:
        raise RemoteProtocolError(ErrorCode.OVERLOADED, "All sessions of the server are taken.")
    origin = _origin(start)
    seat = service.open_seat(start, key)
    logger.info("session %s opened by %r, %r", seat.id, start.client, start.audio)
    assert service.engine is not None  # noqa: S101 - no session is admitted before
    session = Session(
        seat.id,
        settings,
        offer=service.offer,
        limits=service.config.limits,
        partial_interval_ms=service.config.partial_interval_ms,
        engine=service.engine,
        entities=service.entities,
        outbox=seat.outbox,
        origin=origin,
        guards=service.config.decoding.guards,
    )
    seat.begin(session, origin.sample)
    return seat


def _origin(start: Start) -> Origin:
    """Where the audio begins that a client is to send, and the numbers."""
    resume = start.resume
    if resume is None:
        return Origin()
    lead_in = min(resume.lead_in, start.audio.samples(LEAD_IN_MS), resume.committed)
    return Origin(
        sample=resume.committed - lead_in,
        settled=resume.committed,
        segment=resume.next_segment,
        language=resume.language,
    )


def _started(service: Service, seat: Seat, settings: Settings, at: int, segment: int, *, resumed: bool) -> Started:
    offer = service.offer
    return Started(
        session_id=seat.id,
        token=seat.token,
        resumed=resumed,
        next_sample=at,
        next_segment=segment,
        models=Models(transcriber=offer.model, entities=offer.entities.model if offer.entities else None),
        limits=service.config.limits,
        configuration=settings.describe(),
    )
