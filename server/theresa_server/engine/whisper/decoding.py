"""How text is searched for, when a result is believed, and which of several attempts is kept. Pure.

The rules are those of openai/whisper (`whisper/transcribe.py`, `decode_with_fallback`) as faster-whisper runs them on
CTranslate2 (`faster_whisper/transcribe.py`, `generate_with_fallback`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.engine.whisper.pieces import Piece, compression_ratio
from theresa_server.speech.guards import ALL_GUARDS, Guard, is_looping

MAX_LENGTH = 448
"""Positions of Whisper's decoder: prompt and text together (openai/whisper, `n_text_ctx`)."""

MAX_TEXT_TOKENS = MAX_LENGTH // 2
"""The longest text of one window, and one more than the longest prompt (openai/whisper, `sample_len`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingOptions:
    """How finals and partials are decoded.

    Attributes:
        beam_size: beams of a final; partials are greedy.
        patience: how many beams must finish before a search ends, in units of `beam_size`.
        best_of: samples drawn at a temperature above 0, of which the likeliest is kept.
        temperatures: tried in turn by a final until a result is believed.
        compression_ratio_threshold: above it a text repeats itself.
        log_prob_threshold: below this mean log-probability of its tokens, a text is not believed.
        no_speech_threshold: above it, and with a text that is not believed, nothing was said.
        suppress_blank: True forbids an empty text. Off: a model that hears nothing must be able to say so.
        tokens_per_second: the longest text that is waited for, by the length of the audio. The fastest speech stays
            below half of it; a decoder that repeats itself does not.
        tokens_floor: tokens that even the shortest audio may have.
        prefix_margin: how much less likely than the text found freely, in mean log-probability of its tokens, a final
            may be that is made to begin with the stable text.
        prefix_threshold: below this mean log-probability, a final that is made to begin with the stable text is not
            believed; it has more to prove than one that was found freely. docs/models.md tells how both were measured.
        guards: those at work.
    """

    beam_size: int = 5
    patience: float = 1.0
    best_of: int = 5
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    compression_ratio_threshold: float = 2.4
    log_prob_threshold: float = -1.0
    no_speech_threshold: float = 0.6
    suppress_blank: bool = False
    tokens_per_second: float = 25.0
    tokens_floor: int = 16
    prefix_margin: float = 0.1
    prefix_threshold: float = -0.4
    guards: frozenset[Guard] = ALL_GUARDS

    def __post_init__(self) -> None:
        if self.beam_size < 1 or self.best_of < 1:
            raise ValueError("beam_size and best_of must be at least 1")
        if not self.temperatures or sorted(self.temperatures) != list(self.temperatures) or self.temperatures[0] < 0:
            raise ValueError("temperatures must be at least one figure, none negative, in rising order")

    def tried(self, first: float) -> tuple[float, ...]:
        """Return the temperatures to be tried in turn where the first is given; at 0 it is all of them."""
        return (first, *(higher for higher in self.temperatures if higher > first)) if first else self.temperatures

    def max_tokens(self, samples: int) -> int:
        """Return how many tokens of text so many samples (16 kHz) may have."""
        return min(MAX_TEXT_TOKENS, self.tokens_floor + math.ceil(self.tokens_per_second * samples / SAMPLE_RATE_HZ))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One result of a search.

    Attributes:
        tokens: ids of the text, specials left out.
        pieces: the text.
        log_prob: mean log-probability of the tokens that were not forced and of the end of text.
        no_speech: probability that there was no speech.
        temperature: what it was sampled with; 0 is a search for the likeliest.
        cut: True where the search ended at its limit instead of at an end of text.
        forced: how many of the tokens were given to the search to go on from.
        compression_ratio: length of the text over its compressed length.
        circles: True where its words come again and again in the same order.
    """

    tokens: tuple[int, ...]
    pieces: tuple[Piece, ...]
    log_prob: float
    no_speech: float
    temperature: float
    cut: bool
    forced: int = 0
    compression_ratio: float = field(init=False)
    circles: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compression_ratio", compression_ratio(self.text))
        object.__setattr__(self, "circles", is_looping(self.text))

    @property
    def text(self) -> str:
        """The text of all pieces."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def tokens_of_pieces(self) -> tuple[tuple[int, ...], ...]:
        """The tokens of each piece, and with them those before it that write nothing."""
        ends = [0, *(piece.last for piece in self.pieces)]
        return tuple(self.tokens[begin:end] for begin, end in pairwise(ends))


def mean_log_prob(score: float, tokens: int, forced: int = 0) -> float:
    """Return the mean log-probability of the tokens that were searched for, and of the end of text.

    CTranslate2's score is their sum over the number of all tokens, in which those that were forced count as certain; it
    means nothing for an empty text (0 here).
    """
    return score * tokens / (tokens - forced + 1) if tokens else 0.0


def repeats(attempt: Attempt, options: DecodingOptions) -> bool:
    """Tell whether the decoder ran in a circle: a text that repeats itself, compresses too well, or had no end."""
    if Guard.LOOPS not in options.guards:
        return False
    return attempt.cut or attempt.circles or attempt.compression_ratio > options.compression_ratio_threshold


def is_phantom(attempt: Attempt, options: DecodingOptions) -> bool:
    """Tell whether a text was made up: it is unlikely, and the model hears no speech.

    A text that goes on from what was stable is none, since something was said.
    """
    if Guard.PHANTOMS not in options.guards or not attempt.pieces or attempt.forced:
        return False
    return attempt.log_prob < options.log_prob_threshold and attempt.no_speech > options.no_speech_threshold


def is_silence(attempt: Attempt, options: DecodingOptions) -> bool:
    """Tell whether nothing was said: an empty text, or one that was made up."""
    return not attempt.pieces or is_phantom(attempt, options)


def is_believed(attempt: Attempt, options: DecodingOptions) -> bool:
    """Tell whether no higher temperature needs to be tried."""
    if is_silence(attempt, options):
        return True
    return attempt.log_prob >= options.log_prob_threshold and not repeats(attempt, options)


def choose(attempts: Sequence[Attempt], options: DecodingOptions) -> Attempt:
    """Return the attempt to keep: the first that is believed, else the likeliest of those that do not repeat."""
    for attempt in attempts:
        if is_believed(attempt, options):
            return attempt
    sound = [attempt for attempt in attempts if not repeats(attempt, options)]
    return max(sound or attempts, key=lambda attempt: attempt.log_prob)


def cap_length(prompt_tokens: int, text_tokens: int) -> int:
    """Return the `max_length` with which CTranslate2 stops after so many tokens of text.

    It generates `min(max_length / 2, max_length - prompt_tokens)` tokens, and has `MAX_LENGTH` positions in all.
    """
    return min(MAX_LENGTH, max(2 * text_tokens, prompt_tokens + text_tokens))


def previous_text(hotwords: Sequence[int], prompt: Sequence[int]) -> list[int]:
    """Return the tokens that stand before the start of transcript, behind `<|startofprev|>`.

    At most `MAX_TEXT_TOKENS - 1` of them, as in openai/whisper: hotwords take up to half, the newest of the prompt the
    rest, next to the text that follows it.
    """
    room = MAX_TEXT_TOKENS - 1
    kept = list(hotwords[: room // 2])
    newest = list(prompt[max(0, len(prompt) - (room - len(kept))) :])
    return kept + newest
