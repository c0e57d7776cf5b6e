"""The officer's erasures over the API, by two tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from crm.accounts.tables import User
from crm.database import fetch_value
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from tests.attacks.conftest import House
from tests.browser import Browser
from tests.privacy.erasure.conftest import NOW


@dataclass(frozen=True)
class Token:
    """A program that calls for somebody."""

    browser: Browser
    token: str

    @classmethod
    async def of(cls, browser: Browser, user: User) -> Token:
        return cls(browser, (await browser.log_in(user)).token)

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        self.browser.token = self.token
        return await self.browser.api(method, path, body)

    async def get(self, path: str) -> httpx.Response:
        return await self.call("GET", path)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.call("POST", path, body)

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.call("PATCH", path, body)


async def test_two_tokens_erase_and_one_alone_does_not(doors: Browser, house: House, emre: int) -> None:
    note = NewInteraction(
        house.groessmann, Channel.PHONE, Direction.INBOUND, "Herr Yıldız hat uns empfohlen.", house.anna
    )
    await log_interaction(note, by=house.cast.ali.id, now=NOW)
    officer, administrator = await Token.of(doors, house.cast.sven), await Token.of(doors, house.cast.ines)
    made = await officer.post(f"/privacy/requests/{emre}/erasure", {})
    assert made.status_code == 201
    where = f"/privacy/erasures/{made.json()['id']}"
    shown = (await officer.get(where)).json()
    goes = next(line for line in shown["tables"] if line["table"] == "email_address")
    assert goes["deleted"] >= 1
    assert (await officer.post(f"{where}/submission", {"fingerprint": shown["fingerprint"]})).status_code == 422
    for text in shown["mentions"]:
        place = {name: text[name] for name in ("table", "column", "row_id", "digest")}
        assert (await officer.post(f"{where}/mentions", {**place, "decision": "redact"})).status_code == 204
        assert (
            await officer.post(f"{where}/mentions", {**place, "row_id": 999_999, "decision": "redact"})
        ).status_code == 404
    seen = (await officer.get(where)).json()["fingerprint"]
    assert (await administrator.post(f"{where}/submission", {"fingerprint": seen})).status_code in (403, 404)
    assert (await officer.post(f"{where}/submission", {"fingerprint": seen})).status_code == 200
    assert (await officer.post(f"{where}/approval", {"fingerprint": seen})).status_code == 422
    approved = await administrator.post(f"{where}/approval", {"fingerprint": seen})
    assert approved.json()["status"] == "approved"
    assert await fetch_value("SELECT approved_by FROM erasure") == house.cast.ines.id


async def test_duties_and_holds(doors: Browser, house: House) -> None:
    officer = await Token.of(doors, house.cast.sven)
    duty = (await officer.get("/privacy/duties")).json()["items"][0]
    assert (duty["code"], duty["years"]) == ("commercial_letter", 6)
    body = {"years": 8, "from_year_end": True, "is_in_force": True, "version": duty["version"]}
    assert (await officer.patch(f"/privacy/duties/{duty['id']}", body)).json()["years"] == 8
    assert (await officer.patch(f"/privacy/duties/{duty['id']}", body)).status_code == 409
    assert (await officer.post("/privacy/holds", {"reason": "Streit"})).status_code == 422
    hold = (await officer.post("/privacy/holds", {"reason": "Streit", "person_id": house.anna})).json()["id"]
    assert [one["person_id"] for one in (await officer.get("/privacy/holds")).json()["items"]] == [house.anna]
    assert (await officer.post(f"/privacy/holds/{hold}/lifting", {"reason": "Beigelegt"})).status_code == 204
    assert (await officer.get("/privacy/holds")).json()["items"] == []
