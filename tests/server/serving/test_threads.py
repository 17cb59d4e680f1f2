"""Blocking calls on a daemon thread."""

import asyncio
import threading

import pytest

from theresa_server.serving.threads import on_daemon_thread


async def test_the_result_is_returned() -> None:
    assert await on_daemon_thread(lambda: 7) == 7


async def test_an_error_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await on_daemon_thread(lambda: 1 // 0)


async def test_the_thread_does_not_keep_the_process_alive() -> None:
    assert await on_daemon_thread(lambda: threading.current_thread().daemon)


async def test_a_cancelled_caller_waits_for_the_call() -> None:
    started, released, finished = threading.Event(), threading.Event(), threading.Event()

    def call() -> None:
        started.set()
        released.wait(10)
        finished.set()

    calling = asyncio.create_task(on_daemon_thread(call))
    await asyncio.to_thread(started.wait, 10)
    calling.cancel()
    asyncio.get_running_loop().call_soon(released.set)

    with pytest.raises(asyncio.CancelledError):
        await calling
    assert finished.is_set()
