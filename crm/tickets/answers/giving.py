"""Level 0: an enquiry that came in by itself is answered from the approved answers, if one fits well enough. The answer says in its
first line that it is automatic, keeps no promise, and stops the clocks until the customer writes or asks for a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from crm.accounts.company import company, signing_secret
from crm.consents.gate import permission_for
from crm.consents.sending import queue_mail
from crm.customers.data import full_name_sql
from crm.customers.orders.naming import names_in
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.mail.rendering import render_mail
from crm.tickets.answer_addresses import answers_for
from crm.tickets.answering import note_acknowledgement
from crm.tickets.answers.addressing import MOST_A_DAY, had_sql, is_theirs_sql
from crm.tickets.answers.matching import Candidate
from crm.tickets.answers.queries import level_zero, matcher_of, served
from crm.tickets.answers.refusing import Circumstances
from crm.tickets.answers.tokens import token_for
from crm.tickets.locking import lock_ticket
from crm.tickets.opening import NewTicket, Opened, open_ticket
from crm.tickets.references import reference_of
from crm.tickets.routing import FIRST_CONTACT_MONTHS
from crm.tickets.statuses import move
from crm.tickets.tables import TicketKind, TicketStatus
from crm.web.i18n import _, speaking

_ASKER = f"""
    SELECT coalesce(nullif(p.language, ''), c.language) AS language, coalesce(nullif({full_name_sql("p")}, ''), c.name) AS name,
        c.no_automatic_answers, s.first_contact_level > 1 AS promises_more,
        EXISTS (SELECT FROM customer_order o WHERE o.customer = c.id AND lower(o.number) = ANY($3)) AS names_order,
        {had_sql("$4", "$5")} AS had, {is_theirs_sql("$4", "c.id", "p.id")} AS is_theirs
    FROM customer c JOIN service_level s ON s.id = c.service_level LEFT JOIN person p ON p.id = $2
    WHERE c.id = $1
"""
_IS_FIRST = """
    SELECT NOT EXISTS (SELECT FROM ticket k WHERE k.customer = $1 AND k.topic IS NOT DISTINCT FROM $2 AND k.opened_at > $3)
"""


@dataclass(frozen=True, slots=True)
class Asker:
    """Where an automatic answer would go: `address` is empty where none may. `in_reply_to` is the Message-ID of the mail.
    With a `heading` a form was sent: the answer has that as its subject and names nobody, since whoever filled it in may be anybody.
    `question` is what was asked, where the enquiry's text says more."""

    address: str
    in_reply_to: str = ""
    has_files: bool = False
    heading: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class _Fitting:
    """An answer that may be given, and to whom."""

    answer: Row
    candidate: Candidate
    language: str
    name: str


async def open_and_answer(
    data: NewTicket, asker: Asker, *, by: int | None = None, now: datetime
) -> tuple[Opened, bool]:
    """Open an enquiry that came by mail or web form, and whether it was answered automatically; then nobody is assigned. Who
    answers it otherwise is routed as usual. An enquiry that a person takes in (`by`) is never answered so. Raises as open_ticket."""
    fitting = await _fitting(data, asker, now) if by is None and asker.address else None
    if fitting is None:
        return await open_ticket(data, by=by, now=now), False
    async with transaction():
        topic = data.topic or fitting.answer.topic or ""
        opened = await open_ticket(replace(data, topic=topic), by=None, now=now, is_routed=False)
        await _answer(opened, fitting, asker, now)
    return opened, True


async def _fitting(data: NewTicket, asker: Asker, now: datetime) -> _Fitting | None:
    """The answer that may be given, if one may. What is cheap to know is asked first."""
    settings = await level_zero()
    if not settings.is_on:
        return None
    names = names_in(f"{data.subject}\n{data.text}")
    since = now - timedelta(days=1)
    to = await fetch_one(_ASKER, data.customer_id, data.person_id, names, asker.address, since)
    if to is None or to.no_automatic_answers or to.had >= MOST_A_DAY:
        return None
    language = data.language or to.language
    rows = {row.id: row for row in await served(language, now) if row.is_automatic}
    around = Circumstances(
        has_files=asker.has_files, is_moment_of_truth=data.is_moment_of_truth,
        is_plain_question=data.kind == TicketKind.QUESTION, names_order=to.names_order,
    )  # fmt: skip
    verdict = matcher_of(rows.values(), language).verdict(asker.question or data.text, data.subject, around)
    candidate = verdict.chosen(settings.threshold)
    if candidate is None:
        return None
    answer = rows[candidate.answer_id]
    if to.promises_more and await _is_first_contact(data.customer_id, answer.topic_id, now):
        return None
    permission = await permission_for(
        person_id=data.person_id, address=asker.address, purpose="service", channel="email", now=now
    )
    return (
        _Fitting(answer, candidate, language, to.name if to.is_theirs and not asker.heading else "")
        if permission.allowed
        else None
    )


async def _is_first_contact(customer_id: int, topic_id: int | None, now: datetime) -> bool:
    """Whether the customer's service level promises a person with experience: at a first contact about the topic."""
    since = now - timedelta(days=round(FIRST_CONTACT_MONTHS * 365.25 / 12))
    return bool(await fetch_value(_IS_FIRST, customer_id, topic_id, since))


async def _answer(opened: Opened, fitting: _Fitting, asker: Asker, now: datetime) -> None:
    """Send the answer and let the enquiry wait for the customer."""
    settings, secret = await company(), await signing_secret()
    rendered = render_mail(
        "automatic_answer", fitting.language, name=fitting.name, ticket_subject=asker.heading or opened.data.subject, number=opened.id,
        reference=reference_of(opened.id, secret), answer=fitting.answer.text, company=settings.name,
        link=f"/answered/{token_for(opened.id, secret)}",
    )  # fmt: skip
    outbox_id = await queue_mail(
        purpose="service", to_address=asker.address, to_name=fitting.name, subject=rendered.subject, text=rendered.text,
        html=rendered.html, language=fitting.language, now=now, person_id=opened.data.person_id, customer_id=opened.data.customer_id,
        dedupe_key=f"received {opened.id}", headers={"Auto-Submitted": "auto-replied"}, in_reply_to=asker.in_reply_to,
        answers=await answers_for(opened.id),
    )  # fmt: skip
    assert outbox_id is not None  # the enquiry is new, so its key is
    with speaking(fitting.language):
        said = f"{_('This answer was sent automatically.')}\n\n{fitting.answer.text}"
    await note_acknowledgement(opened.id, said, outbox_id, now=now)
    await move(await lock_ticket(opened.id), TicketStatus.WAITING, now=now)
    await execute("UPDATE routing_decision SET occasion = 'automatic' WHERE ticket = $1", opened.id)
    await execute(
        "INSERT INTO automatic_answer (ticket, answer, number, language, score, words, message_id, at) SELECT $1, $2, $3, $4, $5, "
        "$6::jsonb, m.id, $8 FROM ticket_message m WHERE m.ticket = $1 AND m.outbox_id = $7",
        opened.id, fitting.answer.id, fitting.answer.number, fitting.language, fitting.candidate.score,
        msgspec.json.encode(fitting.candidate.words).decode(), outbox_id, now,
    )  # fmt: skip
