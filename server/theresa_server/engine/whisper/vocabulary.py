"""A Whisper model's vocabulary: special tokens, prompts, and what is never written."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import tokenizers
from faster_whisper.tokenizer import Tokenizer

from theresa_protocol.messages import Task
from theresa_server.engine.whisper.decoding import previous_text
from theresa_server.engine.whisper.pieces import Piece, pieces_of, token_bytes
from theresa_server.speech.recognition import DecodeJob


class Vocabulary:
    """The tokens of one model.

    Args:
        tokenizer: as read from the model's `tokenizer.json`.
        multilingual: False for an English-only model, whose transcripts start without language and task.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer, *, multilingual: bool) -> None:
        self._tokenizer = tokenizer
        self._multilingual = multilingual
        self._special = Tokenizer(tokenizer, multilingual, task="transcribe", language="en")
        self._bytes = lru_cache(maxsize=None)(self._bytes_of)
        self.suppressed = self._never_written()

    def start(self, language: str, task: Task) -> list[int]:
        """Return the tokens that start a transcript, `<|notimestamps|>` left out."""
        of = Tokenizer(self._tokenizer, self._multilingual, task=task, language=language)
        return cast("list[int]", of.sot_sequence)

    def prompt(self, job: DecodeJob, language: str) -> list[int]:
        """Return all tokens that stand before the text of a job: previous text, start of transcript."""
        hotwords = self.encode(" " + ", ".join(job.hotwords)) if job.hotwords else []
        said = self.encode(" " + job.prompt.strip()) if job.prompt and job.prompt.strip() else []
        before = previous_text(hotwords, said)
        start = [*self.start(language, job.task), self._special.no_timestamps]
        return [self._special.sot_prev, *before, *start] if before else start

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text; special tokens spelled out in it are dropped."""
        return [token for token in self._special.encode(text) if token < self._special.eot]

    def text_tokens(self, tokens: Sequence[int]) -> list[int]:
        """Return the tokens that write text: no timestamps, no special tokens."""
        return [token for token in tokens if token < self._special.eot]

    def pieces(self, tokens: Sequence[int]) -> list[Piece]:
        """Return the text that tokens of text write, in whole characters."""
        return pieces_of(self._bytes(token) for token in tokens)

    def _bytes_of(self, token: int) -> bytes:
        return token_bytes(self._tokenizer.id_to_token(token) or "")

    def _never_written(self) -> list[int]:
        """Return the tokens to suppress: marks that nobody speaks, and the special tokens that start a transcript.

        openai/whisper, `_get_suppress_tokens`. A vocabulary that lacks one of the marks spells it by a space and the
        mark; the space has to stay.
        """
        special = self._special
        tokens = {*special.non_speech_tokens, special.sot, special.sot_prev, special.sot_lm, special.no_speech}
        tokens |= {special.transcribe, special.translate}
        return sorted(token for token in tokens if token is not None and self._bytes(token) != b" ")
