"""Runs HanLP models. Only this module imports HanLP and torch; the server imports it only in the worker process.

Two kinds of model are supported: a stand-alone recogniser, which reads tokens, and a multi-task model, of which only
the required tasks are run. A model directory must be complete: nothing is fetched.
"""

import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NoReturn

from theresa_server.entities.hanlp.directory import (
    ENCODER,
    HanlpMetadata,
    link_model,
    missing_encoder,
    read_configuration,
    validate_hanlp_directory,
)
from theresa_server.entities.hanlp.wire import FOLDER
from theresa_server.entities.labels import common_label
from theresa_server.entities.ports import (
    Annotation,
    Argument,
    EntityError,
    EntityRecogniserInfo,
    PredicateFrame,
)
from theresa_server.entities.spans import spans_of
from theresa_server.entities.tokens import tokenize
from theresa_server.speech.recognition import ModelError

NER_TASKS = ("ner/msra", "ner/ontonotes", "ner/pku", "ner")
"""Recognisers of multi-task models in order of preference."""

TokenOffsets = list[tuple[int, int]]


class HanlpRecogniser:
    """An ``EntityRecogniser`` for a HanLP component, created by ``load``."""

    def __init__(self, component: Any, metadata: HanlpMetadata, name: str) -> None:
        self._component = component
        self._metadata = metadata
        tasks = getattr(component, "tasks", None)
        self._multi_task = tasks is not None
        self._ner = _choose(NER_TASKS, tasks, "ner") if self._multi_task else None
        self._srl = _choose(("srl",), tasks, "srl") if self._multi_task else None
        self._tok = _choose(("tok/fine", "tok/coarse"), tasks, "tok") if self._multi_task else None
        if self._multi_task and (self._ner is None or self._tok is None):
            raise ModelError(f"the HanLP model {name} cannot find entities: use one with the tasks tok and ner.")
        if self._tok is not None:
            component[self._tok].config.output_spans = True
        labels = _labels(component[self._ner] if self._multi_task else component)
        self._info = EntityRecogniserInfo(name, labels, relations=bool(self._srl))

    @classmethod
    def load(cls, directory: Path) -> "HanlpRecogniser":
        """Load a HanLP directory, which blocks for seconds.

        A model can execute code when it is loaded: load models only from trusted sources.

        Raises:
            ModelError: when the model cannot be loaded.
        """
        metadata = validate_hanlp_directory(directory)
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
        try:
            import hanlp  # noqa: F401 - initializes its submodules
            import torch
            from hanlp.utils.log_util import logger
        except ModuleNotFoundError as error:
            raise ModelError(
                f"named entities need the package '{error.name}': "
                "pip install 'theresa[entities]', or use --entities off."
            ) from error
        torch.set_num_threads(1)
        logger.setLevel(logging.WARNING)
        return cls(_load_component(directory), metadata, metadata.name or directory.resolve().name)

    @property
    def info(self) -> EntityRecogniserInfo:
        """Name and capabilities."""
        return self._info

    def annotate(self, texts: Sequence[str], *, relations: bool = False) -> list[Annotation]:
        """Return one annotation per text.

        Raises:
            EntityError: when the model fails, or ``relations`` is requested and not supported.
        """
        if relations and self._srl is None:
            raise EntityError(f"the model {self._info.name} does not support semantic role labelling.")
        non_blank = [index for index, text in enumerate(texts) if text.strip()]
        found = [Annotation()] * len(texts)
        try:
            annotate = self._annotate_multi_task if self._multi_task else self._annotate_tokens
            annotations = annotate([texts[index] for index in non_blank], relations)
            for index, annotation in zip(non_blank, annotations, strict=True):
                found[index] = annotation
        except Exception as error:  # third-party models raise anything
            raise EntityError(f"the model {self._info.name} failed: {error}") from error
        return found

    def _annotate_tokens(self, texts: list[str], relations: bool) -> list[Annotation]:
        if not texts:
            return []
        offsets = [self._tokens(text) for text in texts]
        words = [[text[begin:end] for begin, end in tokens] for text, tokens in zip(texts, offsets, strict=True)]
        return [
            Annotation(spans_of(text, tokens, [(b, e, label) for _, label, b, e in found]), (), tuple(tokens))
            for text, tokens, found in zip(texts, offsets, self._component(words), strict=True)
        ]

    def _tokens(self, text: str) -> TokenOffsets:
        if self._metadata.tokens == "characters":
            return [(index, index + 1) for index, char in enumerate(text) if not char.isspace()]
        return [(token.begin, token.end) for token in tokenize(text)]

    def _annotate_multi_task(self, texts: list[str], relations: bool) -> list[Annotation]:
        if not texts:
            return []
        assert self._tok is not None  # noqa: S101 - __init__ rejects models without it
        tasks = [self._tok, self._ner, *([self._srl] if relations else [])]
        document = self._component(texts, tasks=tasks)
        annotations = []
        for index, text in enumerate(texts):
            tokens = [(begin, end) for _, begin, end in document[self._tok][index]]
            spans = spans_of(text, tokens, [(b, e, label) for _, label, b, e in document[self._ner][index]])
            frames = tuple(_predicate_frame(tokens, roles) for roles in document[self._srl][index]) if relations else ()
            annotations.append(Annotation(spans, frames, tuple(tokens)))
        return annotations


