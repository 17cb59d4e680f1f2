"""Parses the body of ``POST /invocations`` into rows and parameters.

Accepts MLflow's four JSON formats and CSV (mlflow/pyfunc/scoring_server).
"""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from theresa_protocol.languages import parse_language
from theresa_protocol.lenient import decode_base64, parse_choice, parse_flag, quoted

JSON_FORMATS = ("inputs", "instances", "dataframe_split", "dataframe_records")
MAX_ROWS = 10_000
MAX_CELL_CHARACTERS = 1_000_000

MAX_NAMED = 8
"""Number of ignored params that a warning names."""

PARAMS = ("labels", "language", "output", "words")

Parsed = TypeVar("Parsed")
OutputKind = Literal["entities", "graph", "tokens"]


class ScoringError(ValueError):
    """The request is invalid. The message is one sentence; ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of text to search for entities."""

    text: str


@dataclass(frozen=True, slots=True)
class AudioRow:
    """A row of audio to transcribe."""

    data: bytes
    """A file in any supported format."""


ScoringRow = TextRow | AudioRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringParams:
    """Parameters of a request."""

    labels: frozenset[str] | None = None
    """The entity labels to return; ``None`` returns all."""
    output: OutputKind = "entities"
    """The kind of prediction for text."""
    language: str | None = None
    """The language of audio; ``None`` detects it."""
    words: bool = False
    """Whether to return word times for audio."""
    warnings: tuple[str, ...] = ()
    """What was ignored, one sentence each."""


