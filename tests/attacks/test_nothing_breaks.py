"""Nothing that a user can send gives a 500: every route, with whatever somebody careless or hostile may send it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import asyncpg
import httpx
import pytest

import crm
from crm.accounts.current import SESSION_COOKIE
from crm.database import execute
from tests.attacks.conftest import House, numbers_of, routes
from tests.browser import Browser

CODE = Path(crm.__file__).parent
NASTY = [
    "",
    "0",
    "-1",
    "2147483648",
    "9223372036854775808",
    "1" + "0" * 30,
    "9" * 5000,
    "abc",
    "1.5",
    "1e400",
    "NaN",
    "\x00",
    "a\x00b",
    "\ud800",
    "x" * 1_000_000,
    "🏡" * 400,
    "\u202eRTL",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "%s%(x)s{{7*7}}",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-11-30T09:00:00",
    "2026-02-30",
    "31.12.9999 23:59",
    "ß@ü..example",
    "a@" + "b" * 300,
    "javascript:alert(1)",
    "\r\nSet-Cookie: x=1",
    "\u2028",
    "٣",
    "１２",
    "tel:+49",
    "+" * 60,
    ".." * 40,
    "\ufeff",
    "null",
]
JSON_NASTY: list[Any] = [
    *NASTY,
    None,
    True,
    0,
    -1,
    2**31,
    2**62,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**30,
    1.5,
    1e308,
    [],
    {},
    ["a"],
    {"a": 1},
    [[[]]],
]
BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"1",
    b"\xff\xfe",
    b'{"a":1,"a":2}',
    b'{"name":"\\ud800"}',
    b'{"text":"\\u0000"}',
    b"[" * 5000,
    b'{"a":' * 5000,
    b"NaN",
    b'{"customer_id":1e999}',
    b"\x00",
]
TYPES = [
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "x/y",
    "\x80",
]
KINDS = {
    "/customers": {"kind": "organisation"},
    "/tickets/{ticket_id}/messages": {"kind": "note"},
    "/tickets/{ticket_id}/status": {"status": "postponed", "until": "2099-01-01T09:00"},
    "/reminders/{reminder_id}/postponement": {"until": "moment"},
}
"""What "kind" and the like mean in some forms."""
SKIPPED = {
    "/ready",
    "/logout",
    "/account/sessions/end-others",
    "/settings/test/smtp",
    "/settings/letter-boxes/trial",
    "/settings/letter-boxes/{box_id}/trial",
    "/customers/{customer_id}/dossier",
    "/api/v1/customers/{customer_id}/dossier",
}
"""Pages that end the session which the walk needs, that call mail servers far away, or that start a program for seconds each time
(all tested on their own)."""


def field_names() -> list[str]:
    """Every field that some form or query of the program reads, gathered from its source."""
    found = set()
    for path in [*CODE.rglob("*.py"), *(CODE.parent / "templates").rglob("*.html")]:
        source = path.read_text(encoding="utf-8")
        found |= set(
            re.findall(r'\.(?:text|choice|one_of|flag|number|reference|email|phone|on|moment|get)\("(\w+)"', source)
        )
        found |= set(re.findall(r'name="([\w-]+)"', source))
    return sorted(found - {"submission_id", "viewport"})


def good_values(house: House) -> dict[str, str]:
    """Values with which most forms are accepted, so that one bad field reaches the depths."""
    later = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    return {
        "customer_id": str(house.groessmann),
        "customer": str(house.groessmann),
        "person_id": str(house.anna),
        "name": "Meier",
        "family_name": "Meier",
        "given_name": "Ada",
        "kind": "question",
        "subject": "Frage",
        "text": "Guten Tag",
        "topic": "general",
        "priority": "normal",
        "channel": "phone",
        "direction": "inbound",
        "touchpoint": "hotline",
        "due_at": later,
        "follow_up_at": later,
        "until": "moment",
        "email": "a@b.example",
        "language": "de",
        "purpose": "newsletter",
        "event": "given",
        "source": "paper",
        "wording_version": "1",
        "version": "1",
        "tried": "alles",
        "month": "2026-10",
        "role": "agent",
        "country": "DE",
        "status": "customer",
        "team_name": "Team",
        "theme": "dark",
        "limit": "5",
        "q": "meier",
        "user_id": str(house.cast.eva.id),
        "capacity": "3",
        "languages": "de",
        "form_of_address": "neutral",
        "service_level": "basis",
        "mail_from": "a@b.example",
        "address": "a@b.example",
    }


class Attack:
    """Sends requests, each with a fresh chance (the session is put back), and remembers what fell over."""

    def __init__(self, browser: Browser, session: str, csrf: str) -> None:
        self.browser, self.session, self.csrf = browser, session, csrf
        self.fallen: list[str] = []
        self.sent = 0

    async def send(self, method: str, path: str, what: str, **keywords: Any) -> httpx.Response:
        client = self.browser.client
        client.cookies.clear()
        headers = {
            "authorization": f"Bearer {self.browser.token}",
            "x-csrftoken": self.csrf,
            "cookie": f"{SESSION_COOKIE}={self.session}; nahbar_csrf={self.csrf}",
            **keywords.pop("headers", {}),
        }
        answer = await client.request(method, path, headers=headers, **keywords)
        self.sent += 1
        if answer.status_code >= 500:
            self.fallen.append(f"{answer.status_code} {method} {path[:80]} <- {what[:90]!r}")
        return answer


async def attack_by(browser: Browser, house: House) -> Attack:
    await browser.log_in(house.cast.ines)
    session = browser.client.cookies[SESSION_COOKIE]
    await browser.get("/imprint")
    await execute("UPDATE login_session SET expires_at = now() + interval '1 day'")
    return Attack(browser, session, browser.client.cookies["nahbar_csrf"])


def form_body(fields: dict[str, str]) -> str:

    return "&".join(
        f"{quote_plus(name)}={quote_plus(value.encode('utf-8', 'surrogatepass'))}" for name, value in fields.items()
    )


async def visit_all(attack: Attack, app: Any, house: House, when: str) -> None:
    for method, path, _handler in routes(app):
        if method == "GET" and path not in SKIPPED:
            await attack.send("GET", numbers_of(house, path), when)


async def test_a_database_that_is_gone_is_told_as_such(
    doors: Browser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 and when to come again, for a page and for a program; not the 500 of a mistake of ours."""

    async def gone(*_arguments: Any, **_keywords: Any) -> None:
        raise asyncpg.CannotConnectNowError("the database system is shutting down")

    monkeypatch.setattr("crm.customers.api.lists.find_customers", gone)
    monkeypatch.setattr("crm.customers.handlers.lists.find_customers", gone)
    await doors.log_in(house.cast.ines)
    for answer in (await doors.get("/customers"), await doors.api("GET", "/customers")):
        assert answer.status_code == 503
        assert answer.headers["retry-after"]


