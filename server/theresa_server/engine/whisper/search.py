"""Search for the text of encoded jobs: the prefix, the fallback to higher temperatures, and the choice of a result."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from theresa_server.engine.whisper.batching import group_by
from theresa_server.engine.whisper.decoding import (
    DecodingOptions,
    DecodingResult,
    is_accepted,
    is_silence,
    is_swayed,
    max_length,
    mean_log_prob,
    rejection,
    select_result,
)
from theresa_server.engine.whisper.features import feature_frames
from theresa_server.engine.whisper.vocabulary import Vocabulary
from theresa_server.speech.echoes import is_echo
from theresa_server.speech.guards import Guard, GuardAction, SuppressedText
from theresa_server.speech.recognition import DecodeJob, TimedWord
from theresa_server.speech.stabiliser import StablePrefix
from theresa_server.speech.units import split_units

logger = logging.getLogger("theresa.engine")


@dataclass(slots=True)
class DecodingState:
    """A job during decoding, with everything found so far."""

    index: int
    """The position of the job in its call."""
    job: DecodeJob
    window: int
    """The length of the encoder's window, in frames."""
    encoded: NDArray[np.floating[Any]] = field(init=False)
    """The encoder output, ``[frames, features]``."""
    language: str = ""
    language_probability: float = 1.0
    prompt: list[int] = field(default_factory=list)
    """The tokens before the text."""
    forced: tuple[int, ...] = ()
    """The tokens the text is forced to begin with."""
    results: list[DecodingResult] = field(default_factory=list)
    """The results of all searches, in order."""
    selected: DecodingResult = field(init=False)
    words: tuple[TimedWord, ...] = ()
    guard_actions: list[GuardAction] = field(default_factory=list)
    suppressed: SuppressedText | None = None
    """The text that was dropped because it does not stand without the prompt."""

    @property
    def prompt_sources(self) -> tuple[str, ...]:
        """What the decoder was given besides the audio: the prompt, the previous text, and the hotwords as a text."""
        previous = self.job.previous.text if self.job.previous is not None else ""
        return tuple(text for text in (self.job.prompt or "", previous, ", ".join(self.job.hotwords)) if text)


def stack_encoded(batch: Sequence[DecodingState]) -> ctranslate2.StorageView:
    """Return the encoder outputs of a batch as one array for CTranslate2."""
    return ctranslate2.StorageView.from_array(np.stack([state.encoded for state in batch]))


