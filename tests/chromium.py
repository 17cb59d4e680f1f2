"""A real browser for tests: headless Chromium, whose microphone plays a recording once."""

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
"""Silence behind a recording, so that its last words become final."""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def microphone(folder: Path, sample: str, *, begin_s: float = 0.0, end_s: float | None = None) -> list[str]:
    """Options for a browser whose microphone plays a sample, or a part of it, once; its user lets every page listen."""
    pcm = read(sample)[int(begin_s * 16_000) : None if end_s is None else int(end_s * 16_000)]
    file = folder / f"{sample}.wav"
    soundfile.write(file, np.concatenate([pcm, np.zeros(TAIL_S * 16_000, np.int16)]), 16_000, subtype="PCM_16")
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={file}%noloop",
    ]


class Visit:
    """A page that is open, with all it has complained of and asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def text_of(self, selector: str) -> list[str]:
        """The texts of all elements that match, white space folded."""
        return [" ".join(text.split()) for text in await self.page.locator(selector).all_inner_texts()]


@asynccontextmanager
async def visiting(url: str, options: list[str] | None = None, **context: Any) -> AsyncIterator[Visit]:
    """A page in a browser of its own. Skips where no Chromium is installed."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium: Debian's package is chromium")
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
