"""The reads of mails: to whom one can write, what placeholders stand for, templates, and what became of a mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
from babel.dates import format_date

from crm.consents.sending import attachments_of
from crm.consents.sentences import reason
from crm.customers.data import full_name_sql
from crm.customers.merged import demand_unmerged
from crm.customers.salutation import salutation
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.interactions.mails.signature import Sender
from crm.mail.message import Attachment
from crm.web.formats import phone
from crm.web.i18n import language, zone

MOST_DOCUMENTS = 30
"""So many of the customer's documents are offered to go along, the newest."""


class Recipient(msgspec.Struct, frozen=True):
    """An address that the customer, or one of its persons, can be written to. The `person_*` fields are empty for the
    customer's own address."""

    address: str
    person_id: int | None = None
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    title: str = ""
    form_of_address: str = "neutral"
    salutation: str = ""
    language: str = ""
    function: str = ""

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.person_id or ''} {self.address}"


class OfferedDocument(msgspec.Struct, frozen=True):
    """A document of the customer that can go along."""

    id: int
    name: str
    size: int
    sha256: str
    media_type: str
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """All that lies ready when a member of staff writes to a customer."""

    customer_id: int
    customer_name: str
    customer_number: str
    customer_language: str
    recipients: tuple[Recipient, ...]
    documents: tuple[OfferedDocument, ...]
    sender: Sender
    company: str
    imprint: str
    quotation_number: str
    quotation_on: date | None
    order_number: str = ""

    def recipient(self, person_id: int | None, address: str) -> Recipient | None:
        """The one with this address and person; NULL person: the customer's own."""
        for each in self.recipients:
            if each.person_id == person_id and each.address.casefold() == address.casefold():
                return each
        return None

    def values(self, to: Recipient | None, lang: str, today: date) -> dict[str, str]:
        """What the placeholders stand for in this language, for this recipient."""
        person = SimpleNamespace(**msgspec.structs.asdict(to)) if to is not None and to.person_id else None
        quoted = format_date(self.quotation_on, format="long", locale=lang) if self.quotation_on else ""
        return {
            "salutation": salutation(person, lang), "name": to.name if person and to else self.customer_name,
            "given_name": to.given_name if to else "", "family_name": to.family_name if to else "",
            "customer": self.customer_name, "customer_number": self.customer_number, "my_name": self.sender.name,
            "my_phone": phone(self.sender.phone, "DE" if lang == "de" else ""), "my_email": self.sender.email, "company": self.company,
            "date": format_date(today, format="long", locale=lang), "quotation_number": self.quotation_number,
            "quotation_date": quoted, "order_number": self.order_number,
        }  # fmt: skip


