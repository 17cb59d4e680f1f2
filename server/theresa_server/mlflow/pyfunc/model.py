"""The class that MLflow calls."""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from theresa_server.entities.ports import EntityError
from theresa_server.mlflow.pyfunc.scorer import Scorer
from theresa_server.mlflow.requests import MAX_ROWS, Audio, Row, ScoringError, params_of, row_of
from theresa_server.speech.recognition import EngineError


class TheresaModel(PythonModel):
    """The models in a saved directory. Rows are answered as the server answers ``POST /invocations``."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the models; takes seconds. Raises ``ModelError``."""
        parts = {name: Path(path) for name, path in context.artifacts.items()}
        self._scorer = Scorer.load(parts, context.model_config or {})

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> list[Any]:
        """A prediction for each row of the column ``text`` or ``audio``.

        Raises ``MlflowException`` with one clear sentence: to the client, MLflow would show the stack of anything else.
        """
        try:
            return self._scorer.score(_rows(model_input), params_of(params))
        except ScoringError as error:
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from None
        except (EntityError, EngineError) as error:
            raise MlflowException(str(error), INTERNAL_ERROR) from None


def _rows(frame: pd.DataFrame) -> list[Row]:
    if len(frame) > MAX_ROWS:
        raise ScoringError(f"A request may have {MAX_ROWS} rows, not {len(frame)}: send several.")
    audio = "audio" in frame.columns
    cells = frame["audio" if audio else "text"].tolist()
    return [_row(number, cell, audio) for number, cell in enumerate(cells, start=1)]


def _row(number: int, cell: Any, audio: bool) -> Row:
    if isinstance(cell, bytes) and audio:
        return Audio(cell)
    value = cell.item() if hasattr(cell, "item") else cell  # what MLflow's parser leaves of a JSON string
    return row_of(number, None if value is pd.NA else value, audio)
