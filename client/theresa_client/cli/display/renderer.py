"""Renders one stream: open segments at once, finals together with their entities."""

import asyncio
import contextlib
from typing import Never

from theresa_client.cli.display.output import Output
from theresa_client.cli.display.pending_finals import PendingFinals
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.errors import WarningCode
from theresa_protocol.messages import AnyServerMessage, Unknown, WarningMessage


class StreamRenderer:
    """Applies the messages of a stream to ``transcript`` and shows the changes on ``output``.

    ``run`` must run alongside. All methods raise what ``output`` raises.
    """

    def __init__(self, output: Output, label: str, transcript: Transcript, *, entities: bool) -> None:
        self._output = output
        self._label = label
        self._transcript = transcript
        self._pending = PendingFinals(wanted=entities)
        self._clock = asyncio.get_running_loop().time
        self._changed = asyncio.Event()

    async def run(self) -> Never:
        """Show finals that have waited long enough for their entities, until cancelled."""
        while True:
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._pending.deadline_s):
                    await self._changed.wait()
            self._show_finals(self._pending.due(self._clock()))

    def render(self, message: AnyServerMessage | Unknown) -> None:
        """Show what a message changes."""
        segment = self._transcript.apply(message)
        if segment is not None:
            self._show_segment(segment)
        elif isinstance(message, WarningMessage) and message.code == WarningCode.ENTITIES_UNAVAILABLE:
            self.flush()
        self._changed.set()

    def flush(self) -> None:
        """Show every pending final."""
        self._show_finals(self._pending.release_all())

    def _show_segment(self, segment: Segment) -> None:
        if self._pending.was_released(segment):
            self._pending.add(segment, self._clock())
            self._output.show_late_entities(self._label, segment)
        else:
            self._output.show_segment(self._label, segment)
            self._show_finals(self._pending.add(segment, self._clock()))

    def _show_finals(self, finals: list[Segment]) -> None:
        for segment in finals:
            self._output.show_final(self._label, segment)
