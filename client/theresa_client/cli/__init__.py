"""The command ``theresa``: its arguments, its commands and what they display."""
