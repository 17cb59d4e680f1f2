"""Saves models as MLflow models (``theresa-server mlflow save``), and answers requests to a saved model."""
