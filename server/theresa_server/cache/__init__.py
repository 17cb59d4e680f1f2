"""The model cache: fetched models in one folder that any number of processes and machines can share."""
