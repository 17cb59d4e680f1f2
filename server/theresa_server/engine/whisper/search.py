"""The search for the text of jobs that are encoded: in which order it is tried how, and which result is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from logging import getLogger
from typing import Any

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from theresa_server.engine.whisper import decoding
from theresa_server.engine.whisper.batching import group
from theresa_server.engine.whisper.decoding import Attempt, DecodingOptions
from theresa_server.engine.whisper.features import speech_frames
from theresa_server.engine.whisper.vocabulary import Vocabulary
from theresa_server.speech.guards import Guard, GuardAction
from theresa_server.speech.recognition import DecodeJob, TimedWord
from theresa_server.speech.stabiliser import StablePrefix
from theresa_server.speech.units import split_units

_log = getLogger("theresa.engine")


@dataclass(slots=True)
class DecodingItem:
    """One job on its way: what has been found out about it so far."""

    index: int
    job: DecodeJob
    window: int
    encoded: NDArray[np.floating[Any]] = field(init=False)
    language: str = ""
    language_probability: float = 1.0
    prompt: list[int] = field(default_factory=list)
    forced: tuple[int, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    kept: Attempt = field(init=False)
    words: tuple[TimedWord, ...] = ()
    acts: list[GuardAction] = field(default_factory=list)


def stacked(batch: Sequence[DecodingItem]) -> ctranslate2.StorageView:
    """Return the encoder outputs of a batch, as CTranslate2 takes them."""
    return ctranslate2.StorageView.from_array(np.stack([item.encoded for item in batch]))


class TokenSearch:
    """Finds texts for batches of encoded items. Whatever it finds out, it writes into them.

    Args:
        model: which decodes.
        vocabulary: its tokens.
        options: how it is searched.
    """

    def __init__(self, model: ctranslate2.models.Whisper, vocabulary: Vocabulary, options: DecodingOptions) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._options = options

    def begin(self, batch: Sequence[DecodingItem]) -> None:
        """Search at the first temperature of each; a partial goes on from its prefix."""
        if Guard.PREFIX in self._options.guards:
            for item in batch:
                if item.job.prefix is not None and not item.job.final:
                    item.forced = self._room_for(item, item.job.prefix.tokens)
                    item.acts += [GuardAction.FORCED] if item.forced else []
        self._attempt_all(batch)

    def again(self, batch: Sequence[DecodingItem]) -> None:
        """Search once more at the first temperature, without a prefix."""
        for item in batch:
            item.acts += [GuardAction.RELEASED] if item.forced else []
            item.forced = ()
        self._attempt_all(batch)

    def settle(self, batch: Sequence[DecodingItem]) -> None:
        """Try what is not believed at higher temperatures, where it is a final, and choose what is kept."""
        turn = 1
        while waiting := [item for item in batch if turn < len(self._tried(item)) and not self._believed(item)]:
            for item in waiting:
                item.acts += [GuardAction.RETRIED]
            self._attempt_all(waiting, turn)
            turn += 1
        for item in batch:
            item.kept = decoding.choose(item.attempts, self._options)

    def hold(self, batch: Sequence[DecodingItem]) -> None:
        """Decode finals that went back on their prefix from it on, and keep that unless it is clearly less likely."""
        straying = [item for item in batch if item.job.final and self._strays(item)]
        for item in straying:
            assert item.job.prefix is not None  # noqa: S101 - or it would not stray
            item.forced = self._room_for(item, self._written(item.job.prefix))
        self._attempt_all([item for item in straying if item.forced])
        for item in straying:
            held = self._held(item) if item.forced else None
            item.kept = held or item.kept
            item.acts.append(GuardAction.HELD if held else GuardAction.BROKEN)

    def _tried(self, item: DecodingItem) -> tuple[float, ...]:
        tried = self._options.tried(item.job.temperature)
        return tried if item.job.final else tried[:1]

    def _believed(self, item: DecodingItem) -> bool:
        return any(decoding.is_believed(attempt, self._options) for attempt in item.attempts)

    def _strays(self, item: DecodingItem) -> bool:
        prefix = item.job.prefix
        if prefix is None or not prefix.text or Guard.HOLD not in self._options.guards:
            return False
        said = "" if decoding.is_silence(item.kept, self._options) else item.kept.text
        return not said.startswith(prefix.text)

    def _written(self, prefix: StablePrefix) -> tuple[int, ...]:
        """Return tokens for the whole of a stable text, the end of which the decoder may never have written so."""
        rest = prefix.text[prefix.covered :]
        spaced = not prefix.covered and split_units(rest)[0].kind == "word"  # as Whisper begins a text
        return (*prefix.tokens, *self._vocabulary.encode(" " + rest if spaced else rest))

    def _room_for(self, item: DecodingItem, tokens: Sequence[int]) -> tuple[int, ...]:
        """Return the tokens to go on from: none where they leave no room for more."""
        return tuple(tokens) if len(tokens) + 1 < self._options.max_tokens(item.job.pcm.size) else ()

    def _held(self, item: DecodingItem) -> Attempt | None:
        """Return the attempt that goes on from the prefix, if it is nearly as likely as the text found freely.

        The search counts forced tokens as certain: how likely they are is asked of the model anew, for both texts.
        """
        held = item.attempts[-1]
        assert item.job.prefix is not None  # noqa: S101 - what is held is held to it
        if not held.text.startswith(item.job.prefix.text) or not decoding.is_believed(held, self._options):
            return None
        likely = self._log_prob(item, held)
        least = self._options.prefix_threshold
        if not decoding.is_silence(item.kept, self._options):
            least = max(least, self._log_prob(item, item.kept) - self._options.prefix_margin)
        return replace(held, log_prob=likely) if likely >= least else None

    def _log_prob(self, item: DecodingItem, attempt: Attempt) -> float:
        """Return the mean log-probability of the tokens of a text."""
        start = self._vocabulary.start(item.language, item.job.task)
        frames = speech_frames(item.job.pcm.size)
        result = self._model.align(stacked([item]), start, [list(attempt.tokens)], [frames])[0]
        return float(np.log(np.maximum(result.text_token_probs, 1e-10)).mean())

    def _attempt_all(self, batch: Sequence[DecodingItem], turn: int = 0) -> None:
        """Search at that one of its temperatures of which it is each item's turn.

        CTranslate2 wants every prompt of a call to start its transcript at the same position; what is forced behind it
        may differ in length.
        """
        groups = group(batch, lambda item: (self._tried(item)[turn], len(item.prompt), item.window, item.job.final))
        for (temperature, *_), alike in groups.items():
            if turn:
                _log.debug("%d of %d texts are tried again at temperature %.1f", len(alike), len(batch), temperature)
            self._attempt(alike, temperature)

    def _attempt(self, batch: Sequence[DecodingItem], temperature: float) -> None:
        limits = [self._options.max_tokens(item.job.pcm.size) for item in batch]
        options = self._options
        search: dict[str, int | float] = {"beam_size": 1}
        if temperature > 0:
            search |= {"num_hypotheses": options.best_of, "sampling_topk": 0, "sampling_temperature": temperature}
        elif batch[0].job.final:
            search = {"beam_size": options.beam_size, "patience": options.patience}
        results = self._model.generate(
            stacked(batch),
            [[*item.prompt, *item.forced] for item in batch],
            max_length=decoding.cap_length(len(batch[0].prompt), max(limits)),
            suppress_blank=options.suppress_blank,
            suppress_tokens=self._vocabulary.suppressed,
            return_scores=True,
            return_no_speech_prob=True,
            **search,
        )
        for item, limit, result in zip(batch, limits, results, strict=True):
            ids = result.sequences_ids[0]  # those that were forced among them
            tokens = self._vocabulary.text_tokens(ids[:limit])
            item.attempts.append(
                Attempt(
                    tokens=tuple(tokens),
                    pieces=tuple(self._vocabulary.pieces(tokens)),
                    log_prob=decoding.mean_log_prob(result.scores[0], len(ids), len(item.forced)),
                    no_speech=result.no_speech_prob,
                    temperature=temperature,
                    cut=len(ids) >= limit,
                    forced=len(item.forced),
                )
            )
