"""What stands in the form of a mail: at first, and after something was chosen in it. Pure rules over what lies ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from crm.database import Row
from crm.interactions.mails.forms import recipient_of
from crm.interactions.mails.placeholders import fill
from crm.interactions.mails.queries import Desk, Recipient, own_language
from crm.interactions.mails.writing import digest, refilled
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES

USUAL_PURPOSE = "correspondence"
BLANK = "{salutation}\n\n"
"""Without a template a mail begins with the greeting alone."""


def fresh_values(
    desk: Desk, person_id: int | None, address: str, known: Sequence[Row], template_id: int | None, today: date
) -> dict[str, Any]:
    """The form of a new mail: to this person or address, else to the first there is."""
    to = _wanted(desk, person_id, address)
    lang = own_language(desk, to)
    template = _chosen(known, template_id, lang)
    values = desk.values(to, lang, today)
    subject, text = _texts(template, lang)
    return {
        "customer_id": desk.customer_id, "to": to.key if to else "", "language": lang,
        "template": template.id if template else "", "purpose": template.purpose if template else USUAL_PURPOSE,
        "subject": fill(subject, values), "text": fill(text, values), "filled": digest(fill(text, values)),
        "filled_subject": digest(fill(subject, values)),
    }  # fmt: skip


def _wanted(desk: Desk, person_id: int | None, address: str) -> Recipient | None:
    for each in desk.recipients:
        if (not person_id or each.person_id == person_id) and (
            not address or each.address.casefold() == address.casefold()
        ):
            return each
    return desk.recipients[0] if desk.recipients and not person_id and not address else None


def refilled_values(
    desk: Desk, typed: Mapping[str, Any], changed: str, known: Sequence[Row], today: date, *, force: bool = False
) -> tuple[dict[str, Any], bool]:
    """The form after `changed` (to, language, template, purpose) was chosen, and whether a text that somebody wrote was kept
    instead of the template's. A new recipient brings their language; the switch overrides it. `force` replaces the text."""
    fields = Fields(typed)
    to = desk.recipient(*recipient_of(fields))
    lang = own_language(desk, to) if changed == "to" else fields.text("language")
    lang = lang if lang in LANGUAGES else "de"
    template_id = fields.text("template")
    template = _chosen(known, int(template_id) if template_id.isascii() and template_id.isdigit() else None, lang)
    values = desk.values(to, lang, today)
    subject_template, text_template = _texts(template, lang)
    text, subject = str(typed.get("text", "")).replace("\r\n", "\n"), str(typed.get("subject", ""))
    filled, filled_subject = fields.text("filled"), fields.text("filled_subject")
    found = {**typed, "language": lang, "template": template.id if template else ""}
    if changed != "purpose":
        was = ("", "") if force else (text, subject)
        text, is_new = refilled(was[0], filled, text_template, values, _greetings(desk, today))
        subject, is_new_subject = refilled(was[1], filled_subject, subject_template, values)
        filled = digest(text) if is_new else filled
        filled_subject = digest(subject) if is_new_subject else filled_subject
        if changed == "template" or force:
            found["purpose"] = template.purpose if template else USUAL_PURPOSE
        kept = changed == "template" and not is_new
    else:
        kept = False
    return {**found, "text": text, "subject": subject, "filled": filled, "filled_subject": filled_subject}, kept


def _greetings(desk: Desk, today: date) -> set[str]:
    everybody = (None, *desk.recipients)
    return {desk.values(each, lang, today)["salutation"] for each in everybody for lang in LANGUAGES}


def _chosen(known: Sequence[Row], template_id: int | None, lang: str) -> Row | None:
    """The template with this id, if it speaks this language."""
    return next((row for row in known if row.id == template_id and row[f"body_{lang}"]), None)


def _texts(template: Row | None, lang: str) -> tuple[str, str]:
    return (template[f"subject_{lang}"], template[f"body_{lang}"]) if template is not None else ("", BLANK)
