"""``theresa listen``: streams a microphone to a server, live."""

import dataclasses
from collections.abc import Callable
from functools import partial

from theresa_client.audio import portaudio
from theresa_client.audio.devices import device_table, require_devices
from theresa_client.audio.levels import MicrophoneStatus
from theresa_client.audio.microphone import open_microphone
from theresa_client.cli.arguments.listen import ListenOptions
from theresa_client.cli.display.output import Output
from theresa_client.cli.interrupts import stop_on_interrupt
from theresa_client.cli.keyboard import key_presses
from theresa_client.cli.native_stderr import suppress_native_stderr
from theresa_client.cli.streaming import LIVE, StreamJob, StreamResult, run_stream


async def listen(options: ListenOptions, make_output: Callable[[MicrophoneStatus], Output]) -> list[StreamResult]:
    """Stream the microphone until Ctrl-C, or until the microphone or the server is lost.

    Speech is recorded while the connection opens, and sent afterwards. Errors after the start are part of the result.

    Raises:
        SourceError: if the microphone cannot be opened.
        CancelledError: if interrupted twice.
    """
    status = MicrophoneStatus()
    with suppress_native_stderr(), make_output(status) as output, stop_on_interrupt(output) as stop:
        notify = partial(output.show_notice, "")
        async with open_microphone(options.device, options.rate_hz, status, notify, options.save) as microphone:
            with key_presses(microphone.handle_key) as status.keys:
                result = await run_stream(StreamJob("", microphone, options.session, output, stop, LIVE))
    failure = None if microphone.recorder is None else microphone.recorder.failure
    return [dataclasses.replace(result, error=result.error or failure)]


def list_devices() -> list[str]:
    """Return the lines of ``--list-devices``.

    Raises:
        SourceError: if there is no microphone.
    """
    with suppress_native_stderr():
        return device_table(require_devices(portaudio.devices()))
