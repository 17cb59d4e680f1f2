"""A server that ends, or restarts its worker, as soon as it receives audio: a misbehaving server for the comparison.

    python fake_peer.py (exit | restart | stay) PORT

Under ``restart``, a supervisor starts a new worker on the same port when one ends.
"""

import asyncio
import os
import subprocess
import sys

from websockets.asyncio.server import ServerConnection, serve


async def work(behaviour: str, port: int) -> None:
    async def handle(socket: ServerConnection) -> None:
        await socket.send('{"lines": [], "buffer_transcription": ""}')
        async for message in socket:
            if not message:
                await socket.send('{"type": "ready_to_stop"}')
            elif behaviour != "stay":
                os._exit(1)

    async with serve(handle, "127.0.0.1", port):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def supervise(port: str) -> None:
    while True:
        subprocess.run([sys.executable, __file__, "exit", port], check=False)


if __name__ == "__main__":
    if sys.argv[1] == "restart":
        supervise(sys.argv[2])
    else:
        asyncio.run(work(sys.argv[1], int(sys.argv[2])))
