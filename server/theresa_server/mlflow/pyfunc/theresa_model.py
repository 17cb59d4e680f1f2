"""The script that MLflow runs to load a saved model ("models from code").

A saved model holds this file beside ``MLmodel``, and the packages that it imports in ``code``.
"""

from mlflow.models import set_model

from theresa_server.mlflow.pyfunc.model import TheresaModel

set_model(TheresaModel())
