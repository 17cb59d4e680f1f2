"""The configuration of a Realtime session with what it means for the native session, and how an update changes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_server.openai.realtime.configuration import RealtimeConfig
from theresa_server.openai.realtime.session_options import Option, Problem
from theresa_server.sessions.settings import Offer, Settings


class OfferLookup(Protocol):
    """Looks up what a model offers."""

    def __call__(self, model: str | None) -> Offer:
        """Return the offer of a model, or of the default model for ``None``.

        Raises:
            RemoteProtocolError: when the model is unknown.
        """
        ...


@dataclass(frozen=True, slots=True)
class SessionState:
    """What is in force."""

    config: RealtimeConfig
    offer: Offer
    settings: Settings
    _offers: OfferLookup
    _connection_model: str | None

    @classmethod
    def of(cls, config: RealtimeConfig, offers: OfferLookup, connection_model: str | None) -> "SessionState":
        """Return the state of a configuration.

        Args:
            config: The options.
            offers: Looks up models.
            connection_model: The model if the session names none; ``None`` selects the default model.

        Raises:
            RemoteProtocolError: when the model is unknown, or does not offer an option.
        """
        offer = offers(config.model or connection_model)
        return cls(config, offer, config.settings(offer), offers, connection_model)

    def updated(self, options: Sequence[Option], *, started: bool) -> tuple["SessionState", list[Problem]]:
        """Return the state with all options, or else with each one that is possible, and the problems of the others.

        Args:
            options: What to change.
            started: Whether the first audio has come, which fixes the audio format and the model.
        """
        try:
            return self._with(options, started=started), []
        except RemoteProtocolError:
            pass  # find out which one
        state, problems = self, []
        for option in options:
            try:
                state = state._with([option], started=started)
            except RemoteProtocolError as error:
                problems.append(Problem(error.code, error.message, option.path))
        return state, problems

    def describe(self, session_id: str, *, beta: bool) -> dict[str, Any]:
        """Return the session in OpenAI's GA or beta format."""
        describe = self.config.describe_beta if beta else self.config.describe
        return describe(session_id, self.offer.model, self.settings)

    def _with(self, options: Sequence[Option], *, started: bool) -> "SessionState":
        config = replace(self.config, **{option.name: option.value for option in options})
        changed = SessionState.of(config, self._offers, self._connection_model)
        if started and (changed.config.audio, changed.offer.model) != (self.config.audio, self.offer.model):
            raise RemoteProtocolError(
                ErrorCode.UNEXPECTED_MESSAGE, "The audio format and the model cannot change after the first audio."
            )
        return changed
