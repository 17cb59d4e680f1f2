"""The command line of ``theresa-server``: its options, and the ``models`` command."""
