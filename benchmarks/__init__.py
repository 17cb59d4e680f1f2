"""What Theresa costs and how fast, right and steady it is: ``python -m benchmarks --help``."""
