"""The entry point of the command ``theresa``."""

import sys

from theresa_client.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
