"""Opening the session that a ``start`` requests.

It is a new session, a disconnected one of this server, or one that continues from another server.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.limits import LEAD_IN_MS
from theresa_protocol.messages import AnyServerMessage, Models, ResumeRequest, Start, Started
from theresa_server.serving.admission import AT_CAPACITY, session_limit_reached
from theresa_server.serving.models import UnknownModel
from theresa_server.serving.registry import OpenSession
from theresa_server.serving.service import Service
from theresa_server.sessions.context import SessionContext, StartPosition
from theresa_server.sessions.resumable import ResumableSession
from theresa_server.sessions.session import Session
from theresa_server.sessions.settings import Offer, Settings, negotiate
from theresa_server.speech.previous_text import PreviousText

logger = logging.getLogger("theresa.stream")


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A connection that requests a session."""

    connection: OpenSession
    key: str | None
    """API key that the client presented."""
    model: str
    """Model for which the handshake was admitted."""
    resumes: bool = False
    """Whether the handshake was admitted without a capacity check because it named a session of this server."""
    address: str = ""
    """IP address of the client."""


async def open_session(
    service: Service, request: SessionRequest, start: Start, on_takeover: Callable[[], None]
) -> tuple[ResumableSession, list[AnyServerMessage]]:
    """Open or resume a session, and count refusals.

    Args:
        service: The server's shared state.
        request: The connection's request.
        start: The client's ``start``.
        on_takeover: Called when another connection resumes the session.

    Returns:
        The session, and the messages to send before its others.

    Raises:
        RemoteProtocolError: when the session is refused.
    """
    try:
        return await _open_or_resume(service, request, start, on_takeover)
    except RemoteProtocolError as error:
        service.count_refusal(error.code, service.load(_known_model(service, request, start)))
        raise


def _known_model(service: Service, request: SessionRequest, start: Start) -> str:
    """Return the model that ``start`` selects, or that of the handshake if there is no such model."""
    return start.model if start.model in service.models.names else request.model


def find_offer(service: Service, model: str | None) -> Offer:
    """Return what a session on a model may request.

    Raises:
        RemoteProtocolError: when no model has this name.
    """
    try:
        return service.offer(model)
    except UnknownModel as error:
        raise RemoteProtocolError(ErrorCode.UNKNOWN_MODEL, str(error), "$.model") from None


async def _open_or_resume(
    service: Service, request: SessionRequest, start: Start, on_takeover: Callable[[], None]
) -> tuple[ResumableSession, list[AnyServerMessage]]:
    offer = find_offer(service, start.model or request.model)
    settings = negotiate(start, offer)
    resume = start.resume
    previous = None if resume is None else service.sessions.find_resumable(resume.session_id)
    if resume is not None and previous is not None:
        previous.authenticate(resume.token, request.key)
        if messages := await _resume(service, previous, start, settings, offer, on_takeover):
            return previous, messages
    _check_capacity(service, request, offer, replaces=previous is not None)
    session = _open(service, request, start, settings, offer)
    await session.connect(on_takeover)
    if service.sessions.draining:
        session.warn(service.config.drain_s * 1000)
    position = _start_position(start)
    return session, [_started(service, session, settings, offer, position.sample, position.segment, resumed=False)]


async def _resume(
    service: Service,
    session: ResumableSession,
    start: Start,
    settings: Settings,
    offer: Offer,
    on_takeover: Callable[[], None],
) -> list[AnyServerMessage] | None:
    """Resume a session of this server and return the messages to send first.

    Returns ``None`` when the session has ended, or when the client has missed more messages than the replay buffer
    holds.
    """
    assert start.resume is not None  # noqa: S101 - the session was found by it
    if start.audio != session.audio or start.offset_unit != session.offset_unit:
        raise RemoteProtocolError(
            ErrorCode.BAD_FIELD, "A resumed session must keep its original audio and offset_unit.", "$.audio"
        )
    if offer.model != session.model:
        raise RemoteProtocolError(
            ErrorCode.BAD_FIELD, f"A resumed session must keep its original model, '{session.model}'.", "$.model"
        )
    if not await session.connect(on_takeover):
        return None
    next_segment = start.resume.next_segment
    missed = session.replay.messages_from(next_segment)
    if missed is None:
        session.discard()
        return None
    session.replay.discard_before(next_segment)
    if not session.replay.ended:
        session.use_settings(settings)
    logger.info("session %s resumed", session.id)
    return [_started(service, session, settings, offer, session.received, next_segment, resumed=True), *missed]


def _check_capacity(service: Service, request: SessionRequest, offer: Offer, *, replaces: bool) -> None:
    """Check the limits again: since the handshake, the client may have selected another model.

    Args:
        service: The server's shared state.
        request: The connection's request.
        offer: What the selected model offers.
        replaces: Whether the new session replaces one of this server.
    """
    policy = service.config.policy
    if service.load().sessions > policy.max_sessions:
        raise RemoteProtocolError(ErrorCode.OVERLOADED, session_limit_reached(policy))
    checked_at_handshake = offer.model == request.model and not request.resumes
    keeps_capacity = offer.model == request.model and replaces
    if checked_at_handshake or keeps_capacity:
        return
    if service.load(offer.model, excluding=request.connection).at_capacity:
        raise RemoteProtocolError(ErrorCode.OVERLOADED, AT_CAPACITY)


def _open(
    service: Service, request: SessionRequest, start: Start, settings: Settings, offer: Offer
) -> ResumableSession:
    """Open a session that is new to this server.

    A session that continues from another server gets a new id: the client may still return to that server, where the
    original session waits for it.
    """
    position = _start_position(start)
    resumable = service.sessions.open_resumable(start, request.key, offer.model, request.address)
    logger.info("session %s opened by %r, model %s, %r", resumable.id, start.client, offer.model, start.audio)
    context = SessionContext(
        session_id=resumable.id,
        settings=settings,
        offer=offer,
        limits=service.config.limits,
        partial_interval_ms=service.config.partial_interval_ms,
        local_engine=service.models.find(offer.model).engine,
        entities=service.entities,
        outbox=resumable.outbox,
        start=position,
        guards=service.config.decoding.guards,
    )
    resumable.start(Session(context), position.sample)
    return resumable


def _start_position(start: Start) -> StartPosition:
    """Return the position and segment number at which the client continues."""
    resume = start.resume
    if resume is None:
        return StartPosition()
    lead_in = min(resume.lead_in, start.audio.samples(LEAD_IN_MS), resume.committed)
    return StartPosition(
        sample=resume.committed - lead_in,
        committed=resume.committed,
        segment=resume.next_segment,
        language=resume.language,
        previous=_previous_text(resume),
    )


def _previous_text(resume: ResumeRequest) -> PreviousText | None:
    if resume.previous is None or resume.language is None:
        return None
    final = resume.previous
    return PreviousText(text=final.text, language=resume.language, end_ms=final.end_ms, confidence=final.confidence)


def _started(
    service: Service,
    session: ResumableSession,
    settings: Settings,
    offer: Offer,
    next_sample: int,
    next_segment: int,
    *,
    resumed: bool,
) -> Started:
    return Started(
        session_id=session.id,
        token=session.token,
        resumed=resumed,
        next_sample=next_sample,
        next_segment=next_segment,
        models=Models(transcriber=offer.model, entities=offer.entities.model if offer.entities else None),
        limits=service.config.limits,
        configuration=settings.describe(),
    )