def parse_request(content_type: str, body: bytes) -> tuple[list[ScoringRow], ScoringParams]:
    """Return the rows and parameters of a request.

    Raises:
        ScoringError: when the request is invalid. No other exception is raised.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/csv":
        rows, params = _from_csv(body), ScoringParams()
    elif kind in ("application/json", "application/json-numpy-split"):
        rows, params = _from_json(body)
    else:
        raise ScoringError(f"Send application/json or text/csv, not {kind or 'a body without Content-Type'}.", 415)
    if len(rows) > MAX_ROWS:
        raise ScoringError(f"A request accepts at most {MAX_ROWS} rows, not {len(rows)}: split the request.", 413)
    return rows, params


def _from_csv(body: bytes) -> list[ScoringRow]:
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError:
        raise ScoringError("The CSV is not UTF-8: convert it to UTF-8.") from None
    except csv.Error as error:
        raise ScoringError(f"The CSV cannot be read: {error}.") from None
    if not lines:
        raise ScoringError("The CSV needs a header line with the column 'text'.")
    return _from_table(lines[0], [line for line in lines[1:] if line])


def _from_json(body: bytes) -> tuple[list[ScoringRow], ScoringParams]:
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        raise ScoringError("The body is not valid JSON in UTF-8.") from None
    if not isinstance(request, dict):
        raise ScoringError(f"The body must be an object with one of {', '.join(JSON_FORMATS)}.")
    formats = [format_ for format_ in JSON_FORMATS if format_ in request]
    unknown = sorted({str(key) for key in request} - {*JSON_FORMATS, "params"})
    if unknown:
        raise ScoringError(
            f"Unknown field {unknown[0]!r}: the body accepts one of {', '.join(JSON_FORMATS)}, and params."
        )
    if len(formats) != 1:
        raise ScoringError(f"The body must have exactly one of {', '.join(JSON_FORMATS)}; it has {len(formats)}.")
    value = request[formats[0]]
    rows = _from_split(value) if formats[0] == "dataframe_split" else _from_records(formats[0], value)
    return rows, parse_params(request.get("params"))


def _from_split(value: Any) -> list[ScoringRow]:
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("columns"), list)
        or not isinstance(value.get("data"), list)
    ):
        raise ScoringError('dataframe_split must have the form {"columns": ["text"], "data": [["我爱中国"]]}.')
    if not all(isinstance(row, list) for row in value["data"]):
        raise ScoringError("Each row of dataframe_split.data must be a list.")
    return _from_table([str(name) for name in value["columns"]], value["data"])


def _from_table(columns: Sequence[str], data: Sequence[Sequence[Any]]) -> list[ScoringRow]:
    for number, row in enumerate(data, start=1):
        if len(row) != len(columns):
            raise ScoringError(f"Row {number} has {len(row)} values for {len(columns)} columns.")
    column = _column(columns)
    index = columns.index(column)
    return [parse_row(number, row[index], column == "audio") for number, row in enumerate(data, start=1)]


def _from_records(format_: str, value: Any) -> list[ScoringRow]:
    if isinstance(value, dict):  # columns by name, each with a list or a single value
        cells = {str(name): cell if isinstance(cell, list) else [cell] for name, cell in value.items()}
        column = _column(list(cells))
        return [parse_row(number, cell, column == "audio") for number, cell in enumerate(cells[column], start=1)]
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise ScoringError(f"{format_} must be a list of texts or of objects.")
    return [_record(number, item) for number, item in enumerate(value, start=1)]


def _record(number: int, item: Any) -> ScoringRow:
    if isinstance(item, dict):
        column = _column([str(name) for name in item])
        return parse_row(number, item[column], column == "audio")
    if isinstance(item, list) and len(item) == 1:
        item = item[0]
    return parse_row(number, item, audio=False)


def _column(names: Sequence[str]) -> str:
    """Return the column to read: ``text``, else ``audio``, else the only one."""
    for name in ("text", "audio"):
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:8]) or "none"
    raise ScoringError(f"A column 'text' or 'audio' is required; the columns are: {shown}.")


def parse_row(number: int, value: Any, audio: bool) -> ScoringRow:
    """Parse the cell of a row.

    Args:
        number: Number of the row in error messages, from 1.
        value: The cell.
        audio: Whether the cell is Base64-encoded audio rather than text.

    Raises:
        ScoringError: when the cell is invalid.
    """
    if audio:
        return AudioRow(_decode_audio(number, value))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return TextRow("")
    if not isinstance(value, str | int | float):
        raise ScoringError(f"Row {number} is not text.")
    text = str(value)
    if len(text) > MAX_CELL_CHARACTERS:
        raise ScoringError(f"Row {number} has {len(text)} characters: the limit is {MAX_CELL_CHARACTERS}.", 413)
    return TextRow(
        text.encode("utf-8", "replace").decode("utf-8")
    )  # a lone surrogate cannot be encoded in the response


def _decode_audio(number: int, value: Any) -> bytes:
    try:
        return decode_base64(value)
    except (TypeError, ValueError):
        raise ScoringError(f"The audio of row {number} is not valid Base64.") from None


def parse_params(given: Any) -> ScoringParams:
    """Parse the object ``params``; ``None`` selects the defaults. Unknown parameters are ignored, as MLflow does.

    Raises:
        ScoringError: when a parameter is invalid.
    """
    if given is None:
        return ScoringParams()
    if not isinstance(given, Mapping):
        raise ScoringError("params must be an object.")
    unknown = sorted({str(name) for name in given} - {*PARAMS})
    named = ", ".join(quoted(name) for name in unknown[:MAX_NAMED]) + (", …" if len(unknown) > MAX_NAMED else "")
    sentence = f"Ignored unknown params: {named}. The params are {', '.join(PARAMS)}."
    try:
        tag = parse_language(_text("language", given.get("language")))
    except ValueError as error:
        raise ScoringError(f"params.language: {error}.") from None
    output = _text("output", given.get("output")) or "entities"
    words = given.get("words")
    return ScoringParams(
        labels=_labels(given.get("labels")),
        output=_parse("output", output, lambda text: parse_choice(text, get_args(OutputKind))),
        language=tag.code if tag else None,
        words=words if isinstance(words, bool) else _parse("words", str(words or "false"), parse_flag),
        warnings=(sentence,) if unknown else (),
    )


def _text(name: str, value: Any) -> str | None:
    if not isinstance(value, str | None):
        raise ScoringError(f"params.{name} must be a text.")
    return value


def _parse(name: str, text: str, parse: Callable[[str], Parsed]) -> Parsed:
    try:
        return parse(text)
    except ValueError as error:
        raise ScoringError(f"params.{name} {error}.") from None


def _labels(given: Any) -> frozenset[str] | None:
    if isinstance(given, str):
        given = given.split(",")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(label, str) for label in given):
        raise ScoringError('params.labels must be a list such as ["PERSON"], or a comma-separated text.')
    return frozenset(label.strip() for label in given if label.strip()) or None
