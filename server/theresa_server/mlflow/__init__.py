"""MLflow's scoring protocol, and Theresa's models as MLflow models."""
