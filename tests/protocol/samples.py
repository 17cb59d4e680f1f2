"""One message of each type."""

import msgspec

from theresa_protocol.audio import AudioParameters
from theresa_protocol.limits import Limits
from theresa_protocol.messages import (
    Ack,
    AnyClientMessage,
    AnyServerMessage,
    Configuration,
    Draining,
    End,
    Ended,
    EndpointingFigures,
    Entities,
    EntitiesOptions,
    Entity,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    Models,
    Partial,
    Speech,
    Start,
    Started,
    Stats,
    Suppressed,
    Unknown,
    Update,
    Updated,
    WarningMessage,
    Word,
)

CONFIGURATION = Configuration(
    audio=AudioParameters(),
    language=None,
    task="transcribe",
    partials=True,
    words=False,
    entities=EntitiesOptions(labels=("PERSON",)),
    endpointing=EndpointingFigures(silence_ms=500),
    prompt=None,
    hotwords=(),
    offset_unit="codepoint",
)
WORD = Word(text="你", start_ms=100, end_ms=300, confidence=0.9, from_=0, to=1)
ENTITY = Entity(id="e1", label="PERSON", text="王芳", from_=2, to=4, start_ms=500, end_ms=900)

CLIENT: tuple[AnyClientMessage, ...] = (Start(language="zh"), Update(words=True), Flush(id="f1"), End())
SERVER: tuple[AnyServerMessage, ...] = (
    Started(
        session_id="s1",
        token="t1",  # noqa: S106
        resumed=False,
        next_sample=0,
        next_segment=0,
        models=Models(transcriber="demo"),
        limits=Limits(),
        configuration=CONFIGURATION,
    ),
    Speech(state="started", at_ms=100),
    Partial(segment=0, rev=1, text="你好王", stable=2, start_ms=0, end_ms=900, language="zh"),
    Final(
        segment=0,
        text="你好王芳",
        start_ms=0,
        end_ms=1200,
        through=19_200,
        reason="endpoint",
        language="zh",
        confidence=0.9,
        words=(WORD,),
    ),
    Entities(segment=0, rev=1, final=True, items=(ENTITY,)),
    Ack(received=32_000, committed=19_200),
    Flushed(id="f1", through=32_000),
    Updated(configuration=CONFIGURATION),
    Ended(audio_ms=2000, segments=1),
    Stats(
        lag_ms=100,
        queue_ms=10,
        rtf=0.2,
        degraded="none",
        suppressed_count=1,
        suppressed=(Suppressed(segment=0, start_ms=0, end_ms=900, reason="phantom", text="谢谢观看"),),
    ),
    Draining(deadline_ms=30_000),
    WarningMessage(code="slow", message="The server is slow."),
    ErrorMessage(code="not_supported", message="There are no entities here.", fatal=False),
)
FATAL = ErrorMessage(code="internal", message="The server failed.", fatal=True)
NEWER = Unknown(type="speaker")

SAMPLES: dict[type, msgspec.Struct | bytes] = {
    **{type(message): message for message in (*CLIENT, *SERVER, NEWER)},
    bytes: bytes(320),
}
