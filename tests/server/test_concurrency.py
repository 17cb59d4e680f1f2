"""Futures that are settled once."""

import asyncio

import pytest

from theresa_server.concurrency import settle


async def test_settle_sets_the_result() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settle(future, "你好")
    assert await future == "你好"


async def test_settle_sets_an_exception() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settle(future, ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await future


async def test_settle_ignores_a_cancelled_future() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    future.cancel()
    settle(future, "hello")
    assert future.cancelled()
