"""The command line of ``theresa-server``: its options and the subcommand ``models``."""
