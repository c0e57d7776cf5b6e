"""The whole program as a user starts it (`crm up --demo`), and a real browser in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from playwright.async_api import Browser, Page, async_playwright

PASSWORD = "freundlich-und-klar"
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def program() -> Iterator[str]:
    """`crm up --demo` in a folder of its own; answers its address once it is ready."""
    if CHROMIUM is None:
        pytest.skip("NO BROWSER TESTS: Chromium is not installed (Debian: apt-get install chromium)")
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="nahbar-e2e-") as folder:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
        command = [sys.executable, "-m", "crm", "up", "--demo", "--data", str(Path(folder) / "data"), "--port", str(port)]
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, env=environ, stdout=output, stderr=subprocess.STDOUT)
            try:
                _wait_for(f"http://127.0.0.1:{port}/ready", process, log)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"The program did not become ready:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
async def chromium(program: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


class Desk:
    """Somebody's browser: logged in by the log-in page, with the errors that the console has shown."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def log_in(self, who: str) -> Desk:
        await self.open("/login")
        await self.page.fill("input[name=email]", f"{who}@demo.example")
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.press("input[name=password]", "Enter")
        await self.page.wait_for_url(self.address + "/")
        return self

    async def open(self, path: str) -> None:
        await self.page.goto(self.address + path)


@pytest.fixture
async def desk(chromium: Browser, program: str, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Sits somebody down: `await desk("sales", width=360, dark=True, language="en")`."""
    contexts = []

    async def sit_down(who: str = "", *, width: int = 1440, dark: bool = False, language: str = "de") -> Desk:
        context = await chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light",
            locale="de-DE" if language == "de" else "en-GB",
        )  # fmt: skip
        contexts.append(context)
        desk = Desk(await context.new_page(), program)
        return await desk.log_in(who) if who else desk

    yield sit_down
    for context in contexts:
        await context.close()
