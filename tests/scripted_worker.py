"""A worker process with a scripted recogniser.

It finds words in capitals as entities. A text with CRASH ends the process, one with HANG never returns, and one with
FAIL raises an error. Instead of tokens, it returns the size and the number of the batch of a text.
"""

import os
import sys
import threading
from collections.abc import Sequence

from theresa_server.entities.hanlp.worker import serve
from theresa_server.entities.ports import Annotation, EntityError, EntityRecogniserInfo
from theresa_server.entities.spans import spans_of
from theresa_server.entities.tokens import tokenize


class ScriptedRecogniser:
    info = EntityRecogniserInfo("scripted", ("TERM",), relations=False)

    def __init__(self) -> None:
        self._batches = 0

    def annotate(self, texts: Sequence[str], *, relations: bool = False) -> list[Annotation]:
        print("libraries print")  # noqa: T201 - libraries print to stdout, which must not corrupt the pipe
        if any("CRASH" in text for text in texts):
            os._exit(3)
        if any("HANG" in text for text in texts):
            threading.Event().wait()
        if any("FAIL" in text for text in texts):
            raise EntityError("This text fails.")
        self._batches += 1
        return [self._annotation(text, len(texts)) for text in texts]

    def _annotation(self, text: str, size: int) -> Annotation:
        tokens = [(token.begin, token.end) for token in tokenize(text)]
        capitals = [(at, at + 1, "TERM") for at, (begin, end) in enumerate(tokens) if text[begin:end].isupper()]
        return Annotation(spans_of(text, tokens, capitals), (), ((size, self._batches),))


if __name__ == "__main__":
    sys.exit(serve(ScriptedRecogniser))
