"""The acknowledgement of an enquiry that came by mail: automatic, recognisable as such, and no first response."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.company import company, signing_secret
from crm.consents.sending import queue_mail
from crm.customers.data import full_name_sql
from crm.database import fetch_one
from crm.interactions.incoming.queries import is_address_of_staff, our_addresses
from crm.mail.parse import Message
from crm.mail.rendering import render_mail
from crm.tickets.answer_addresses import answers_for
from crm.tickets.answering import note_acknowledgement
from crm.tickets.answers.addressing import MOST_A_DAY, had_sql, is_theirs_sql
from crm.tickets.answers.giving import Asker
from crm.tickets.references import reference_of
from crm.tickets.status_links import Subject, status_path_of

_TO = f"""
    SELECT {is_theirs_sql("$2", "k.customer", "k.person")} AS is_theirs, {had_sql("$2", "$3")} AS had,
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
    name, and the link to the enquiry's page, go to the address of its person (its customer, without one) alone."""
    settings, asker = await company(), await asker_of(mail, None)
    if not settings.acknowledges_mail or not asker.address:
        return None
    to = await fetch_one(_TO, ticket_id, asker.address, now - timedelta(days=1))
    assert to is not None
    if to.no_automatic_answers or to.had >= MOST_A_DAY:
        return None
    secret, name = await signing_secret(), to.name if to.is_theirs and not heading else ""
    link = await status_path_of(Subject.TICKET, ticket_id, secret) if to.is_theirs else ""
    rendered = render_mail(
        "ticket_received", language, number=ticket_id, reference=reference_of(ticket_id, secret), link=link,
        ticket_subject=heading or to.subject, name=name, company=settings.name,
    )  # fmt: skip
    outbox_id = await queue_mail(
        purpose="service", to_address=asker.address, to_name=name, subject=rendered.subject,
        text=rendered.text, html=rendered.html,
        language=language, now=now, person_id=to.person, customer_id=to.customer, dedupe_key=f"received {ticket_id}",
        headers={"Auto-Submitted": "auto-replied"}, in_reply_to=mail.message_id,
        answers=await answers_for(ticket_id),
    )  # fmt: skip
    if outbox_id is not None:
        await note_acknowledgement(ticket_id, rendered.text.strip(), outbox_id, now=now)
    return outbox_id
