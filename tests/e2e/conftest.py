"""The whole program as a user starts it (`crm up --demo`), and a real browser in front of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

PASSWORD = "freundlich-und-klar"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 15_000
"""How long a machine with two busy cores may take for one step; nothing waits longer than it must."""

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Program:
    """The running program: its address, its data folder, and the environment it was started with."""

    address: str
    data: Path
    environ: dict[str, str]

    def command(self, *words: str) -> str:
        """What `crm ...` prints, on the running servers."""
        done = subprocess.run(
            [sys.executable, "-m", "crm", *words], env={**self.environ, "CRM_DATA_DIR": str(self.data)}, capture_output=True,
            text=True, check=True, timeout=60,
        )  # fmt: skip
        return done.stdout.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """`crm up --demo` in a folder of its own, once it is ready."""
    if CHROMIUM is None:
        pytest.skip("NO BROWSER TESTS: Chromium is not installed (Debian: apt-get install chromium)")
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="nahbar-e2e-") as folder:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
        data = Path(folder) / "data"
        command = [sys.executable, "-m", "crm", "up", "--demo", "--data", str(data), "--port", str(port)]
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, env=environ, stdout=output, stderr=subprocess.STDOUT)
            try:
                _wait_for(f"http://127.0.0.1:{port}/ready", process, log)
                yield Program(f"http://127.0.0.1:{port}", data, environ)
            finally:
                process.terminate()
                process.wait(timeout=30)
        crashes = [line for line in log.read_text(errors="replace").splitlines() if "Traceback" in line]
        assert not crashes, f"the program's log has tracebacks:\n{log.read_text(errors='replace')[-6000:]}"


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
async def chromium(program: Program) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


async def eventually(holds: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
    """Waits for what another process does; looks twice a second."""
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline, f"{holds.__name__} did not hold within {seconds} s"
        await asyncio.sleep(0.5)


class Api:
    """The JSON API as one of the demo's people, for what a story needs before it begins."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def new_person(self, family_name: str) -> tuple[int, int]:
        """A private person with an address that no other test uses: ids of customer and person."""
        email = f"{uuid4().hex[:12]}@post.example"
        made = await self.post(
            "/customers",
            {"kind": "person", "given_name": "Nora", "family_name": family_name, "email": email, "city": "Fürth"},
        )
        return made["id"], made["person_id"]


@pytest.fixture(scope="session")
async def apis(program: Program) -> AsyncIterator[Any]:
    """`await apis("sales")`: the API with a token of sales@."""
    known: dict[str, Api] = {}

    async def api(who: str) -> Api:
        if who not in known:
            token = program.command("token", f"{who}@demo.example")
            client = httpx.AsyncClient(
                base_url=f"{program.address}/api/v1", headers={"authorization": f"Bearer {token}", "accept-language": "de"},
                timeout=PATIENCE_MS / 1000,
            )  # fmt: skip
            known[who] = Api(client)
        return known[who]

    yield api
    for opened in known.values():
        await opened.client.aclose()


class Desk:
    """Somebody's browser. `errors` is what the console has shown, `strangers` the requests to any other host."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        self.strangers: list[str] = []
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._watch(request.url))

    def _hear(self, kind: str, text: str) -> None:
        """A search that the next letter overtakes is called off on purpose (hx-sync), and htmx says so as an error; requests that
        fail or take too long have words of their own."""
        if kind == "error" and text not in ("htmx:sendAbort", "htmx:afterRequest"):
            self.errors.append(text)

    def _watch(self, url: str) -> None:
        if not url.startswith((self.address + "/", "data:", "blob:", "about:")):
            self.strangers.append(url)

    async def log_in(self, who: str) -> Desk:
        await self.open("/login")
        await self.page.fill("input[name=email]", f"{who}@demo.example")
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.press("input[name=password]", "Enter")
        await self.page.wait_for_url(self.address + "/")
        return self

    async def open(self, path: str) -> int:
        """The page behind a path; answers its status."""
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    async def speak(self, language: str) -> None:
        """Choose the language in the account, as a person would."""
        await self.open("/account")
        await self.page.select_option("#f-language", language)
        await self.page.locator("#account button[type=submit]").click()
        await expect(self.page.locator(f"html[lang={language}]")).to_be_attached()


@pytest.fixture
async def desk(chromium: Browser, program: Program) -> AsyncIterator[Any]:
    """Sits somebody down: `await desk("sales", width=360, dark=True)`."""
    contexts: list[BrowserContext] = []

    async def sit_down(who: str = "", *, width: int = 1440, dark: bool = False, locale: str = "de-DE") -> Desk:
        context = await chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", locale=locale,
            timezone_id="Europe/Berlin",
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        sitting = Desk(await context.new_page(), program.address)
        return await sitting.log_in(who) if who else sitting

    yield sit_down
    for context in contexts:
        await context.close()
