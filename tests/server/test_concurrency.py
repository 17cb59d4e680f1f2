"""What somebody waits for."""

import asyncio

import pytest

from theresa_server.concurrency import settle


async def test_it_is_given_to_who_waits() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settle(future, "你好")
    assert await future == "你好"


async def test_a_failure_is_raised_there() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settle(future, ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await future


async def test_nothing_happens_where_nobody_waits_any_more() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    future.cancel()
    settle(future, "hello")
    assert future.cancelled()
