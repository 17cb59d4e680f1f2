"""A server for the comparison that writes "one" for any audio, and misbehaves.

    python fake_peer.py (stay | exit | crowd | restart) PORT

It stays, exits when it receives audio, or exits when it receives audio from a second client. Under ``restart``, a
supervisor starts a new worker on the same port when one exits.
"""

import asyncio
import os
import subprocess
import sys

from websockets.asyncio.server import ServerConnection, serve


async def work(behaviour: str, port: int) -> None:
    clients: set[ServerConnection] = set()

    async def handle(socket: ServerConnection) -> None:
        clients.add(socket)
        await socket.send('{"lines": [{"text": "one"}], "buffer_transcription": ""}')
        async for message in socket:
            if not message:
                await socket.send('{"type": "ready_to_stop"}')
            elif behaviour == "exit" or (behaviour == "crowd" and len(clients) > 1):
                os._exit(1)
        clients.discard(socket)

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