_DESK = f"""
    SELECT c.id, c.name, c.number, c.language, u.name AS my_name, u.email AS my_email,
        coalesce(s.phone, '') AS my_phone, coalesce(s.signature_de, '') AS signature_de, coalesce(s.signature_en, '') AS signature_en,
        o.name AS company, o.imprint, q.number AS quotation_number,
        (SELECT x.number FROM customer_order x WHERE x.customer = c.id AND x.status <> 'cancelled'
            ORDER BY x.ordered_on DESC, x.id DESC LIMIT 1) AS order_number,
        coalesce(q.document_on, (q.sent_at AT TIME ZONE $4)::date) AS quotation_on,
        (SELECT coalesce(jsonb_agg(r ORDER BY r.place, r.position, r.id), '[]')::text FROM (
            SELECT e.address, p.id AS person_id, {full_name_sql("p")} AS name, p.given_name, p.family_name, p.title,
                p.form_of_address, p.salutation, p.language, a.function, a.position AS place, e.position, e.id
            FROM affiliation a JOIN person p ON p.id = a.person AND p.restricted_at IS NULL
            JOIN email_address e ON e.person = p.id WHERE a.customer = c.id
            UNION ALL SELECT e.address, NULL, '', '', '', '', 'neutral', '', '', '', 1000000, e.position, e.id
            FROM email_address e WHERE e.customer = c.id) r) AS recipients,
        (SELECT coalesce(jsonb_agg(d ORDER BY d.uploaded_at DESC, d.id DESC), '[]')::text FROM (
            SELECT d.id, d.name, d.size, d.sha256, d.media_type, d.uploaded_at
            FROM document d LEFT JOIN person p ON p.id = d.person
            WHERE d.customer = c.id AND d.deleted_at IS NULL AND p.restricted_at IS NULL
            ORDER BY d.id = ANY($3) DESC, d.uploaded_at DESC, d.id DESC LIMIT {MOST_DOCUMENTS}) d) AS documents
    FROM customer c CROSS JOIN company o JOIN staff u ON u.id = $2 LEFT JOIN mail_sender s ON s."user" = u.id
    LEFT JOIN LATERAL (SELECT q.number, q.document_on, q.sent_at FROM quotation q
        WHERE q.customer = c.id AND q.status = 'sent' ORDER BY q.sent_at DESC, q.id DESC LIMIT 1) q ON true
    WHERE c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""


async def desk_for(user_id: int, customer_id: int, documents: Sequence[int] = ()) -> Desk:
    """What lies ready to write to a customer, these documents first; one statement. NotFound for one who is missing, deleted or
    restricted, Moved for one who was merged."""
    row = (
        await fetch_one(_DESK, customer_id, user_id, list(documents), zone.get().key)
        if 0 < customer_id <= HIGHEST_ID
        else None
    )
    if row is None:
        await demand_unmerged(customer_id)
        raise NotFound()
    sender = Sender(row.my_name, row.my_email, row.my_phone, row.signature_de, row.signature_en)
    return Desk(
        row.id, row.name, row.number, row.language, tuple(msgspec.json.decode(row.recipients, type=list[Recipient])),
        tuple(msgspec.json.decode(row.documents, type=list[OfferedDocument])), sender, row.company, row.imprint,
        row.quotation_number or "", row.quotation_on, row.order_number or "",
    )  # fmt: skip


async def sender_of(user_id: int) -> Sender:
    """How a member of staff signs."""
    row = await fetch_one(
        "SELECT u.name, u.email, coalesce(s.phone, '') AS phone, coalesce(s.signature_de, '') AS signature_de, "
        'coalesce(s.signature_en, \'\') AS signature_en FROM staff u LEFT JOIN mail_sender s ON s."user" = u.id WHERE u.id = $1',
        user_id,
    )  # fmt: skip
    assert row is not None
    return Sender(row.name, row.email, row.phone, row.signature_de, row.signature_en)


_TEMPLATE = (
    "SELECT id, purpose, name_de, name_en, subject_de, subject_en, body_de, body_en, changed_at, retired_at, version "
    "FROM mail_template "
)


async def templates(*, retired: bool = False) -> list[Row]:
    """The templates that are in use, or the retired ones, in their order."""
    return await fetch(f"{_TEMPLATE} WHERE retired_at IS {'NOT ' if retired else ''}NULL ORDER BY position, id")


async def template_for(template_id: int) -> Row:
    """One template, retired or not. NotFound if there is none."""
    row = await fetch_one(f"{_TEMPLATE} WHERE id = $1", template_id) if 0 < template_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def purposes_for_mail() -> list[Row]:
    """What a mail written by hand can be: what rests on contract or interest, and advertising, which needs consent. Newsletters
    and surveys have senders of their own; what goes to staff and what the law demands is written elsewhere."""
    return await fetch(
        "SELECT code, name_de, name_en, legal_basis, is_advertising FROM purpose "
        "WHERE 'email' = ANY(string_to_array(channels, ',')) AND legal_basis IN ('contract', 'legitimate_interest', 'consent') "
        "AND retired_at IS NULL AND code NOT IN ('newsletter', 'survey', 'confirmation') "
        "ORDER BY is_advertising, code = 'correspondence' DESC, position, id"
    )


@dataclass(frozen=True, slots=True)
class SentMail:
    """The mail behind a contact, and what became of it. `because`: the gate's sentence, where it refused."""

    outbox_id: int
    status: str
    to_name: str
    to_address: str
    subject: str
    text: str
    error: str
    because: str
    sent_at: datetime | None
    next_attempt_at: datetime | None
    attempts: int
    files: tuple[Attachment, ...]


async def mail_behind(interaction_id: int) -> SentMail | None:
    """The mail that a contact stands for; None if it stands for none. Whoever may read the contact may read it."""
    row = await fetch_one(
        "SELECT o.id, o.status, o.to_name, o.to_address, o.subject, o.text, o.error, o.sent_at, o.next_attempt_at, o.attempts, "
        "o.permission::text AS permission, o.purpose, p.name_de, p.name_en "
        "FROM interaction_mail m JOIN outbox_message o ON o.id = m.outbox_id LEFT JOIN purpose p ON p.code = o.purpose "
        "WHERE m.interaction = $1",
        interaction_id,
    )  # fmt: skip
    if row is None:
        return None
    return SentMail(
        row.id, row.status, row.to_name, row.to_address, row.subject, row.text, row.error, because_of(row), row.sent_at,
        row.next_attempt_at, row.attempts, tuple(await attachments_of(row.id)),
    )  # fmt: skip


def because_of(row: Any) -> str:
    """The gate's sentence about a row of the outbox (`permission` as JSON text, `purpose`, `name_de`, `name_en`)."""
    permission: Mapping[str, Any] = msgspec.json.decode(row.permission)
    names = {"de": row.name_de or row.purpose, "en": row.name_en or row.purpose}
    return reason(permission["code"], permission.get("params") or {}, names) if permission.get("code") else ""


def today_here(now: datetime) -> date:
    """The date in the company's time zone."""
    return now.astimezone(zone.get()).date()


def own_language(desk: Desk, to: Recipient | None) -> str:
    """The language in which a recipient is written to: the person's, else the customer's."""
    wanted = to.language if to is not None and to.language else desk.customer_language
    return wanted if wanted in ("de", "en") else language.get()
