"""A real browser for tests of our pages: Debian's Chromium, driven by Playwright."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

expect.set_options(timeout=60_000)

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """One that looks for nothing on the internet."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*_QUIET])
        yield started
        await started.close()
