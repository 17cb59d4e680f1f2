"""What a frame of audio contains, as voice activity detection sees it."""

from enum import IntEnum


class Activity(IntEnum):
    """What a frame contains."""

    SILENCE = 0
    SOUND = 1
    """A sound that is not confirmed to be a voice."""
    VOICE = 2
