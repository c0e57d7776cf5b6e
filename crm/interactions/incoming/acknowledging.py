"""The acknowledgement of an enquiry that came by mail: automatic, recognisable as such, and no first response."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.company import company, signing_secret
from crm.consents.sending import queue_mail
from crm.customers.data import full_name_sql
from crm.database import fetch_one, fetch_value
from crm.interactions.incoming.queries import is_address_of_staff, our_addresses
from crm.mail.parse import Message
from crm.mail.rendering import render_mail
from crm.tickets.answer_addresses import answers_for
from crm.tickets.answering import note_acknowledgement
from crm.tickets.answers.giving import Asker
from crm.tickets.references import reference_of
from crm.tickets.status_links import Subject, status_path_of

MOST_A_DAY = 3
"""So many acknowledgements one address gets in 24 hours: two machines that answer each other stop there."""

_TO = f"""
    SELECT EXISTS (SELECT FROM email_address e LEFT JOIN affiliation a ON a.person = e.person
            WHERE lower(e.address) = lower($2) AND coalesce(e.customer, a.customer) = k.customer) AS is_theirs,
        k.subject, k.customer, k.person, c.no_automatic_answers, coalesce(nullif({full_name_sql("p")}, ''), c.name) AS name
    FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN person p ON p.id = k.person WHERE k.id = $1
"""


async def _whither(mail: Message) -> str:
    """Where an automatic answer goes: as the mail asks, but never to ourselves, which would be a loop."""
    ours = await our_addresses()
    return next((one.address for one in (*mail.reply_to, mail.sender) if one.address not in ours), "")


async def asker_of(mail: Message, continues: int | None) -> Asker:
    """Where an automatic answer to a mail would go: nowhere for lists, machines and colleagues, nor for what goes on from an enquiry
    that is solved: that is a reply, which a person answers."""
    address = await _whither(mail)
    is_machine = mail.is_list or mail.is_auto_reply or mail.is_bounce
    if is_machine or continues is not None or (address and await is_address_of_staff(address)):
        address = ""
    return Asker(address, mail.message_id, has_files=bool(mail.attachments))


async def acknowledge(ticket_id: int, mail: Message, language: str, *, heading: str = "", now: datetime) -> int | None:
    """Say that the mail arrived, its number, and that a person answers; the id in the outbox, or None. Customers who want no
    automatic answers get none (their flag), nor does a list, nor an address that had several today.
    With a `heading` a form was sent: the mail has that as its subject and names nobody, since whoever filled it in may be anybody. The
    link to the enquiry's page goes to an address of its customer alone."""
    settings = await company()
    address = await _whither(mail)
    to = await fetch_one(_TO, ticket_id, address)
    assert to is not None
    if (
        not settings.acknowledges_mail
        or to.no_automatic_answers
        or mail.is_list
        or mail.is_auto_reply
        or mail.is_bounce
    ):
        return None
    if not address or await is_address_of_staff(address):
        return None
    had = await fetch_value(
        "SELECT count(*) FROM outbox_message WHERE to_address = $1 AND dedupe_key LIKE 'received %' AND created_at > $2",
        address, now - timedelta(days=1),
    )  # fmt: skip
    if had >= MOST_A_DAY:
        return None
    secret = await signing_secret()
    link = await status_path_of(Subject.TICKET, ticket_id, secret) if to.is_theirs else ""
    rendered = render_mail(
        "ticket_received", language, number=ticket_id, reference=reference_of(ticket_id, secret), link=link,
        ticket_subject=heading or to.subject, name="" if heading else to.name, company=settings.name,
    )  # fmt: skip
    outbox_id = await queue_mail(
        purpose="service", to_address=address, to_name="" if heading else to.name, subject=rendered.subject,
        text=rendered.text, html=rendered.html,
        language=language, now=now, person_id=to.person, customer_id=to.customer, dedupe_key=f"received {ticket_id}",
        headers={"Auto-Submitted": "auto-replied"}, in_reply_to=mail.message_id,
        answers=await answers_for(ticket_id),
    )  # fmt: skip
    if outbox_id is not None:
        await note_acknowledgement(ticket_id, rendered.text.strip(), outbox_id, now=now)
    return outbox_id
