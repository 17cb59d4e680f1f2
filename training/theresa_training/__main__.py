"""Entry point of ``theresa-train``."""

import sys

from theresa_training.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