async def test_no_form_falls_over(asgi_app: Any, doors: Browser, house: House) -> None:
    """Each form with all fields nasty, then with one nasty field among good ones; afterwards every page still opens."""
    attack = await attack_by(doors, house)
    names, good, dice = field_names(), good_values(house), random.Random(7471)
    posts = [
        (method, path)
        for method, path, _handler in routes(asgi_app)
        if method not in ("GET",) and not path.startswith("/api/") and path not in SKIPPED
    ]
    form = {"content-type": "application/x-www-form-urlencoded"}
    for method, path in posts:
        where = numbers_of(house, path)
        fine = good | KINDS.get(path, {})
        for value in dice.sample(NASTY, 10):
            everything = dict.fromkeys(names, value[:2000])
            await attack.send(method, where, value, content=form_body(everything), headers=form)
        for value in ("\x00", "\ud800", "x" * 300):
            await attack.send(
                method,
                where,
                f"submission_id {value}",
                content=form_body(fine | {"submission_id": value}),
                headers=form,
            )
        for name in [*dice.sample(sorted(good), 12), "due_at", "follow_up_at", "customer_id", "text"]:
            value = dice.choice(NASTY)
            await attack.send(method, where, f"{name}={value}", content=form_body(fine | {name: value}), headers=form)
        for body in BODIES:
            await attack.send(
                method,
                where,
                repr(body[:20]),
                content=body,
                headers={"content-type": dice.choice(TYPES).encode("latin-1")},
            )  # type: ignore[dict-item]
        await attack.send(
            method, where, "file for text", files=dict.fromkeys(names[:60], ("x\x00.svg", b"<svg/>", "image/svg+xml"))
        )
        await attack.send(method, where, "no token", content=b"", headers={"x-csrftoken": ""})
        await attack.send(method, where, "htmx", content=form_body({}), headers={**form, "hx-request": "true"})
    await visit_all(attack, asgi_app, house, "after the forms")
    assert not attack.fallen, "\n".join(sorted(set(attack.fallen)))


AT_ONCE = 600
"""So many parameters stay below the length of an address that a client takes."""


