"""Who agreed to what, and who changed their mind: the events, and the chain that they form in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from crm.consents.chain import FIRST, Link, address_key, link_hash, payload_hash, payload_text
from crm.consents.evidence import DIGEST, NAME
from crm.consents.tables import PROCESSING
from crm.demo.customers import Portrait
from crm.demo.documents import pdf
from crm.demo.draw import Draw, Weighted
from crm.demo.rows import Rows
from crm.demo.world import World

AGREES = {"survey": 0.75, "newsletter": 0.42, "offers": 0.28}
REFUSES, WITHDRAWS, OBJECTS, CONFIRMS = 0.04, 0.09, 0.15, 0.94
"""Objections and withdrawals: of those who agreed; confirmations: of those who were asked to confirm."""
OTHERS_AGREE = 0.4
"""How much rarer the second and third person at a company are asked."""
SHARED_ADDRESS = 0.06
SOURCES = Weighted({"web_form": 0.55, "paper": 0.25, "phone": 0.15, "import": 0.05})
CHANNELS = {
    "newsletter": ("email",),
    "survey": ("email", "email", "email", "phone"),
    "offers": ("email", "email", "phone", "letter"),
}
EVIDENCE = {
    "web_form": {"form": "Webseite"}, "paper": {"document": "Unterschriebenes Formular, Ablage Ausstellung"},
    "phone": {"note": "Am Telefon vorgelesen und bejaht"}, "import": {"file": "Bestandskunden.csv"},
    "preference_page": {"form": "/preferences"},
}  # fmt: skip
REFUSED = {"note": "Am Telefon gefragt und verneint"}
SCANNED = 4
"""Of so many who signed on paper, one has the form scanned."""
PURPOSES = {"newsletter": "Newsletter", "survey": "Zufriedenheitsumfragen", "offers": "Angebote und Einladungen"}
WITHDRAWN = {"note": "Am Telefon widerrufen"}
WORDING = 1
EARLY = 0.5


class Event(NamedTuple):
    """One event before it is chained. `number` keeps events of the same moment in the order in which they were made."""

    at: datetime
    number: int
    person_id: int | None
    address: str
    purpose: str
    channel: str
    event: str
    wording_version: int | None
    source: str
    by: int | None
    evidence: dict[str, str] | None = None
    paper: tuple[str, bytes] | None = None
    """Name and content of the signed form, where it was scanned."""


class Consents:
    """Gathers events of all customers; the chain is made when all are known, in the order of their time."""

    def __init__(self, world: World, draw: Draw) -> None:
        self.world, self.draw = world, draw
        self.events: list[Event] = []

    def tell(self, customer: Portrait) -> datetime | None:
        """The consents of a customer's people; answers since when the first of them may be asked in surveys."""
        may_ask_since = None
        for place, person in enumerate(customer.people):
            for purpose, share in AGREES.items():
                if self.draw.chance(share if place == 0 else share * OTHERS_AGREE):
                    valid = self._agree(customer, person.id, "", purpose)
                    if purpose == "survey" and place == 0:
                        may_ask_since = valid
                elif self.draw.chance(REFUSES):
                    self._add(
                        self._some_day(customer),
                        person.id,
                        "",
                        purpose,
                        CHANNELS[purpose][0],
                        "refused",
                        None,
                        "phone",
                        customer.owner,
                        REFUSED,
                    )
        if customer.shared_email and self.draw.chance(SHARED_ADDRESS):
            self._agree(customer, None, customer.shared_email, "newsletter")
        return may_ask_since

    def _agree(self, customer: Portrait, person_id: int | None, address: str, purpose: str) -> datetime | None:
        """Given, perhaps confirmed, perhaps withdrawn; answers since when it has been valid, if it still is."""
        draw, now = self.draw, self.world.now
        source, channel = draw.pick(SOURCES), draw.pick(CHANNELS[purpose])
        at = self._some_day(customer, early=purpose == "survey")
        by = customer.owner if source in ("paper", "phone") else None
        paper = self._signed(customer, person_id, purpose, at) if source == "paper" else None
        self._add(at, person_id, address, purpose, channel, "given", WORDING, source, by, None, paper)
        valid_since = at
        if channel == "email" and source != "paper":
            confirmed_at = at + timedelta(minutes=draw.between(2, 2000))
            if confirmed_at >= now or not draw.chance(CONFIRMS):
                return None
            proof = self._confirmed_from(customer, person_id, address, at)
            self._add(confirmed_at, person_id, address, purpose, channel, "confirmed", WORDING, "web_form", None, proof)
            valid_since = confirmed_at
        if draw.chance(WITHDRAWS):
            ended_at = valid_since + (now - valid_since) * (0.2 + draw.random() * 0.7)
            event = "objected" if draw.chance(OBJECTS) else "withdrawn"
            self._add(ended_at, person_id, address, purpose, channel, event, None, "preference_page", None)
            return None
        return valid_since

    @staticmethod
    def _signed(customer: Portrait, person_id: int | None, purpose: str, at: datetime) -> tuple[str, bytes] | None:
        """The scanned form of every fourth who signed one."""
        name = next((each.name for each in customer.people if each.id == person_id), "")
        if not name or (person_id or 0) % SCANNED:
            return None
        lines = [
            name,
            f"Zweck: {PURPOSES[purpose]}, Wortlaut {WORDING}",
            f"{at:%d.%m.%Y}, gez. {name}",
            f"Blatt {person_id}",  # two of the same name may sign on the same day, and a content is kept once
            "Alles hier ist erfunden.",
        ]
        return f"Einwilligung {name}.pdf", pdf("Einwilligung", lines)

    @staticmethod
    def _confirmed_from(
        customer: Portrait, person_id: int | None, address: str, sent_at: datetime
    ) -> dict[str, str] | None:
        """What the button of a confirmation notes: from which mailbox, and when its link was sent."""
        mailbox = address or next((each.email for each in customer.people if each.id == person_id), "")
        link_sent_at = sent_at.replace(microsecond=0).isoformat()
        return {"mailbox": mailbox, "link_sent_at": link_sent_at} if mailbox else None

    def _some_day(self, customer: Portrait, *, early: bool = False) -> datetime:
        """A day since the customer came; `early` for what is asked at the beginning."""
        days = self.world.days
        since, until = max(customer.created_at, days.begin), days.end - timedelta(days=1)
        return days.moment(self.draw, since, since + (until - since) * EARLY if early else until)

    def add(self, at: datetime, person_id: int, purpose: str, event: str, source: str, by: int) -> None:
        """What a person has said about a purpose for which data are kept, not about messages."""
        version = WORDING if event == "given" else None
        evidence = WITHDRAWN if event == "withdrawn" else None
        recorder = by if source != "web_form" else None
        self._add(at, person_id, "", purpose, PROCESSING, event, version, source, recorder, evidence)

    def _add(self, at: datetime, *rest: object) -> None:
        self.events.append(Event(at.replace(microsecond=0), len(self.events), *rest))  # type: ignore[arg-type]

    def chained(self, rows: Rows) -> Iterator[None]:
        """Hand the events to `rows`, oldest first, each hashed with the one before; yields after each of them."""
        self.events.sort()
        previous, secret = FIRST, self.world.secret
        event_id, payload_id = (rows.reserve(table, len(self.events)) for table in ("consent_event", "consent_payload"))
        for offset, event in enumerate(self.events):
            fields = dict(event.evidence or EVIDENCE.get(event.source, {}))
            key = None
            if event.address:
                fields["address"] = event.address
                key = address_key(secret, event.address)
            file = ("", "", 0, "")
            if event.paper is not None:
                file = self._scan(rows, event)
                fields |= {NAME: file[0], DIGEST: file[1]}
            salt = self.draw.bytes(16)
            link = Link(
                event_id + offset, event.person_id, key, event.purpose, event.channel, event.event, event.wording_version,
                event.source, event.at, event.at, event.by, payload_id + offset, payload_hash(salt, fields),
            )  # fmt: skip
            digest = link_hash(link, previous)
            rows.add_numbered("consent_payload", payload_id + offset, salt, payload_text(fields), *file)
            rows.add_numbered("consent_event", *link, previous, digest)
            previous = digest
            yield

    @staticmethod
    def _scan(rows: Rows, event: Event) -> tuple[str, str, int, str]:
        """Name, digest, size and kind of the form, which is kept as a file."""
        assert event.paper is not None
        name, content = event.paper
        digest = hashlib.sha256(content).hexdigest()
        file = rows.add("stored_file", digest, len(content), "application/pdf", event.at)
        rows.add("file_chunk", file, 0, content)
        return name, digest, len(content), "application/pdf"
