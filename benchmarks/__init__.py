"""Benchmarks of the server, run from a checkout with ``python -m benchmarks``."""
