"""What the command answers with one sentence instead of a traceback."""


class TrainingError(Exception):
    """A step cannot be done; the message is one clear sentence."""
