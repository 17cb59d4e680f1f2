"""A Whisper model's vocabulary: special tokens, prompts and suppressed tokens."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import tokenizers
from faster_whisper.tokenizer import Tokenizer

from theresa_protocol.messages import Task
from theresa_server.engine.whisper.decoding import newest_tokens, previous_text_tokens
from theresa_server.engine.whisper.pieces import Piece, join_tokens, token_bytes
from theresa_server.speech.recognition import DecodeJob


class Vocabulary:
    """The tokens of one model.

    Args:
        tokenizer: the tokenizer in the model's ``tokenizer.json``.
        multilingual: ``False`` for an English-only model, whose transcripts start without language and task.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer, *, multilingual: bool) -> None:
        self._tokenizer = tokenizer
        self._multilingual = multilingual
        self._special = Tokenizer(tokenizer, multilingual, task="transcribe", language="en")
        self._bytes = lru_cache(maxsize=None)(self._bytes_of)
        self.suppressed = self._suppressed_tokens()

    def start_tokens(self, language: str, task: Task) -> list[int]:
        """Return the tokens that start a transcript, without ``<|notimestamps|>``."""
        special = Tokenizer(self._tokenizer, self._multilingual, task=task, language=language)
        return cast("list[int]", special.sot_sequence)

    def prompt_tokens(self, job: DecodeJob, language: str) -> list[int]:
        """Return all tokens that precede the text of a job: the previous text and the start of transcript."""
        hotwords = self.encode(" " + ", ".join(job.hotwords)) if job.hotwords else []
        prompt = self.encode(" " + job.prompt.strip()) if job.prompt and job.prompt.strip() else []
        context = self.encode(" " + job.previous.text) if job.previous and job.previous.language == language else []
        previous = previous_text_tokens(hotwords, [*prompt, *newest_tokens(context)])
        start = self.unprompted(job, language)
        return [self._special.sot_prev, *previous, *start] if previous else start

    def unprompted(self, job: DecodeJob, language: str) -> list[int]:
        """Return the tokens that precede the text of a job if there is no text before it."""
        return [*self.start_tokens(language, job.task), self._special.no_timestamps]

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text; special tokens that are spelled out in it are dropped."""
        return [token for token in self._special.encode(text) if token < self._special.eot]

    def text_tokens(self, tokens: Sequence[int]) -> list[int]:
        """Return the given tokens without timestamps and special tokens."""
        return [token for token in tokens if token < self._special.eot]

    def pieces(self, tokens: Sequence[int]) -> list[Piece]:
        """Return the text of text tokens, in whole characters."""
        return join_tokens(self._bytes(token) for token in tokens)

    def _bytes_of(self, token: int) -> bytes:
        return token_bytes(self._tokenizer.id_to_token(token) or "")

    def _suppressed_tokens(self) -> list[int]:
        """Return the tokens to suppress: symbols that are never spoken, and the special tokens of a prompt.

        They are those of openai/whisper (``_get_suppress_tokens``) except the bare space: a vocabulary without a token
        for one of the symbols encodes it as a space and the symbol, but the space must remain available.
        """
        special = self._special
        tokens = {*special.non_speech_tokens, special.sot, special.sot_prev, special.sot_lm, special.no_speech}
        tokens |= {special.transcribe, special.translate}
        return sorted(token for token in tokens if token is not None and self._bytes(token) != b" ")
