"""What a saved model takes: its signature, its parameters, and an example in both languages."""

import base64
import importlib.resources
import io
from collections.abc import Iterator
from typing import Any

import av
import pandas as pd
from av.audio.frame import AudioFrame
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

TEXTS = (
    "我爱中国",
    "米哈游成立于2011年,致力于为用户提供美好的、超出预期的产品与内容。",
    "Alice Johnson works for Acme Corporation in London.",
)
RECORDINGS = {"mandarin.flac": 6, "english.flac": 4}
"""Sample recordings, and the seconds of each that make two sentences."""

_FOR_TEXT = (
    ParamSpec("labels", DataType.string, [], (-1,)),  # none given: all
    ParamSpec("output", DataType.string, "entities"),
)
_FOR_AUDIO = (
    ParamSpec("language", DataType.string, None),  # detected
    ParamSpec("words", DataType.boolean, False),
)


def signature(*, audio: bool) -> ModelSignature:
    """The column and the parameters; audio comes as base64, or in Python as bytes, which MLflow lets pass."""
    column = ColSpec(DataType.string, "audio" if audio else "text")
    params = (*_FOR_AUDIO, _FOR_TEXT[0]) if audio else _FOR_TEXT
    return ModelSignature(inputs=Schema([column]), params=ParamSchema(list(params)))


def example(*, audio: bool) -> pd.DataFrame:
    """Some rows that such a model answers."""
    if not audio:
        return pd.DataFrame({"text": list(TEXTS)})
    return pd.DataFrame({"audio": [base64.b64encode(_excerpt(*one)).decode() for one in RECORDINGS.items()]})


def _excerpt(name: str, seconds: int) -> bytes:
    """The beginning of one of the sample recordings, as FLAC."""
    sample = importlib.resources.files("theresa_server") / "assets" / "samples" / name
    written = io.BytesIO()
    with sample.open("rb") as file, av.open(file, "r") as source, av.open(written, "w", "flac") as target:
        stream: Any = target.add_stream("flac", source.streams.audio[0].rate)
        stream.layout = "mono"
        for frame in _beginning(source, seconds):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return written.getvalue()


def _beginning(source: av.container.InputContainer, seconds: int) -> Iterator[AudioFrame]:
    for frame in source.decode(audio=0):
        if frame.time is not None and frame.time >= seconds:
            return
        yield frame
