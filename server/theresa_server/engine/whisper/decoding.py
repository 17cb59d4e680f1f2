"""Decoding options, and the rules that accept a decoding result or fall back to a higher temperature. Pure.

The rules are those of openai/whisper (``whisper/transcribe.py``, ``decode_with_fallback``) as faster-whisper applies
them on CTranslate2 (``faster_whisper/transcribe.py``, ``generate_with_fallback``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from theresa_server.audio.evidence import VoiceEvidence
from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.engine.whisper.pieces import Piece, compression_ratio
from theresa_server.speech.boilerplate import is_boilerplate, is_courtesy
from theresa_server.speech.doubts import AUDIO_DOUBTS, Doubt, is_phantom, is_plausible_rate
from theresa_server.speech.echoes import is_echo
from theresa_server.speech.guards import ALL_GUARDS, Guard, GuardAction, has_words, is_looping

MAX_LENGTH = 448
"""Positions of Whisper's decoder, for prompt and text together (openai/whisper, ``n_text_ctx``)."""

MAX_CONTEXT_TOKENS = 64
"""How much of the previous text serves as context."""

CONTEXT_STEP_TOKENS = 16
"""The step between two lengths of that context."""

MAX_TEXT_TOKENS = MAX_LENGTH // 2
"""The longest text of a window, and one more than the longest prompt (openai/whisper, ``sample_len``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingOptions:
    """How finals and partials are decoded.

    Raises:
        ValueError: a value is out of its range.
    """

    beam_size: int = 5
    """Beams of a final; partials are decoded greedily."""
    patience: float = 1.0
    """How many beams must finish before the search ends, in units of ``beam_size``."""
    best_of: int = 5
    """Samples drawn at a temperature above 0; the most likely one is kept."""
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """Temperatures that a final tries in turn until a result is accepted."""
    compression_ratio_threshold: float = 2.4
    """A text with a higher compression ratio is repetitive."""
    log_prob_threshold: float = -1.0
    """A text whose tokens have a lower mean log-probability is not accepted."""
    no_speech_threshold: float = 0.6
    """A higher no-speech probability casts doubt on a text."""
    voice_threshold: float = 0.8
    """A lower certainty of the voice detectors casts doubt on a text. ``docs/models.md`` explains the value."""
    speech_threshold: float = 0.2
    """Below this no-speech probability the model is sure of speech, and uncertain voice detectors cast no doubt."""
    echo_no_speech_threshold: float = 0.3
    """Like ``no_speech_threshold``, for a text that repeats the prompt: a prompt lowers the probability."""
    echo_margin: float = 2.5
    """How much lower the mean log-probability of an echo may be than that of the text without prompt.

    Both are scored without the prompt. ``docs/models.md`` explains the value.
    """
    suppress_blank: bool = False
    """``True`` forbids an empty text; it is off so that the model can return one when nobody speaks."""
    tokens_per_second: float = 25.0
    """Limit on the length of a text, by the length of its audio.

    The fastest speech stays below half of it; a decoder in a repetition loop does not.
    """
    tokens_floor: int = 16
    """Tokens allowed for even the shortest audio."""
    prefix_margin: float = 0.1
    """How much lower the mean log-probability of a final may be when it is forced to begin with the stable text.

    It is compared with the unconstrained text. ``docs/models.md`` explains how this and ``prefix_threshold`` were
    measured.
    """
    prefix_threshold: float = -0.4
    """A final forced to begin with the stable text is rejected below this mean log-probability.

    The threshold is stricter than ``log_prob_threshold``.
    """
    guards: frozenset[Guard] = ALL_GUARDS
    """The active guards."""

    def __post_init__(self) -> None:
        if self.beam_size < 1 or self.best_of < 1:
            raise ValueError("beam_size and best_of must be at least 1")
        if not self.temperatures or sorted(self.temperatures) != list(self.temperatures) or self.temperatures[0] < 0:
            raise ValueError("temperatures must be at least one number, none negative, in ascending order")

    def temperatures_from(self, first: float) -> tuple[float, ...]:
        """Return the temperatures to try in turn, beginning with ``first``; 0 stands for all of them."""
        return (first, *(higher for higher in self.temperatures if higher > first)) if first else self.temperatures

    def max_tokens(self, samples: int) -> int:
        """Return the limit on the length of a text, for the given number of 16 kHz samples."""
        return min(MAX_TEXT_TOKENS, self.tokens_floor + math.ceil(self.tokens_per_second * samples / SAMPLE_RATE_HZ))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingResult:
    """The result of one search."""

    tokens: tuple[int, ...]
    """Token ids of the text, without special tokens."""
    pieces: tuple[Piece, ...]
    """The text."""
    log_prob: float
    """Mean log-probability of the tokens that were not forced and of the end of text."""
    no_speech: float
    """Probability that the audio contains no speech."""
    temperature: float
    """The sampling temperature; 0 is a search for the most likely text."""
    truncated: bool
    """Whether the search reached the length limit before an end of text."""
    forced: int = 0
    """How many of the tokens were given to the search as a prefix."""
    voice: VoiceEvidence | None = None
    """What the voice detectors found in the audio, if known."""
    compression_ratio: float = field(init=False)
    """Length of the text over its compressed length."""
    loops: bool = field(init=False)
    """Whether the same words are repeated over and over."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "compression_ratio", compression_ratio(self.text))
        object.__setattr__(self, "loops", is_looping(self.text))

    @property
    def text(self) -> str:
        """The text of all pieces."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def tokens_by_piece(self) -> tuple[tuple[int, ...], ...]:
        """The tokens of each piece, including preceding tokens that write nothing."""
        ends = [0, *(piece.last for piece in self.pieces)]
        return tuple(self.tokens[begin:end] for begin, end in pairwise(ends))


def mean_log_prob(score: float, tokens: int, forced: int = 0) -> float:
    """Return the mean log-probability of the tokens that were not forced, and of the end of text.

    CTranslate2's score is the sum divided by the number of all tokens, where forced tokens count as certain. It is
    meaningless for an empty text (0 here).
    """
    return score * tokens / (tokens - forced + 1) if tokens else 0.0


def is_repetitive(result: DecodingResult, options: DecodingOptions) -> bool:
    """Return whether the decoder ran into a loop: the text repeats itself, compresses too well, or has no end."""
    if Guard.LOOPS not in options.guards:
        return False
    return result.truncated or result.loops or result.compression_ratio > options.compression_ratio_threshold


def find_doubts(result: DecodingResult, options: DecodingOptions) -> frozenset[Doubt]:
    """Return the reasons to doubt that a text was spoken."""
    voice = result.voice if result.voice is not None and result.voice.certainty is not None else None
    uncertain = voice is not None and (voice.certainty or 0) < options.voice_threshold
    signs = {
        Doubt.VOICE: uncertain and result.no_speech > options.speech_threshold,
        Doubt.NO_SPEECH: result.no_speech > options.no_speech_threshold,
        Doubt.LOG_PROB: result.log_prob < options.log_prob_threshold,
        Doubt.REPETITION: is_repetitive(result, options),
        Doubt.RATE: voice is not None and not is_plausible_rate(result.text, voice),
    }
    return frozenset(doubt for doubt, found in signs.items() if found)


def rejection(result: DecodingResult, options: DecodingOptions) -> GuardAction | None:
    """Return why a text is probably made up; ``None`` if it is not, or if it is empty.

    A text with a forced prefix is never rejected, since the stable text proves that there was speech.
    """
    if not result.pieces or result.forced:
        return None
    if Guard.SYMBOLS in options.guards and not has_words(result.text):
        return GuardAction.SYMBOLS
    doubts = find_doubts(result, options)
    if Guard.PHANTOMS in options.guards and is_phantom(doubts):
        return GuardAction.PHANTOM
    if Guard.BOILERPLATE in options.guards and (
        (doubts and is_boilerplate(result.text)) or (doubts & AUDIO_DOUBTS and is_courtesy(result.text))
    ):
        return GuardAction.BOILERPLATE
    return None


def is_silence(result: DecodingResult, options: DecodingOptions) -> bool:
    """Return whether there was no speech: the text is empty or made up."""
    return not result.pieces or rejection(result, options) is not None


def is_swayed(result: DecodingResult, sources: Sequence[str], options: DecodingOptions) -> bool:
    """Return whether a text, or its rejection, may owe everything to the prompt or the hotwords.

    Both change the no-speech probability, too, and a hotword may be written where nobody speaks.

    Args:
        result: a text that was decoded with a prompt or hotwords.
        sources: the prompt, and the hotwords as a text.
        options: how to decode.
    """
    if Guard.ECHOES not in options.guards or result.forced or not result.pieces:
        return False
    doubts = find_doubts(result, options)
    if doubts & AUDIO_DOUBTS or rejection(result, options) is not None:
        return True
    doubtful = bool(doubts) or result.no_speech > options.echo_no_speech_threshold
    return doubtful and is_echo(result.text, sources)


def is_accepted(result: DecodingResult, options: DecodingOptions) -> bool:
    """Return whether the result needs no fallback to a higher temperature.

    An empty sample is not accepted where the detectors are certain of a voice: it would lose what was said.
    """
    if is_silence(result, options):
        certain = result.voice is not None and (result.voice.certainty or 0) >= options.voice_threshold
        return bool(result.pieces) or result.temperature == 0 or not certain
    return result.log_prob >= options.log_prob_threshold and not is_repetitive(result, options)


def select_result(results: Sequence[DecodingResult], options: DecodingOptions) -> DecodingResult:
    """Return the first accepted result, or else the most likely one that is neither empty nor repetitive."""
    for result in results:
        if is_accepted(result, options):
            return result
    written = [result for result in results if result.pieces] or results
    candidates = [result for result in written if not is_repetitive(result, options)]
    return max(candidates or written, key=lambda result: result.log_prob)


def max_length(prompt_tokens: int, text_tokens: int) -> int:
    """Return the ``max_length`` that makes CTranslate2 stop after the given number of text tokens.

    CTranslate2 generates ``min(max_length / 2, max_length - prompt_tokens)`` tokens, and has ``MAX_LENGTH`` positions.
    """
    return min(MAX_LENGTH, max(2 * text_tokens, prompt_tokens + text_tokens))


def newest_tokens(context: Sequence[int]) -> Sequence[int]:
    """Return the tokens of a previous text that serve as context: its end, in whole steps where it is long enough.

    CTranslate2 decodes jobs together only if their prompts have the same length. Few lengths make large batches.
    """
    steps = min(len(context), MAX_CONTEXT_TOKENS) // CONTEXT_STEP_TOKENS
    return context[-steps * CONTEXT_STEP_TOKENS :] if steps else context


def previous_text_tokens(hotwords: Sequence[int], prompt: Sequence[int]) -> list[int]:
    """Return the tokens between ``<|startofprev|>`` and the start of transcript.

    As in openai/whisper, there are at most ``MAX_TEXT_TOKENS - 1``. Hotwords take up to half of them; the end of the
    prompt takes the rest, next to the text that follows it.
    """
    limit = MAX_TEXT_TOKENS - 1
    kept = list(hotwords[: limit // 2])
    newest = list(prompt[max(0, len(prompt) - (limit - len(kept))) :])
    return kept + newest
