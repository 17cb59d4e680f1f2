"""The error that ``theresa-train`` prints without a traceback."""


class TrainingError(Exception):
    """A step failed. The message is one sentence for the user."""
