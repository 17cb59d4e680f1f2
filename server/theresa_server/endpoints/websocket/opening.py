"""Which session a ``start`` leads to: a new one, one that is here, or one that goes on from another server."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.limits import LEAD_IN_MS
from theresa_protocol.messages import AnyServerMessage, Models, Start, Started
from theresa_server.serving.admission import NO_ROOM
from theresa_server.serving.models import UnknownModel
from theresa_server.serving.service import Drainable, Service
from theresa_server.sessions.context import SessionContext, StartPosition
from theresa_server.sessions.resumable import ResumableSession
from theresa_server.sessions.session import Session
from theresa_server.sessions.settings import Offer, Settings, negotiate

logger = logging.getLogger("theresa.stream")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a seat: a connection, the API key that it showed, and the model it was let in for.

    One that ``resumes`` was let in without asking for room, since a session that is here was named.
    """

    connection: Drainable
    key: str | None
    model: str
    resumes: bool = False


async def open_session(
    service: Service, caller: Caller, start: Start, dismiss: Callable[[], None]
) -> tuple[ResumableSession, list[AnyServerMessage]]:
    """The seat for a client, and what it is to be told first.

    ``dismiss`` is called when the client comes over another connection. Raises ``RemoteProtocolError``, and counts it.
    """
    try:
        return await _seated(service, caller, start, dismiss)
    except RemoteProtocolError as error:
        service.refused[error.code] += 1
        raise


async def _seated(
    service: Service, caller: Caller, start: Start, dismiss: Callable[[], None]
) -> tuple[ResumableSession, list[AnyServerMessage]]:
    offer = offer_of(service, start.model or caller.model)
    settings = negotiate(start, offer)
    resume = start.resume
    seat = None if resume is None else service.seat(resume.session_id)
    if resume is not None and seat is not None:
        seat.authenticate(resume.token, caller.key)
        if said := await _return(service, seat, start, settings, offer, dismiss):
            return seat, said
    seat = _open(service, caller, start, settings, offer, had_place=seat is not None)
    await seat.connect(dismiss)
    if service.draining:
        seat.warn(service.config.drain_s * 1000)
    origin = _origin(start)
    return seat, [_started(service, seat, settings, offer, origin.sample, origin.segment, resumed=False)]


def offer_of(service: Service, model: str | None) -> Offer:
    """What a session on a model may ask for. Raises ``RemoteProtocolError`` where there is no such model."""
    try:
        return service.offer_for(model)
    except UnknownModel as unknown:
        raise RemoteProtocolError(ErrorCode.UNKNOWN_MODEL, str(unknown), "$.model") from None


async def _return(
    service: Service,
    seat: ResumableSession,
    start: Start,
    settings: Settings,
    offer: Offer,
    dismiss: Callable[[], None],
) -> list[AnyServerMessage] | None:
    """Go on with a session that is here; ``None`` where it is over, or the client has missed more than was kept."""
    assert start.resume is not None  # noqa: S101 - the caller has found the seat by it
    if start.audio != seat.audio or start.offset_unit != seat.offset_unit:
        raise RemoteProtocolError(
            ErrorCode.BAD_FIELD, "A session is resumed with the audio and offset_unit it began with.", "$.audio"
        )
    if offer.model != seat.model:
        raise RemoteProtocolError(
            ErrorCode.BAD_FIELD, f"A session is resumed with the model it began with, '{seat.model}'.", "$.model"
        )
    if not await seat.connect(dismiss):
        return None
    next_segment = start.resume.next_segment
    said = seat.replay.messages_from(next_segment)
    if said is None:
        seat.discard()
        return None
    seat.replay.discard_before(next_segment)
    if not seat.replay.ended:
        seat.use_settings(settings)
    logger.info("session %s resumed", seat.id)
    return [_started(service, seat, settings, offer, seat.received, next_segment, resumed=True), *said]


def _open(
    service: Service, caller: Caller, start: Start, settings: Settings, offer: Offer, *, had_place: bool
) -> ResumableSession:
    """A new session, or one that goes on where another server has left off.

    It gets an id of its own in either case: the client may come back to where the other one still waits. ``had_place``:
    it takes the place of one that was here.
    """
    if service.load.sessions > service.config.policy.max_sessions:
        raise RemoteProtocolError(ErrorCode.OVERLOADED, "All sessions of the server are taken.")
    found_room = offer.model == caller.model and (had_place or not caller.resumes)
    if not found_room and service.load_for(offer.model, beside=caller.connection).crowded:
        raise RemoteProtocolError(ErrorCode.OVERLOADED, NO_ROOM)
    origin = _origin(start)
    seat = service.open_seat(start, caller.key, offer.model)
    logger.info("session %s opened by %r, model %s, %r", seat.id, start.client, offer.model, start.audio)
    context = SessionContext(
        session_id=seat.id,
        settings=settings,
        offer=offer,
        limits=service.config.limits,
        partial_interval_ms=service.config.partial_interval_ms,
        local_engine=service.engine_for(offer.model),
        entities=service.entities,
        outbox=seat.outbox,
        start=origin,
        guards=service.config.decoding.guards,
    )
    seat.start(Session(context), origin.sample)
    return seat


def _origin(start: Start) -> StartPosition:
    """Where the audio begins that a client is to send, and the numbers."""
    resume = start.resume
    if resume is None:
        return StartPosition()
    lead_in = min(resume.lead_in, start.audio.samples(LEAD_IN_MS), resume.committed)
    return StartPosition(
        sample=resume.committed - lead_in,
        committed=resume.committed,
        segment=resume.next_segment,
        language=resume.language,
    )


def _started(
    service: Service, seat: ResumableSession, settings: Settings, offer: Offer, at: int, segment: int, *, resumed: bool
) -> Started:
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
