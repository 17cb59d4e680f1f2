"""Theresa's models as MLflow models: ``theresa-server mlflow save``, and what answers in a saved directory."""
