"""Times that read well."""


def clock(milliseconds: int) -> str:
    """``01:02.3``, or ``1:01:02.3`` from an hour on: minutes, seconds and tenths, rounded down."""
    tenths = milliseconds // 100
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{minutes:02d}:{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{rest}" if hours else rest
