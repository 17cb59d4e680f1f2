"""The ``theresa`` command: options, terminal output, ``listen`` and ``replay``."""
