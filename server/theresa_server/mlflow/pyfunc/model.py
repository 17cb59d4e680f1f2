"""The MLflow model class."""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from theresa_server.entities.ports import EntityError
from theresa_server.mlflow.pyfunc.scorer import Scorer
from theresa_server.mlflow.requests import MAX_ROWS, AudioRow, ScoringError, ScoringRow, parse_params, parse_row
from theresa_server.speech.recognition import EngineError


class TheresaModel(PythonModel):
    """The models in a saved directory. Returns the same predictions as ``POST /invocations`` of the server."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the models, which takes seconds.

        Raises:
            ModelError: when a model cannot be loaded.
        """
        parts = {name: Path(path) for name, path in context.artifacts.items()}
        self._scorer = Scorer.load(parts, context.model_config or {})

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> list[Any]:
        """Return one prediction per row of the column ``text`` or ``audio``.

        Raises:
            MlflowException: when the request is invalid or a model fails. MLflow would send the stack trace of any
                other exception to the client.
        """
        try:
            return self._scorer.score(_rows(model_input), parse_params(params))
        except ScoringError as error:
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from None
        except (EntityError, EngineError) as error:
            raise MlflowException(str(error), INTERNAL_ERROR) from None


def _rows(frame: pd.DataFrame) -> list[ScoringRow]:
    if len(frame) > MAX_ROWS:
        raise ScoringError(f"A request accepts at most {MAX_ROWS} rows, not {len(frame)}: split the request.")
    audio = "audio" in frame.columns
    cells = frame["audio" if audio else "text"].tolist()
    return [_row(number, cell, audio) for number, cell in enumerate(cells, start=1)]


def _row(number: int, cell: Any, audio: bool) -> ScoringRow:
    if isinstance(cell, bytes) and audio:
        return AudioRow(cell)
    value = cell.item() if hasattr(cell, "item") else cell  # MLflow's parser makes NumPy scalars of JSON strings
    return parse_row(number, None if value is pd.NA else value, audio)
