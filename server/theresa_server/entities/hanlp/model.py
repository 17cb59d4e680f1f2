"""HanLP models: the only module that knows HanLP and torch. It runs in the worker process, or in one of its own.

Two kinds of directory are understood: a stand-alone recogniser, which reads tokens, and a multi-task model, of which
only the tasks that are needed are run. Whatever a model refers to must lie in its directory: nothing is fetched.
"""

import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NoReturn

from theresa_server.entities.hanlp import directory as directories
from theresa_server.entities.hanlp.directory import HanlpDeclaration
from theresa_server.entities.labels import canonical
from theresa_server.entities.ports import Annotation, Argument, EntityError, Frame, RecogniserInfo
from theresa_server.entities.spans import spans_of
from theresa_server.entities.tokens import tokenize
from theresa_server.speech.recognition import ModelError

NER_TASKS = ("ner/msra", "ner/ontonotes", "ner/pku", "ner")
"""Which of a multi-task model's recognisers is taken: the first that it has."""

Tokens = list[tuple[int, int]]


class HanlpRecogniser:
    """A ``Recogniser`` on a loaded HanLP component. Made by ``load``."""

    def __init__(self, component: Any, declared: HanlpDeclaration, name: str) -> None:
        self._component = component
        self._declared = declared
        tasks = getattr(component, "tasks", None)
        self._multi = tasks is not None
        self._ner = _choose(NER_TASKS, tasks, "ner") if self._multi else None
        self._srl = _choose(("srl",), tasks, "srl") if self._multi else None
        self._tok = _choose(("tok/fine", "tok/coarse"), tasks, "tok") if self._multi else None
        if self._multi and (self._ner is None or self._tok is None):
            raise ModelError(f"the HanLP model {name} finds no entities: choose one with tasks for tokens and ner.")
        if self._tok is not None:
            component[self._tok].config.output_spans = True
        self._info = RecogniserInfo(name, _labels(component[self._ner] if self._multi else component), bool(self._srl))

    @classmethod
    def load(cls, directory: Path) -> "HanlpRecogniser":
        """Load a HanLP directory; blocks for some seconds. A model is code as much as data: trust where it is from.

        Raises ``ModelError``.
        """
        declared = directories.check(directory)
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
        try:
            import hanlp  # noqa: F401 - sets up what its parts need
            import torch
            from hanlp.utils.log_util import logger
        except ModuleNotFoundError as error:
            raise ModelError(
                f"named entities need the package '{error.name}': pip install 'theresa[entities]', or --entities off."
            ) from error
        torch.set_num_threads(1)
        logger.setLevel(logging.WARNING)
        return cls(_load(directory), declared, declared.name or directory.resolve().name)

    @property
    def info(self) -> RecogniserInfo:
        """What it is and what it can do."""
        return self._info

    def annotate(self, texts: Sequence[str], *, relations: bool = False) -> list[Annotation]:
        """One annotation for each text. Raises ``EntityError`` when it fails, or has no semantic roles to give."""
        if relations and self._srl is None:
            raise EntityError(f"the model {self._info.name} has no semantic role labelling.")
        spoken = [index for index, text in enumerate(texts) if text.strip()]
        found = [Annotation()] * len(texts)
        try:
            annotate = self._annotate_multi if self._multi else self._annotate_tokens
            for index, annotation in zip(spoken, annotate([texts[index] for index in spoken], relations), strict=True):
                found[index] = annotation
        except Exception as error:  # whatever a model of somebody else's raises
            raise EntityError(f"the model {self._info.name} failed: {error}") from error
        return found

    def _annotate_tokens(self, texts: list[str], relations: bool) -> list[Annotation]:
        if not texts:
            return []
        split = [self._tokens(text) for text in texts]
        read = [[text[begin:end] for begin, end in tokens] for text, tokens in zip(texts, split, strict=True)]
        return [
            Annotation(spans_of(text, tokens, [(b, e, label) for _, label, b, e in found]), (), tuple(tokens))
            for text, tokens, found in zip(texts, split, self._component(read), strict=True)
        ]

    def _tokens(self, text: str) -> Tokens:
        if self._declared.tokens == "characters":
            return [(index, index + 1) for index, char in enumerate(text) if not char.isspace()]
        return [(token.begin, token.end) for token in tokenize(text)]

    def _annotate_multi(self, texts: list[str], relations: bool) -> list[Annotation]:
        if not texts:
            return []
        assert self._tok is not None  # noqa: S101 - __init__ refuses models without
        wanted = [self._tok, self._ner, *([self._srl] if relations else [])]
        document = self._component(texts, tasks=wanted)
        annotations = []
        for index, text in enumerate(texts):
            tokens = [(begin, end) for _, begin, end in document[self._tok][index]]
            spans = spans_of(text, tokens, [(b, e, label) for _, label, b, e in document[self._ner][index]])
            frames = tuple(_frame(tokens, roles) for roles in document[self._srl][index]) if relations else ()
            annotations.append(Annotation(spans, frames, tuple(tokens)))
        return annotations


def _load(directory: Path) -> Any:
    """The component in a directory.

    ``hanlp.load`` is not used: where it fails, it asks a package index for a newer HanLP and prints a page.
    """
    from hanlp.utils import io_util
    from hanlp_common.reflection import object_from_classpath

    io_util.download = _refuse_download  # HanLP has mirrors of its own for some encoders, and no switch
    with tempfile.TemporaryDirectory(prefix="theresa-hanlp-") as view:
        directories.make_view(directory, Path(view))
        try:
            component = object_from_classpath(directories.read_configuration(directory)["classpath"])
            component.load(view, devices=-1, verbose=False)
        except Exception as error:  # whatever HanLP, transformers and torch raise for a model that is not right
            if encoder := directories.missing_encoder(directory):
                raise ModelError(
                    f"the HanLP model in {str(directory)!r} needs the encoder '{encoder}', which is not here: "
                    f"put its config.json and its tokenizer into {str(directory / directories.ENCODER)!r}."
                ) from error
            raise ModelError(f"the HanLP model in {str(directory)!r} cannot be loaded ({_reason(error)}).") from error
    return component


def _reason(error: Exception) -> str:
    if isinstance(error, UnpicklingError):  # torch's own text advises to load it all the same
        return "model.pt is damaged, or holds more than weights"
    sentence = str(error).strip().partition("\n")[0].partition(". ")[0]
    return f"{type(error).__name__}: {sentence}"


def _refuse_download(url: str, *_: object, **__: object) -> NoReturn:
    raise OSError(f"{url} is not here, and nothing is fetched")


def _choose(preferred: Sequence[str], tasks: Any, prefix: str) -> str | None:
    names = list(tasks or ())
    first = next((name for name in preferred if name in names), None)
    return first or next((name for name in names if name.split("/")[0] == prefix), None)


def _labels(recogniser: Any) -> tuple[str, ...]:
    """The labels in a recogniser's vocabulary of tags (``B-PERSON``), or of spans."""
    vocabulary = recogniser.vocabs.get("tag") or recogniser.vocabs.get("label")
    tags = [] if vocabulary is None else [str(tag) for tag in vocabulary.idx_to_token if tag]
    plain = {tag.partition("-")[2] or tag for tag in tags if tag not in ("O", "<pad>", "<unk>")}
    return tuple(sorted({canonical(label) for label in plain}))


def _frame(tokens: Tokens, roles: Sequence[tuple[str, str, int, int]]) -> Frame:
    inside = [(b, e, role) for _, role, b, e in roles if 0 <= b < e <= len(tokens)]
    return tuple(Argument(tokens[b][0], tokens[e - 1][1], role) for b, e, role in inside)
