"""The body of ``POST /invocations`` as rows and parameters.

MLflow's four JSON shapes and CSV (mlflow/pyfunc/scoring_server), with errors that say what to do.
"""

import base64
import binascii
import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

SHAPES = ("inputs", "instances", "dataframe_split", "dataframe_records")
MAX_ROWS = 10_000
MAX_CELL_CHARACTERS = 1_000_000

Output = Literal["entities", "graph", "tokens"]


class ScoringError(ValueError):
    """The request cannot be answered as it is; the message is one clear sentence, ``status`` the HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Text:
    """A row to be searched for entities."""

    text: str


@dataclass(frozen=True, slots=True)
class Audio:
    """A row to be transcribed: a file of any format."""

    data: bytes


Row = Text | Audio


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """What is wanted: labels (``None``: all), the form of the answer, and for audio the language and word times."""

    labels: frozenset[str] | None = None
    output: Output = "entities"
    language: str | None = None
    words: bool = False


def parse(content_type: str, body: bytes) -> tuple[list[Row], Params]:
    """Rows and parameters of a request. Raises ``ScoringError``, and nothing else, whatever the body is."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/csv":
        rows, params = _from_csv(body), Params()
    elif kind in ("application/json", "application/json-numpy-split"):
        rows, params = _from_json(body)
    else:
        raise ScoringError(f"Send application/json or text/csv, not {kind or 'a body without Content-Type'}.", 415)
    if len(rows) > MAX_ROWS:
        raise ScoringError(f"A request may have {MAX_ROWS} rows, not {len(rows)}: send several.", 413)
    return rows, params


def _from_csv(body: bytes) -> list[Row]:
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError:
        raise ScoringError("The CSV is not UTF-8.") from None
    except csv.Error as error:
        raise ScoringError(f"The CSV cannot be read: {error}.") from None
    if not lines:
        raise ScoringError("The CSV needs a line with the names of its columns: text.")
    return _from_table(lines[0], [line for line in lines[1:] if line])


def _from_json(body: bytes) -> tuple[list[Row], Params]:
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        raise ScoringError("The body is not JSON (in UTF-8).") from None
    if not isinstance(request, dict):
        raise ScoringError(f"The body must be an object with one of {', '.join(SHAPES)}.")
    shapes = [shape for shape in SHAPES if shape in request]
    unknown = sorted({str(key) for key in request} - {*SHAPES, "params"})
    if unknown:
        raise ScoringError(f"Unknown field {unknown[0]!r}: the body takes one of {', '.join(SHAPES)}, and params.")
    if len(shapes) != 1:
        raise ScoringError(f"The body must have exactly one of {', '.join(SHAPES)}; it has {len(shapes)}.")
    value = request[shapes[0]]
    rows = _from_split(value) if shapes[0] == "dataframe_split" else _from_records(shapes[0], value)
    return rows, params_of(request.get("params"))


def _from_split(value: Any) -> list[Row]:
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("columns"), list)
        or not isinstance(value.get("data"), list)
    ):
        raise ScoringError('dataframe_split must be like {"columns": ["text"], "data": [["我爱中国"]]}.')
    if not all(isinstance(row, list) for row in value["data"]):
        raise ScoringError("Each row of dataframe_split.data must be a list.")
    return _from_table([str(name) for name in value["columns"]], value["data"])


def _from_table(columns: Sequence[str], data: Sequence[Sequence[Any]]) -> list[Row]:
    for number, row in enumerate(data, start=1):
        if len(row) != len(columns):
            raise ScoringError(f"Row {number} has {len(row)} values for {len(columns)} columns.")
    column = _column(columns)
    place = columns.index(column)
    return [row_of(number, row[place], column == "audio") for number, row in enumerate(data, start=1)]


def _from_records(shape: str, value: Any) -> list[Row]:
    if isinstance(value, dict):  # columns by name, each a list or a single value
        cells = {str(name): cell if isinstance(cell, list) else [cell] for name, cell in value.items()}
        column = _column(list(cells))
        return [row_of(number, cell, column == "audio") for number, cell in enumerate(cells[column], start=1)]
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise ScoringError(f"{shape} must be a list of texts or of objects.")
    return [_record(number, item) for number, item in enumerate(value, start=1)]


def _record(number: int, item: Any) -> Row:
    if isinstance(item, dict):
        column = _column([str(name) for name in item])
        return row_of(number, item[column], column == "audio")
    if isinstance(item, list) and len(item) == 1:
        item = item[0]
    return row_of(number, item, audio=False)


def _column(names: Sequence[str]) -> str:
    """The column that is meant: ``text``, or else ``audio``, or else the only one there is."""
    for name in ("text", "audio"):
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:8]) or "none"
    raise ScoringError(f"There must be a column 'text' or 'audio'; the columns are: {shown}.")


def row_of(number: int, value: Any, audio: bool) -> Row:
    """A row from the value of its cell; ``number`` is that of the row, for people. Raises ``ScoringError``."""
    if audio:
        return Audio(_decoded(number, value))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Text("")
    if not isinstance(value, str | int | float):
        raise ScoringError(f"Row {number} is no text.")
    text = str(value)
    if len(text) > MAX_CELL_CHARACTERS:
        raise ScoringError(f"Row {number} has {len(text)} characters: at most {MAX_CELL_CHARACTERS} are taken.", 413)
    return Text(text.encode("utf-8", "replace").decode("utf-8"))  # half a surrogate pair cannot be answered


def _decoded(number: int, value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise ScoringError(f"The audio of row {number} is not base64.") from None


def params_of(given: Any) -> Params:
    """Parameters from an object, ``None`` for none. Raises ``ScoringError``."""
    if given is None:
        return Params()
    known = {"labels", "output", "language", "words"}
    if not isinstance(given, Mapping):
        raise ScoringError("params must be an object.")
    if unknown := sorted({str(name) for name in given} - known):
        raise ScoringError(f"Unknown parameter {unknown[0]!r}: there are {', '.join(sorted(known))}.")
    output, language, words = given.get("output", "entities"), given.get("language"), given.get("words", False)
    if output not in get_args(Output):
        raise ScoringError(f"params.output must be one of {', '.join(get_args(Output))}.")
    if not isinstance(language, str | None) or not isinstance(words, bool):
        raise ScoringError("params.language must be a language code and params.words true or false.")
    return Params(labels=_labels(given.get("labels")), output=output, language=language or None, words=words)


def _labels(given: Any) -> frozenset[str] | None:
    if isinstance(given, str):
        given = given.split(",")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(label, str) for label in given):
        raise ScoringError('params.labels must be a list of labels, as ["PERSON"], or text with commas between.')
    return frozenset(label.strip() for label in given if label.strip()) or None
