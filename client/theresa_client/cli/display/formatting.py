"""Formatting of times, and of the prefixes of lines."""

from theresa_client.transcript import Segment


def clock(milliseconds: int) -> str:
    """Format a time as ``01:02.3``, or ``1:01:02.3`` from one hour on; tenths are rounded down."""
    tenths = milliseconds // 100
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{minutes:02d}:{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{rest}" if hours else rest


def prefix(label: str) -> str:
    """Return the prefix of the lines of a stream; empty for a single stream."""
    return f"{label}: " if label else ""


def span(segment: Segment) -> str:
    """Format the times of a segment; an open segment has no end yet."""
    return f"{clock(segment.start_ms)} → {clock(segment.end_ms)}" if segment.final else f"{clock(segment.start_ms)} …"
