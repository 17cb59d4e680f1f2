"""Headless Chromium for tests. Its microphone plays a recording once."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.async_api import Page, async_playwright

from tests.serving import read

WAIT_MS = 60_000
TAIL_S = 2
"""Silence appended to a recording, so that its last words become final."""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def microphone(folder: Path, sample: str, *, begin_s: float = 0.0, end_s: float | None = None) -> list[str]:
    """Return options for a microphone that plays a sample, or a part of it, once, with access granted to every page."""
    pcm = read(sample)[int(begin_s * 16_000) : None if end_s is None else int(end_s * 16_000)]
    file = folder / f"{sample}.wav"
    soundfile.write(file, np.concatenate([pcm, np.zeros(TAIL_S * 16_000, np.int16)]), 16_000, subtype="PCM_16")
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={file}%noloop",
    ]


class Visit:
    """An open page, with the errors and requests it has produced."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    async def text_of(self, selector: str) -> list[str]:
        """Return the text of each matching element, with white space collapsed."""
        return [" ".join(text.split()) for text in await self.page.locator(selector).all_inner_texts()]


@asynccontextmanager
async def visiting(url: str, options: list[str] | None = None, **context: Any) -> AsyncIterator[Visit]:
    """Open a page in a new browser. Skip the test if Chromium is not installed."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium (Debian package: chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*QUIET, *(options or [])])
        try:
            page = await (await browser.new_context(**context)).new_page()
            page.set_default_timeout(WAIT_MS)
            visit = Visit(page)
            await page.goto(url)
            yield visit
        finally:
            await browser.close()
