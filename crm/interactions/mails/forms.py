"""The forms of a mail, a template and a signature: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from crm.database import HIGHEST_ID
from crm.interactions.forms import note
from crm.interactions.mails.placeholders import mistakes
from crm.interactions.mails.queries import MOST_DOCUMENTS
from crm.interactions.mails.writing import NewMail
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _
from crm.web.pasted import plain_text

SUBJECT_LIMIT = 300
BODY_LIMIT = 20_000
SIGNATURE_LIMIT = 2_000


def recipient_of(fields: Fields) -> tuple[int | None, str]:
    """The recipient as the form names one: "12 anna@example.de", or " info@example.de" for the customer's own address."""
    raw = str(fields.values.get("to", ""))
    number, _blank, address = raw.partition(" ")
    person_id = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
    if not address.strip() or (number and person_id is None) or (person_id or 1) > HIGHEST_ID:
        fields.error("to", _("Choose to whom the mail goes."))
    return person_id, address.strip().replace("\x00", "")[:254]


def documents_of(values: Collection[Any]) -> tuple[int, ...]:
    """The ids of the documents that were ticked; what is none is nobody's document."""
    return tuple(
        int(each)
        for each in values
        if isinstance(each, str) and each.isascii() and each.isdigit() and len(each) < 20 and int(each) <= HIGHEST_ID
    )[:MOST_DOCUMENTS]


def parse_mail(values: Mapping[str, Any], documents: Collection[Any], now: datetime) -> NewMail:
    """What the person at the form has written. Raises Invalid with all errors."""
    fields = Fields(values)
    customer_id = fields.reference("customer_id")
    if customer_id is None:
        fields.error("customer_id", _("Choose the customer: type a part of the name and pick from the list."))
    person_id, address = recipient_of(fields)
    text = note(fields)
    if not text and "text" not in fields.errors:
        fields.error("text", _("Please fill this in."))
    follow_up_at = fields.coming("follow_up_at", now)
    mail = NewMail(
        customer_id=customer_id or 0, person_id=person_id, address=address, purpose=fields.text("purpose", limit=40),
        language=fields.one_of("language", LANGUAGES, "de"), subject=fields.text("subject", required=True, limit=SUBJECT_LIMIT),
        text=text, document_ids=documents_of(documents), touchpoint=fields.text("touchpoint", limit=40),
        follow_up_at=follow_up_at,
    )  # fmt: skip
    fields.check()
    return mail


def parse_template(values: Mapping[str, Any], purposes: Collection[str]) -> tuple[dict[str, Any], int | None]:
    """A template as it was typed, and the version that was seen. One language must be whole, another one whole or empty;
    every placeholder must be known."""
    fields = Fields(values)
    found: dict[str, Any] = {"purpose": fields.one_of("purpose", purposes)}
    for lang in LANGUAGES:
        found[f"name_{lang}"] = fields.text(f"name_{lang}", limit=120)
        found[f"subject_{lang}"] = fields.text(f"subject_{lang}", limit=SUBJECT_LIMIT)
        found[f"body_{lang}"] = plain_text(fields.text(f"body_{lang}", limit=BODY_LIMIT, many_lines=True))
    begun = [lang for lang in LANGUAGES if any(found[f"{part}_{lang}"] for part in ("name", "subject", "body"))]
    for lang in begun or ["de"]:
        for part in ("name", "subject", "body"):
            name = f"{part}_{lang}"
            if not found[name]:
                fields.error(name, _("Please fill this in."))
            elif part != "name" and (wrong := mistakes(found[name], lang)):
                fields.error(name, " ".join(wrong))
    version = fields.number("version", low=0, high=2**31 - 1)
    fields.check()
    return found, version


def parse_sender(values: Mapping[str, Any]) -> dict[str, str]:
    """How somebody signs. Raises Invalid with all errors."""
    fields = Fields(values)
    found = {"phone": fields.phone("phone")}
    for lang in LANGUAGES:
        name = f"signature_{lang}"
        found[name] = plain_text(fields.text(name, limit=SIGNATURE_LIMIT, many_lines=True))
    fields.check()
    return found
