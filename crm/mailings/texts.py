"""The mail as one reader gets it: in their language, the placeholders filled, signed, with the company's imprint below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from babel.dates import format_date

from crm.customers.salutation import salutation
from crm.database import Row
from crm.interactions.mails.signature import Sender, letter
from crm.mail.rendering import RenderedMail
from crm.mailings.placeholders import MAILINGS
from crm.mailings.rules import text_language

TEXTS = ("subject_de", "body_de", "subject_en", "body_en")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is the same for all readers: who signs, the company, its imprint, the day."""

    sender: Sender
    company: str
    imprint: str
    today: date


def texts_of(mailing: Any) -> dict[str, str]:
    """Subject and text in both languages, of a row or of a draft that is not saved."""
    return {
        name: str(mailing[name] if isinstance(mailing, (Row, Mapping)) else getattr(mailing, name)) for name in TEXTS
    }


def values_for(reader: Row, language: str, around: Surroundings) -> dict[str, str]:
    """What the placeholders stand for. `reader`: a row of queries.READERS."""
    person = (
        SimpleNamespace(
            given_name=reader.given_name, family_name=reader.family_name, title=reader.title,
            form_of_address=reader.form_of_address, salutation=reader.salutation,
        )
        if reader.person is not None
        else None
    )  # fmt: skip
    return {
        "salutation": salutation(person, language), "name": reader.person_name if person else reader.customer_name,
        "customer": reader.customer_name, "customer_number": reader.customer_number, "owner": reader.owner_name or around.company,
        "company": around.company, "date": format_date(around.today, format="long", locale=language),
    }  # fmt: skip


def compose(texts: Mapping[str, str], reader: Row, language: str, around: Surroundings) -> tuple[str, RenderedMail]:
    """The language in which this reader gets it, and the mail."""
    chosen = text_language(language, texts)
    values = values_for(reader, chosen, around)
    subject, body = MAILINGS.fill(texts[f"subject_{chosen}"], values), MAILINGS.fill(texts[f"body_{chosen}"], values)
    whole = letter(subject, body, chosen, signature=around.sender.signature(chosen), imprint=around.imprint)
    return chosen, whole
