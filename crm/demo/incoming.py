"""Mails that came in and wait for a person: a stranger who names an enquiry, and a newsletter that was put aside."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import execute, fetch_value

_TEXT = (
    "Guten Tag,\n\nich schreibe für meine Schwiegermutter, sie hat keine E-Mail. Passt der Termin am Dienstag noch?\n\n"
    "Viele Grüße\nInga Holm"
)
_NEWS = "Neue Fronten für das Frühjahr: Jetzt im Musterheft ansehen."


async def write_incoming(end: datetime) -> None:
    """One that must be decided, one that was put aside; both can be opened as enquiries, so the mail itself is there too."""
    named = await fetch_value(
        "SELECT k.id FROM ticket k JOIN customer c ON c.id = k.customer WHERE k.solved_at IS NULL AND c.restricted_at IS NULL "
        "ORDER BY k.id DESC LIMIT 1"
    )
    if named is None:
        return
    await _write(
        "Inga Holm",
        "inga.holm@privat.example",
        f"Termin zu #{named}",
        _TEXT,
        "",
        ("quarantine", "unknown_sender", named),
        end,
    )
    await _write(
        "Fronten & Griffe", "news@griffe.example", "Neu im Musterheft", _NEWS, "List-Unsubscribe: <mailto:ab@griffe.example>\r\n",
        ("aside", "newsletter", None), end - timedelta(days=2),
    )  # fmt: skip


async def _write(
    name: str, address: str, subject: str, text: str, headers: str, place: tuple[str, str, int | None], at: datetime
) -> None:
    message_id = f"<{at:%Y%m%d}-{address}>"
    raw = (
        f"From: {name} <{address}>\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n{headers}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    ).encode()
    state, reason, named = place
    await execute(
        "INSERT INTO incoming_mail (message_key, content, state, reason, sender, sender_name, subject, text, named_ticket_id, attempts, "
        "received_at, settled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $10)",
        message_id, raw, state, reason, address, name, subject, text, named, at - timedelta(minutes=40),
    )  # fmt: skip
