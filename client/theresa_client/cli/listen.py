"""``theresa listen``: a microphone to a server, live."""

import dataclasses
from collections.abc import Callable
from functools import partial

from theresa_client.audio import portaudio
from theresa_client.audio.devices import some, table
from theresa_client.audio.levels import Gauge
from theresa_client.audio.microphone import open_microphone
from theresa_client.cli.keys import keys
from theresa_client.cli.listen_options import ListenOptions
from theresa_client.cli.outputs import Output
from theresa_client.cli.quiet import quiet_libraries
from theresa_client.cli.running import LIVE, Job, Outcome, interruptible, run


async def listen(options: ListenOptions, show: Callable[[Gauge], Output]) -> list[Outcome]:
    """Listen until Ctrl-C, or until the microphone or the server is lost; ``show`` makes the output.

    What is said while the connection is being opened is sent once it is open. Raises ``SourceError`` where there is no
    microphone to be had, and ``CancelledError`` when it is interrupted twice; what else fails is in the outcome.
    """
    gauge = Gauge()
    with quiet_libraries(), show(gauge) as output, interruptible(output) as stop:
        tell = partial(output.noticed, "")
        async with open_microphone(options.device, options.rate_hz, gauge, tell, options.save) as microphone:
            with keys(microphone.press) as gauge.keys:
                outcome = await run(Job("", microphone, options.session, output, stop, LIVE))
    failure = None if microphone.recorder is None else microphone.recorder.failure
    return [dataclasses.replace(outcome, error=outcome.error or failure)]


def list_devices() -> list[str]:
    """The lines of ``--list-devices``. Raises ``SourceError`` where there is no microphone."""
    with quiet_libraries():
        return table(some(portaudio.devices()))