@pytest.mark.parametrize("of_the_api", [False, True], ids=["pages", "api"])
async def test_no_question_falls_over(asgi_app: Any, doors: Browser, house: House, *, of_the_api: bool) -> None:
    """Each page and each reading route of the API, with nasty parameters and nasty parts of the address."""
    attack = await attack_by(doors, house)
    names, dice = field_names(), random.Random(7472)
    short = [value.encode("utf-8", "surrogatepass") for value in NASTY if len(value) <= 5000]
    for method, path, _handler in routes(asgi_app):
        if method != "GET" or path in SKIPPED or path.startswith("/static") or path.startswith("/api/") != of_the_api:
            continue
        where = numbers_of(house, path)

        for value in dice.sample(short, 12):
            asked = [f"{name}={quote(value[:18])}" for name in (*names, "before", "cursor", "after", "sort")]
            for some in range(0, len(asked), AT_ONCE):
                await attack.send("GET", f"{where}?{'&'.join(asked[some : some + AT_ONCE])}", repr(value[:40]))
            if "{" in path:
                part = re.sub(r"\{\w+\}", quote(value, safe="") or "%20", path)
                await attack.send("GET", part[:60_000], f"in the path {value[:40]!r}")
        for number in ("-99999999999999999999999", "99999999999999999999999", "-9223372036854775809", "0"):
            query = "&".join(f"{name}={number}" for name in dice.sample(names, 60))
            await attack.send(
                "GET", f"{where}?{query}&customer_id={number}&person_id={number}&assignee={number}", number
            )
        await attack.send("GET", f"{where}?" + "a=b&" * 9_000, "a long question")
        await attack.send("PUT", where, "a wrong method")
        await attack.send("OPTIONS", where, "options")
        await attack.send("HEAD", where, "head")
    assert not attack.fallen, "\n".join(sorted(set(attack.fallen)))


def json_bodies(schema: dict[str, Any], dice: random.Random, good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Bodies for one shape of the OpenAPI document: whole ones, and ones with a nasty value in one place."""
    fields = schema.get("properties", {})
    fitting = {name: good[name] for name in fields if name in good}
    yield fitting
    for name in fields:
        for value in dice.sample(JSON_NASTY, 24):
            yield fitting | {name: value}
    for _round in range(10):
        yield {name: dice.choice(JSON_NASTY) for name in fields}


async def test_no_call_of_the_api_falls_over(asgi_app: Any, doors: Browser, house: House) -> None:
    """Every writing operation of the OpenAPI document with nasty bodies; afterwards every page still opens."""
    attack = await attack_by(doors, house)
    dice = random.Random(7473)
    document = (await doors.client.get("/schema/openapi.json")).json()
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    good: dict[str, Any] = good_values(house) | {
        "customer_id": house.groessmann,
        "person_id": house.anna,
        "due_at": later,
        "follow_up_at": later,
        "kind": "organisation",
        "version": None,
        "wording_version": 1,
        "assignee_id": house.cast.jonas.id,
        "owner_id": house.cast.petra.id,
    }
    seen = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = numbers_of(house, path)
            if method == "get" or method == "parameters":
                continue
            seen += 1
            text = json.dumps(operation.get("requestBody", {}))
            shapes = [
                document["components"]["schemas"][name] for name in re.findall(r"#/components/schemas/([\w.]+)", text)
            ]
            for shape in shapes:
                fitting = {**good, "kind": "question"} if "/tickets" in path else good
                for body in json_bodies(shape, dice, fitting):
                    await attack.send(
                        method.upper(),
                        where,
                        str(body),
                        content=json.dumps(body).encode(),
                        headers={"content-type": "application/json"},
                    )
            for content in BODIES:
                for kind in ("application/json", dice.choice(TYPES)):
                    await attack.send(
                        method.upper(),
                        where,
                        repr(content[:20]),
                        content=content,
                        headers={"content-type": kind.encode("latin-1")},
                    )  # type: ignore[dict-item]
            for key in ("x" * 5000, "\xff", " ", "a\tb"):
                await attack.send(
                    method.upper(),
                    where,
                    f"key {key}",
                    json={},
                    headers={"idempotency-key": key.encode("latin-1")},  # type: ignore[dict-item]
                )
            for etag in ("*", "x", '"9999999999"', 'W/"-1"'):
                await attack.send(method.upper(), where, f"if-match {etag}", json={}, headers={"if-match": etag})
            bad = re.sub(r"\{\w+\}", "-99999999999999999999999", path)
            await attack.send(method.upper(), bad, "a bad number", json={})
    assert seen > 10
    await visit_all(attack, asgi_app, house, "after the API")
    assert not attack.fallen, "\n".join(sorted(set(attack.fallen)))
