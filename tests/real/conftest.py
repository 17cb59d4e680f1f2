"""Make the benchmarks importable: they are not installed, but run from the checkout."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
