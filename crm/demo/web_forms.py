"""The kitchen maker's two forms on its website, and an entry that looks like spam and waits for a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crm.database import execute, fetch_value
from crm.interactions.web_forms.defining import FIELDS
from crm.interactions.web_forms.entries import Entry, packed
from crm.interactions.web_forms.tables import FormKind

_PRIVACY_DE = (
    "Verantwortlich ist die Lindenlaub GmbH. Was Sie hier schreiben, verwenden wir, um Ihnen zu antworten (Art. 6 Abs. 1 Buchst. b "
    "DSGVO), und löschen es, sobald Ihre Anfrage erledigt ist und keine Aufbewahrungspflicht mehr besteht. Sie können jederzeit "
    "Auskunft, Berichtigung oder Löschung verlangen und sich bei der Aufsichtsbehörde beschweren."
)
_PRIVACY_EN = (
    "Lindenlaub GmbH is responsible. We use what you write here to answer you (GDPR Art. 6 (1) b), and delete it once your enquiry is "
    "settled and no law makes us keep it. You may ask to see, correct or delete it at any time, and complain to the authority."
)
_COMMON = {
    "languages": "de,en", "privacy_de": _PRIVACY_DE, "privacy_en": _PRIVACY_EN, "privacy_url": "https://www.lindenlaub.example/datenschutz",
    "hourly_limit": 60,
    "origins": "https://www.lindenlaub.example",
}  # fmt: skip
_WRITE: dict[str, Any] = {
    **_COMMON, "name": "Kontaktseite", "kind": "enquiry", "title_de": "Schreiben Sie uns", "title_en": "Write to us",
    "thanks_de": "Vielen Dank! Ihre Nachricht ist angekommen. Wir antworten werktags innerhalb eines Tages.",
    "thanks_en": "Thank you! Your message has arrived. We answer within one working day.",
    "asked": "name,email,phone,order_number,subject", "demanded": "name,email", "topics": "general,delivery,billing,complaint",
    "takes_files": True,
}  # fmt: skip
_CALL: dict[str, Any] = {
    **_COMMON, "name": "Rückruf", "kind": "call_back", "title_de": "Wir rufen Sie zurück", "title_en": "We call you back",
    "thanks_de": "Danke! Wir rufen Sie an.", "thanks_en": "Thank you! We will call you.", "asked": "name,phone", "demanded": "name,phone",
    "topics": "", "takes_files": False,
}  # fmt: skip
_SPAM = "Steigern Sie Ihren Umsatz! www.klick.example www.mehr.example www.jetzt.example www.los.example"


async def write_forms(end: datetime) -> None:
    """Both with addresses that people can remember."""
    ids = [await _write(code, values) for code, values in (("kueche-anfrage", _WRITE), ("kueche-rueckruf", _CALL))]
    entry = Entry(
        FormKind.ENQUIRY, "Schreiben Sie uns", "de", email="angebot@klick.example", name="Max Mehr", subject="Angebot", text=_SPAM,
        suspicion="links",
    )  # fmt: skip
    await execute(
        "INSERT INTO incoming_mail (message_key, content, state, reason, sender, sender_name, subject, text, attempts, form, received_at, "
        "settled_at) VALUES ('form demo', $1, 'quarantine', 'links', $2, $3, $4, $5, 0, $6, $7, $7)",
        packed(entry), entry.email, entry.name, entry.subject, entry.said, ids[0], end - timedelta(minutes=70),
    )  # fmt: skip


async def _write(code: str, values: dict[str, Any]) -> int:
    places = ", ".join(f"${number}" for number in range(2, len(FIELDS) + 2))
    return int(
        await fetch_value(
            f"INSERT INTO web_form (code, {', '.join(FIELDS)}, version) VALUES ($1, {places}, 1) RETURNING id",
            code, *(values[name] for name in FIELDS),
        )
    )  # fmt: skip
