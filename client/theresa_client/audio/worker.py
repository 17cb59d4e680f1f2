"""One thread for calls that block, in order, and that can be left behind."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple[Callable[[], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]


class Worker:
    """Runs what it is given one after the other, so that a cancelled call never overlaps with the next.

    A daemon thread: a read that never returns (a silent pipe) does not keep the program from ending, which a thread of
    ``concurrent.futures`` would.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Job | Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def run(self, function: Callable[[], T]) -> T:
        """The result of ``function``, called on the thread; what it raises is raised here."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((function, future, loop))
        return await future

    def close(self, last: Callable[[], None]) -> None:
        """Call ``last`` when the running call is done, then end the thread. Does not wait."""
        self._jobs.put(last)

    def _run(self) -> None:
        while isinstance(job := self._jobs.get(), tuple):
            function, future, loop = job
            try:
                result, error = function(), None
            except BaseException as raised:  # everything goes to the one who waits
                result, error = None, raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, future, result, error)
        job()


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
