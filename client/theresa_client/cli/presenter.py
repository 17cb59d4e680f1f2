"""One stream as it is shown: growing segments at once, a final together with its entities."""

import asyncio
import contextlib
from typing import Never

from theresa_client.cli.outputs import Output
from theresa_client.cli.pairing import Pairing
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.errors import WarningCode
from theresa_protocol.messages import AnyServerMessage, Unknown, WarningMessage


class Presenter:
    """Applies the messages of the stream ``label`` to ``transcript`` and shows what they change on ``output``.

    ``run`` must run beside; all that shows raises what ``output`` raises.
    """

    def __init__(self, output: Output, label: str, transcript: Transcript, *, entities: bool) -> None:
        self._output = output
        self._label = label
        self._transcript = transcript
        self._pairing = Pairing(wanted=entities)
        self._clock = asyncio.get_running_loop().time
        self._moved = asyncio.Event()

    async def run(self) -> Never:
        """Show the finals that have waited long enough for their entities, until cancelled."""
        while True:
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._pairing.deadline_s):
                    await self._moved.wait()
            self._settle(self._pairing.due(self._clock()))

    def heard(self, message: AnyServerMessage | Unknown) -> None:
        """Show what a message changes."""
        segment = self._transcript.apply(message)
        if segment is not None:
            self._changed(segment)
        elif isinstance(message, WarningMessage) and message.code == WarningCode.ENTITIES_UNAVAILABLE:
            self.finish()
        self._moved.set()

    def finish(self) -> None:
        """Show every final that still waits."""
        self._settle(self._pairing.release())

    def _changed(self, segment: Segment) -> None:
        if self._pairing.shown(segment):
            self._pairing.add(segment, self._clock())
            self._output.amended(self._label, segment)
        else:
            self._output.changed(self._label, segment)
            self._settle(self._pairing.add(segment, self._clock()))

    def _settle(self, finals: list[Segment]) -> None:
        for segment in finals:
            self._output.settled(self._label, segment)
