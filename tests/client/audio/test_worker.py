"""Blocking calls run one at a time, and never delay the end of the program."""

import asyncio
import subprocess
import sys
import threading

import pytest

from theresa_client.audio.worker import Worker


async def test_a_result_comes_back() -> None:
    worker = Worker("test")
    assert await worker.run(lambda: 6 * 7) == 42
    worker.close(lambda: None)


async def test_an_error_comes_back() -> None:
    worker = Worker("test")
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)
    worker.close(lambda: None)


async def test_a_cancelled_call_ends_before_the_next_begins() -> None:
    worker, begun, gate, order = Worker("test"), asyncio.Event(), threading.Event(), list[str]()
    loop = asyncio.get_running_loop()

    def slow() -> None:
        loop.call_soon_threadsafe(begun.set)
        gate.wait(30)
        order.append("slow")

    first = asyncio.ensure_future(worker.run(slow))
    await begun.wait()
    first.cancel()
    second = asyncio.ensure_future(worker.run(lambda: order.append("next")))
    gate.set()
    await second
    worker.close(lambda: None)

    assert order == ["slow", "next"]


def test_a_call_that_never_returns_does_not_keep_the_program_alive() -> None:
    program = (
        "import asyncio, threading\n"
        "from theresa_client.audio.worker import Worker\n"
        "async def main():\n"
        "    try:\n"
        "        async with asyncio.timeout(0.05):\n"
        "            await Worker('stuck').run(threading.Event().wait)\n"
        "    except TimeoutError:\n"
        "        pass\n"
        "asyncio.run(main())\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
