"""Rows in, predictions out: what MLflow's scoring protocol says, without a socket. Pure."""
