"""The signature of a saved model, and an input example in English and Mandarin."""

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
"""Sample recordings, and how many seconds of each hold the first two sentences."""

_FOR_TEXT = (
    ParamSpec("labels", DataType.string, [], (-1,)),  # all if empty
    ParamSpec("output", DataType.string, "entities"),
)
_FOR_AUDIO = (
    ParamSpec("language", DataType.string, None),  # detected if missing
    ParamSpec("words", DataType.boolean, False),
)


def model_signature(*, audio: bool) -> ModelSignature:
    """Return the column and the parameters. Audio is Base64; from Python, MLflow passes bytes, too."""
    column = ColSpec(DataType.string, "audio" if audio else "text")
    params = (*_FOR_AUDIO, _FOR_TEXT[0]) if audio else _FOR_TEXT
    return ModelSignature(inputs=Schema([column]), params=ParamSchema(list(params)))


def input_example(*, audio: bool) -> pd.DataFrame:
    """Return example rows for the model."""
    if not audio:
        return pd.DataFrame({"text": list(TEXTS)})
    return pd.DataFrame(
        {"audio": [base64.b64encode(_excerpt(name, seconds)).decode() for name, seconds in RECORDINGS.items()]}
    )


def _excerpt(name: str, seconds: int) -> bytes:
    """Return the beginning of a sample recording as FLAC."""
    sample = importlib.resources.files("theresa_server") / "assets" / "samples" / name
    output = io.BytesIO()
    with sample.open("rb") as file, av.open(file, "r") as source, av.open(output, "w", "flac") as target:
        stream: Any = target.add_stream("flac", source.streams.audio[0].rate)
        stream.layout = "mono"
        for frame in _first_frames(source, seconds):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return output.getvalue()


def _first_frames(source: av.container.InputContainer, seconds: int) -> Iterator[AudioFrame]:
    for frame in source.decode(audio=0):
        if frame.time is not None and frame.time >= seconds:
            return
        yield frame
