"""Every page: axe finds nothing (WCAG 2.2 AA), nothing runs over the edge, nothing is fetched from elsewhere, no error in
the console; light and dark, 360 and 1440 px, German and English."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

pytestmark = pytest.mark.e2e

PAGES = {
    "sales": (
        "/", "/customers", "/customers?q=mueller", "/customers/1", "/customers/1/edit", "/customers/new", "/interactions",
        "/interactions/new?customer=1", "/reminders", "/reminders/new", "/tickets", "/touchpoints", "/touchpoints/hotline",
        "/consents", "/notifications", "/account", "/account/sessions", "/account/tokens", "/search?q=gmbh", "/no-such-page",
    ),
    "lead": ("/", "/tickets", "/tickets/new", "/tickets/1001", "/competences", "/service-levels", "/reports"),
    "manager": ("/", "/reports"),
    "dpo": ("/", "/consents", "/persons/1/consents", "/audit"),
    "admin": ("/", "/users", "/settings", "/outbox"),
}  # fmt: skip
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
LOOKS = [(1440, False, "de"), (360, True, "de"), (360, False, "en"), (1440, True, "en")]


@pytest.mark.parametrize(("width", "dark", "language"), LOOKS)
@pytest.mark.parametrize("who", PAGES)
async def test_pages(desk: Any, who: str, width: int, dark: bool, language: str) -> None:
    sitting = await desk(who, width=width, dark=dark, language=language)
    wrong = []
    for path in PAGES[who]:
        await sitting.open(path)
        result = await Axe().run(sitting.page, options=RULES)
        wrong += [f"{path}: {v['id']} {[node['target'] for node in v['nodes']][:3]}" for v in result.response["violations"]]
        if await sitting.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            wrong.append(f"{path}: runs over the edge at {width} px")
        expected = ["404 (Not Found)"] if path == "/no-such-page" else []
        wrong += [f"{path}: {error}" for error in sitting.errors if not any(known in error for known in expected)]
        sitting.errors.clear()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", ["/login", "/password", "/imprint"])
async def test_public_pages(desk: Any, path: str) -> None:
    visitor = await desk()
    await visitor.open(path)
    result = await Axe().run(visitor.page, options=RULES)
    assert not [v["id"] for v in result.response["violations"]]
    assert not visitor.errors
