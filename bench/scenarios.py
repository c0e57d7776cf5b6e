"""What is asked for, again and again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from bench.data import FRAGMENTS, Bench
from bench.load import Ask

WORDS = ("küche", "lieferung", "angebot", "montage", "xylophon")
"""What is searched for in a history: often there, now and then, never."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, the requests it chooses from, and whether they write."""

    name: str
    asks: tuple[Ask, ...]
    writes: bool = False

    def chooser(self, seed: int) -> Callable[[], Ask]:
        """Picks one of the requests, in the same order for the program and for its floor."""
        draw = random.Random(seed)
        return lambda: draw.choice(self.asks)


def scenarios(bench: Bench) -> list[Scenario]:
    page = (("Cookie", bench.cookie), ("Accept-Language", "de"))
    api = (("Authorization", f"Bearer {bench.token}"),)

    def pages(paths: list[str]) -> tuple[Ask, ...]:
        return tuple(Ask(path, headers=page) for path in paths)

    def posts(path: str, bodies: list[dict[str, object]]) -> tuple[Ask, ...]:
        return tuple(Ask(path, "POST", api, json.dumps(body).encode()) for body in bodies)

    def api_reads(paths: list[str]) -> tuple[Ask, ...]:
        return tuple(Ask(path, headers=api) for path in paths)

    def parts(paths: list[str]) -> tuple[Ask, ...]:
        return tuple(Ask(path, headers=(*page, ("HX-Request", "true"))) for path in paths)

    longest = f"/customers/{bench.longest_history}"
    contacts: list[dict[str, object]] = [
        {"customer_id": customer, "channel": "phone", "direction": "inbound", "touchpoint": "hotline", "text": "Kurzer Rückruf.",
         "impression": 4}
        for customer in bench.customers
    ]  # fmt: skip
    enquiries: list[dict[str, object]] = [
        {"customer_id": customer, "subject": "Wann kommt die Lieferung?", "text": "Die Handwerker fragen.", "topic": "delivery",
         "priority": "normal"}
        for customer in bench.customers
    ]  # fmt: skip
    return [
        Scenario("customer list", pages(["/customers"])),
        Scenario("search by fragment", pages([f"/customers?q={quote(fragment)}" for fragment in FRAGMENTS])),
        Scenario("page, 200 contacts", pages([f"/customers/{customer}" for customer in bench.long_histories])),
        Scenario("page, 10,000 contacts", pages([longest])),
        Scenario("its history, filtered", parts([f"{longest}?channel=phone&kind=interaction"])),
        Scenario("its history, searched", parts([f"{longest}?q={quote(word)}" for word in WORDS])),
        Scenario("API, customer list", api_reads(["/api/v1/customers?limit=50"])),
        Scenario(
            "API, history", api_reads([f"/api/v1/customers/{customer}/history" for customer in bench.long_histories])
        ),
        Scenario("log a contact", posts("/api/v1/interactions", contacts), writes=True),
        Scenario("open a ticket", posts("/api/v1/tickets", enquiries), writes=True),
        Scenario("the report's PDF", (Ask(f"/api/v1/reports/{bench.month}/pdf?lang=de", headers=api),)),
    ]