def _load_component(directory: Path) -> Any:
    """Load the component in a directory.

    ``hanlp.load`` is not used because it queries a package index for a newer HanLP when it fails.
    """
    from hanlp.utils import io_util
    from hanlp_common.reflection import object_from_classpath

    io_util.download = _refuse_download  # HanLP has its own mirrors for some encoders and no option to disable them
    with tempfile.TemporaryDirectory(prefix="theresa-hanlp-", dir=os.environ.get(FOLDER)) as links:
        link_model(directory, Path(links))
        try:
            component = object_from_classpath(read_configuration(directory)["classpath"])
            component.load(links, devices=-1, verbose=False)
        except Exception as error:  # HanLP, transformers and torch raise anything for an invalid model
            if encoder := missing_encoder(directory):
                raise ModelError(
                    f"the HanLP model in {str(directory)!r} needs the encoder '{encoder}', which is missing: "
                    f"copy its config.json and its tokenizer to {str(directory / ENCODER)!r}."
                ) from error
            raise ModelError(f"the HanLP model in {str(directory)!r} cannot be loaded ({_reason(error)}).") from error
    return component


def _reason(error: Exception) -> str:
    if isinstance(error, UnpicklingError):  # torch's own message recommends loading it anyway
        return "model.pt is damaged or contains more than weights"
    sentence = str(error).strip().partition("\n")[0].partition(". ")[0]
    return f"{type(error).__name__}: {sentence}"


def _refuse_download(url: str, *_: object, **__: object) -> NoReturn:
    raise OSError(f"{url} is not available locally, and downloads are disabled")


def _choose(preferred: Sequence[str], tasks: Any, prefix: str) -> str | None:
    names = list(tasks or ())
    first = next((name for name in preferred if name in names), None)
    return first or next((name for name in names if name.split("/")[0] == prefix), None)


def _labels(recogniser: Any) -> tuple[str, ...]:
    """Return the common labels for a recogniser's vocabulary of tags (``B-PERSON``) or spans."""
    vocabulary = recogniser.vocabs.get("tag") or recogniser.vocabs.get("label")
    tags = [] if vocabulary is None else [str(tag) for tag in vocabulary.idx_to_token if tag]
    plain = {tag.partition("-")[2] or tag for tag in tags if tag not in ("O", "<pad>", "<unk>")}
    return tuple(sorted({common_label(label) for label in plain}))


def _predicate_frame(tokens: TokenOffsets, roles: Sequence[tuple[str, str, int, int]]) -> PredicateFrame:
    valid = [(b, e, role) for _, role, b, e in roles if 0 <= b < e <= len(tokens)]
    return tuple(Argument(tokens[b][0], tokens[e - 1][1], role) for b, e, role in valid)
