"""Letters of the demo company: how its people sign, and the mails behind some of the newest contacts by e-mail."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from crm.customers.data import full_name_sql
from crm.database import copy_rows, draw_ids, execute, fetch
from crm.demo.staff import DOMAIN
from crm.demo.world import World

MOST = 60
FAILED_EVERY = 20

_LETTERS = (
    ("Unser Angebot für Ihre Küche", "wie besprochen habe ich die Arbeitsplatte in Eiche eingerechnet. Der Preis gilt bis zum Monatsende."),
    ("Unser Termin in der Ausstellung", "ich bestätige unseren Termin am Donnerstag um 14 Uhr. Bitte bringen Sie den Grundriss mit."),
    ("Vielen Dank für das Gespräch", "vielen Dank für Ihre Zeit. Die Muster der Fronten schicke ich Ihnen bis Freitag zu."),
    ("Ihre Frage zur Lieferung", "die Geräte sind eingetroffen. Wir liefern wie geplant in der kommenden Woche und rufen vorher an."),
    ("Ihr Besuch an unserem Stand", "schön, dass Sie uns auf der Messe besucht haben. Die Unterlagen zu den Griffen liegen bei."),
)  # fmt: skip
_PERMISSION = {"allowed": True, "basis": "legitimate_interest", "code": "legitimate_interest", "params": {}, "by": None}
_NEWEST = f"""
    SELECT i.id, i.at, i.customer, i.person, i.by_user, {full_name_sql("p")} AS name, p.form_of_address, p.family_name, e.address,
        u.name AS writer
    FROM interaction i JOIN person p ON p.id = i.person AND p.restricted_at IS NULL
    JOIN customer c ON c.id = i.customer AND c.restricted_at IS NULL AND c.deleted_at IS NULL
    JOIN LATERAL (SELECT address FROM email_address WHERE person = p.id ORDER BY position, id LIMIT 1) e ON true
    JOIN staff u ON u.id = i.by_user
    WHERE i.channel = 'email' AND i.direction = 'outbound' AND i.ticket IS NULL ORDER BY i.at DESC, i.id DESC LIMIT {MOST}
"""


async def write_mails(world: World) -> None:
    """Signatures with a telephone number for everybody, and the letters that left; one of many came back."""
    for number, (mailbox, user_id) in enumerate(world.staff.ids.items()):
        name = world.staff.names[user_id]
        await execute(
            'INSERT INTO mail_sender ("user", phone, signature_de, signature_en) VALUES ($1, $2, $3, $4)',
            user_id, f"+493023125{100 + number}", f"Freundliche Grüße aus Berlin\n\n{name}\nTelefon 030 23125 {100 + number}",
            f"Kind regards from Berlin\n\n{name}" if mailbox != "agent" else "",
        )  # fmt: skip
    contacts = await fetch(_NEWEST)
    outbox, behind, texts = [], [], []
    for place, (contact, outbox_id) in enumerate(
        zip(contacts, await draw_ids("outbox_message", len(contacts)), strict=True)
    ):
        subject, sentence = _LETTERS[contact.id % len(_LETTERS)]
        title = {"ms": "Sehr geehrte Frau", "mr": "Sehr geehrter Herr"}.get(contact.form_of_address)
        greeting = f"{title} {contact.family_name}" if title else f"Guten Tag {contact.name}"
        text = f"{greeting},\n\n{sentence}"
        failed = place % FAILED_EVERY == FAILED_EVERY - 1
        outbox.append(
            (
                outbox_id, "failed" if failed else "sent", "correspondence", contact.address, contact.name, subject,
                f"{text}\n\nFreundliche Grüße aus Berlin\n\n{contact.writer}\n", "", "de", f"<demo-{contact.id}@{DOMAIN}>", "", "{}",
                msgspec.json.encode(_PERMISSION).decode(), contact.customer, contact.person, 1, contact.at,
                None if failed else contact.at + timedelta(seconds=2),
                "550 5.1.1 The mailbox does not exist." if failed else "",
            )
        )  # fmt: skip
        behind.append((contact.id, outbox_id, contact.at if failed else None))
        texts.append((contact.id, outbox_id, f"{subject}\n\n{text}"))
    await copy_rows(
        "outbox_message",
        (
            "id", "status", "purpose", "to_address", "to_name", "subject", "text", "html", "language", "message_id", "in_reply_to",
            "headers", "permission", "customer_id", "person_id", "attempts", "created_at", "sent_at", "error",
        ),
        outbox,
    )  # fmt: skip
    await copy_rows("interaction_mail", ("interaction", "outbox_id", "told_at"), behind)
    columns = list(zip(*texts, strict=True)) or [(), (), ()]
    await execute(
        "UPDATE interaction i SET text = x.text FROM unnest($1::bigint[], $2::text[]) x(id, text) WHERE i.id = x.id",
        list(columns[0]), list(columns[2]),
    )  # fmt: skip
    await execute(
        "UPDATE timeline_entry e SET body = x.text, detail = e.detail || jsonb_build_object('outbox', x.outbox) "
        "FROM unnest($1::bigint[], $2::bigint[], $3::text[]) x(id, outbox, text) WHERE e.kind = 'interaction' AND e.ref_id = x.id",
        list(columns[0]), list(columns[1]), list(columns[2]),
    )  # fmt: skip