class TokenSearch:
    """Searches for the texts of encoded jobs, and updates their states.

    Args:
        model: the model.
        vocabulary: its vocabulary.
        options: how to decode.
    """

    def __init__(self, model: ctranslate2.models.Whisper, vocabulary: Vocabulary, options: DecodingOptions) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._options = options

    def search(self, batch: Sequence[DecodingState]) -> None:
        """Search each job at its first temperature; partials continue from their prefix."""
        if Guard.PREFIX in self._options.guards:
            for state in batch:
                if state.job.prefix is not None and not state.job.final:
                    state.forced = self._fitting(state, state.job.prefix.tokens)
                    state.guard_actions += [GuardAction.FORCED] if state.forced else []
        self._search(batch)

    def search_without_prefix(self, batch: Sequence[DecodingState]) -> None:
        """Search again at the first temperature, without a forced prefix."""
        for state in batch:
            state.guard_actions += [GuardAction.RELEASED] if state.forced else []
            state.forced = ()
        self._search(batch)

    def fall_back(self, batch: Sequence[DecodingState]) -> None:
        """Retry finals without an accepted result at higher temperatures, then select a result for every job."""
        turn = 1
        while pending := [state for state in batch if turn < len(self._temperatures(state)) and not self._done(state)]:
            for state in pending:
                state.guard_actions += [GuardAction.RETRIED]
            self._search(pending, turn)
            turn += 1
        for state in batch:
            state.selected = select_result(state.results, self._options)

    def hold_prefix(self, batch: Sequence[DecodingState]) -> None:
        """Decode finals that contradict their prefix again from it, and keep that text unless clearly less likely."""
        contradicting = [state for state in batch if state.job.final and self._contradicts_prefix(state)]
        for state in contradicting:
            assert state.job.prefix is not None  # noqa: S101 - otherwise it could not contradict one
            state.forced = self._fitting(state, self._prefix_tokens(state.job.prefix))
        self._search([state for state in contradicting if state.forced])
        for state in contradicting:
            held = self._held_result(state) if state.forced else None
            state.selected = held or state.selected
            state.guard_actions.append(GuardAction.HELD if held else GuardAction.BROKEN)

    def check_echoes(self, batch: Sequence[DecodingState]) -> None:
        """Decode doubtful texts again without prompt and hotwords, and replace those that do not stand alone."""
        suspects = [
            state
            for state in batch
            if state.prompt_sources and is_swayed(state.selected, state.prompt_sources, self._options)
        ]
        prompts = [state.prompt for state in suspects]
        for state in suspects:
            state.prompt = self._vocabulary.unprompted(state.job, state.language)
            state.guard_actions.append(GuardAction.UNPROMPTED)
        self._search(suspects)
        for state, prompt in zip(suspects, prompts, strict=True):
            # A prompt changes the no-speech probability too: that of the unprompted text is reliable.
            state.selected = replace(state.selected, no_speech=state.results[-1].no_speech)
            if self._stands_alone(state):
                state.prompt = prompt
            else:
                self._drop_echo(state)

    def _stands_alone(self, state: DecodingState) -> bool:
        """Return whether the selected text is plausible without the prompt, given the text decoded without it."""
        unprompted = state.results[-1]
        if is_silence(unprompted, self._options) or is_silence(state.selected, self._options):
            return False
        if not is_echo(state.selected.text, state.prompt_sources):
            return True
        return self._log_prob(state, state.selected) >= self._log_prob(state, unprompted) - self._options.echo_margin

    def _drop_echo(self, state: DecodingState) -> None:
        """Replace the selected text by the one decoded without the prompt, or by nothing if that is no speech."""
        unprompted = state.results[-1]
        reason = rejection(state.selected, self._options)
        if reason is None:
            state.guard_actions.append(GuardAction.ECHO)
        if is_silence(unprompted, self._options):
            state.suppressed = SuppressedText(reason or GuardAction.ECHO, state.selected.text)
            unprompted = replace(unprompted, tokens=(), pieces=())
        state.selected = unprompted

    def _temperatures(self, state: DecodingState) -> tuple[float, ...]:
        temperatures = self._options.temperatures_from(state.job.temperature)
        return temperatures if state.job.final else temperatures[:1]

    def _done(self, state: DecodingState) -> bool:
        return any(is_accepted(result, self._options) for result in state.results)

    def _contradicts_prefix(self, state: DecodingState) -> bool:
        prefix = state.job.prefix
        if prefix is None or not prefix.text or Guard.HOLD not in self._options.guards:
            return False
        text = "" if is_silence(state.selected, self._options) else state.selected.text
        return not text.startswith(prefix.text)

    def _prefix_tokens(self, prefix: StablePrefix) -> tuple[int, ...]:
        """Return tokens for the whole stable text; the decoder may never have produced the end of it as such."""
        rest = prefix.text[prefix.covered :]
        spaced = not prefix.covered and split_units(rest)[0].kind == "word"  # Whisper starts a text with a space
        return (*prefix.tokens, *self._vocabulary.encode(" " + rest if spaced else rest))

    def _fitting(self, state: DecodingState, tokens: Sequence[int]) -> tuple[int, ...]:
        """Return the tokens to force, or none if they leave no room for further text."""
        return tuple(tokens) if len(tokens) + 1 < self._options.max_tokens(state.job.pcm.size) else ()

    def _held_result(self, state: DecodingState) -> DecodingResult | None:
        """Return the result with the forced prefix if it is nearly as likely as the unconstrained text.

        The search counts forced tokens as certain, so the model scores both texts again, including their prefixes.
        """
        held = state.results[-1]
        assert state.job.prefix is not None  # noqa: S101 - the search was forced to begin with it
        if not held.text.startswith(state.job.prefix.text) or not is_accepted(held, self._options):
            return None
        log_prob = self._log_prob(state, held)
        required = self._options.prefix_threshold
        if not is_silence(state.selected, self._options):
            required = max(required, self._log_prob(state, state.selected) - self._options.prefix_margin)
        return replace(held, log_prob=log_prob) if log_prob >= required else None

    def _log_prob(self, state: DecodingState, result: DecodingResult) -> float:
        """Return the mean log-probability of the tokens of a text."""
        start = self._vocabulary.start_tokens(state.language, state.job.task)
        frames = feature_frames(state.job.pcm.size)
        alignment = self._model.align(stack_encoded([state]), start, [list(result.tokens)], [frames])[0]
        return float(np.log(np.maximum(alignment.text_token_probs, 1e-10)).mean())

    def _search(self, batch: Sequence[DecodingState], turn: int = 0) -> None:
        """Search each job at the temperature of its ``turn``.

        CTranslate2 requires all prompts of a call to have the same length; the forced tokens after them may differ in
        length.
        """
        groups = group_by(
            batch, lambda state: (self._temperatures(state)[turn], len(state.prompt), state.window, state.job.final)
        )
        for (temperature, *_), group in groups.items():
            if turn:
                logger.debug("retrying %d of %d texts at temperature %.1f", len(group), len(batch), temperature)
            self._generate(group, temperature)

    def _generate(self, batch: Sequence[DecodingState], temperature: float) -> None:
        limits = [self._options.max_tokens(state.job.pcm.size) for state in batch]
        options = self._options
        method: dict[str, int | float] = {"beam_size": 1}
        if temperature > 0:
            method |= {"num_hypotheses": options.best_of, "sampling_topk": 0, "sampling_temperature": temperature}
        elif batch[0].job.final:
            method = {"beam_size": options.beam_size, "patience": options.patience}
        generated = self._model.generate(
            stack_encoded(batch),
            [[*state.prompt, *state.forced] for state in batch],
            max_length=max_length(len(batch[0].prompt), max(limits)),
            suppress_blank=options.suppress_blank,
            suppress_tokens=self._vocabulary.suppressed,
            return_scores=True,
            return_no_speech_prob=True,
            **method,
        )
        for state, limit, output in zip(batch, limits, generated, strict=True):
            ids = output.sequences_ids[0]  # including the forced ones
            tokens = self._vocabulary.text_tokens(ids[:limit])
            state.results.append(
                DecodingResult(
                    tokens=tuple(tokens),
                    pieces=tuple(self._vocabulary.pieces(tokens)),
                    log_prob=mean_log_prob(output.scores[0], len(ids), len(state.forced)),
                    no_speech=output.no_speech_prob,
                    temperature=temperature,
                    truncated=len(ids) >= limit,
                    forced=len(state.forced),
                    voice=state.job.voice,
                )
            )
