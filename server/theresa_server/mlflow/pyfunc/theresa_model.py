"""What MLflow runs to load a saved model ("models from code"): it lies beside ``MLmodel``, our packages in ``code``."""

from mlflow.models import set_model

from theresa_server.mlflow.pyfunc.model import TheresaModel

set_model(TheresaModel())
