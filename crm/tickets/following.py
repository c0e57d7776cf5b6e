"""What a customer sees of an enquiry or an order by its link, and what they can do there: add a message, say that it is settled,
ask for a mail when the state changes. Notes among colleagues and what staff wrote down of a talk are never among it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crm.accounts.audit import record
from crm.accounts.company import signing_secret
from crm.consents.sending import queue_mail
from crm.customers.data import first_address_sql
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, TooMany
from crm.mail.message import COMPANY
from crm.mail.rendering import render_mail
from crm.tickets.answer_addresses import answers_for
from crm.tickets.answering import receive_message
from crm.tickets.closing import close_ticket
from crm.tickets.locking import lock_ticket, take_routing_lock
from crm.tickets.merged import FAMILY, survivor_of, survivor_sql
from crm.tickets.references import reference_of
from crm.tickets.status_links import Named, Subject, read_status_token, status_path
from crm.tickets.status_words import ORDER_STATES, STATES, is_worth_a_mail
from crm.tickets.tables import OPEN_STATUSES
from crm.web.i18n import _, speaking, word

KEPT_FOR = timedelta(days=30)
"""So long after it was solved, delivered or called off, a link still leads somewhere and its state is mailed."""
MOST_MESSAGES = 10
"""So many a customer can add within an hour."""
TEXT_LIMIT = 20_000
AT_ONCE = 100
LATELY = timedelta(minutes=15)

STATE = "CASE WHEN k.status IN ('solved', 'closed') THEN 'solved' WHEN k.status IN ('new', 'waiting') THEN k.status ELSE 'open' END"
_STATE_OF_EITHER = f"CASE WHEN k.id IS NULL THEN o.status ELSE {STATE} END"
_TICKET_GOES_ON = "(k.solved_at IS NULL OR k.solved_at > {since})"
# What was called off or paid without a delivery ended when it was last changed.
_ORDER_GOES_ON = """(o.delivered_on > {since}::timestamptz::date OR o.delivered_on IS NULL AND (o.status NOT IN ('cancelled', 'paid')
    OR greatest(o.created_at, (SELECT max(u.at) FROM audit_entry u WHERE u.subject_kind = 'order' AND u.subject_id = o.id
        AND u.action LIKE 'order.%')) > {since}))"""
_THEIRS = "c.deleted_at IS NULL AND c.restricted_at IS NULL"
# The page of an enquiry that was merged shows how it goes on in its survivor, under its own number and subject. `is_theirs`: the
# survivor is of the same person; what a colleague of theirs wrote and was answered is not for them.
_TICKET = f"""
    SELECT k.id, z.id AS number, z.subject, k.status, {STATE} AS state, z.opened_at, k.solved_at,
        k.first_responded_at, k.first_response_due_at, k.next_response_due_at, k.solution_due_at, k.language, k.customer, u.role AS role,
        s.id AS page_id, s.wants_mail, k.person IS NOT DISTINCT FROM z.person AS is_theirs,
        {first_address_sql("c.id", "p.id")} AS address, c.id AS customer_id, p.id AS person_id
    FROM status_page s JOIN ticket z ON z.id = s.ticket
    JOIN ticket k ON k.id = {survivor_sql("z.id")}
    JOIN customer c ON c.id = k.customer LEFT JOIN person p ON p.id = z.person LEFT JOIN staff u ON u.id = k.assignee
    WHERE s.ticket = $1 AND s.serial = $2 AND {_THEIRS} AND p.restricted_at IS NULL AND {_TICKET_GOES_ON.format(since="$3")}
"""
_ORDER = f"""
    SELECT o.id, o.number, o.status, o.status AS state, o.ordered_on, o.delivery_due_on, o.delivered_on, c.language, s.id AS page_id,
        s.wants_mail, c.id AS customer_id, p.id AS person_id,
        {first_address_sql("c.id", "p.id")} AS address
    FROM status_page s JOIN customer_order o ON o.id = s.customer_order JOIN customer c ON c.id = o.customer
    LEFT JOIN LATERAL (SELECT q.id, q.restricted_at FROM affiliation a JOIN person q ON q.id = a.person
        WHERE a.customer = c.id AND c.kind = 'person' ORDER BY q.id LIMIT 1) p ON true
    WHERE s.customer_order = $1 AND s.serial = $2 AND {_THEIRS} AND p.restricted_at IS NULL
        AND {_ORDER_GOES_ON.format(since="$3")}
"""
# What the customer wrote themselves and what we answered them. What a colleague noted of a talk is no such text, and what
# somebody else's address wrote into the enquiry is not the customer's. $2: the person whose page it is.
_SAID = f"""
    SELECT m.kind, m.channel, m.at, CASE WHEN m.by_user IS NOT NULL AND (m.kind = 'inbound' OR m.channel = 'phone') THEN ''
        ELSE m.text END AS text
    FROM ticket k JOIN ticket_message m ON m.ticket IN {FAMILY} JOIN ticket t ON t.id = m.ticket
    LEFT JOIN outbox_message x ON x.id = m.outbox_id
    WHERE k.id = $1 AND NOT m.is_automatic
        AND CASE WHEN m.kind = 'inbound' THEN m.person_id ELSE t.person END IS NOT DISTINCT FROM $2 AND m.sender = ''
        AND (m.kind = 'inbound' OR m.kind = 'reply' AND (x.id IS NULL OR x.status = 'sent'))
    ORDER BY m.at, m.id LIMIT 500
"""
_LATELY = f"""
    SELECT m.text FROM ticket k JOIN ticket_message m ON m.ticket IN {FAMILY}
    WHERE k.id = $1 AND m.kind = 'inbound' AND m.channel = 'web' AND m.by_user IS NULL AND m.at > $2
        AND m.person_id IS NOT DISTINCT FROM $3::bigint
"""


async def followed(token: str, now: datetime) -> tuple[Named, Row]:
    """What a link leads to. NotFound alike for one that we did not make, that was revoked or has expired, and where the record is
    gone, restricted or deleted."""
    named = read_status_token(token, await signing_secret())
    if named is None or named.id > HIGHEST_ID:
        raise NotFound()
    since = now - KEPT_FOR
    if named.subject == Subject.TICKET:
        row = await fetch_one(_TICKET, named.id, named.serial, since)
    else:
        row = await fetch_one(_ORDER, named.id, named.serial, since)
    if row is None:
        raise NotFound()
    return named, row


async def followed_ticket(token: str, now: datetime) -> Row:
    """The enquiry of a link. NotFound for that of an order, too."""
    named, row = await followed(token, now)
    if named.subject != Subject.TICKET:
        raise NotFound()
    return row


async def what_was_said(ticket: Row) -> list[Row]:
    """The customer's own messages and our answers, in order, those of enquiries that were merged among them; `text` is empty for a
    talk. Of several people of a company each reads their own."""
    return await fetch(_SAID, ticket.id, ticket.person_id)


async def add_from_customer(ticket: Row, text: str, *, now: datetime) -> None:
    """The customer says more on the page. The same text within an hour is one message (a double click). Raises Invalid, TooMany."""
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise Invalid({"text": _("Please fill this in.")}, {"text": text})
    if len(text) > TEXT_LIMIT:
        sentence = _("That is %(n)s characters; at most %(limit)s fit.") % {"n": len(text), "limit": TEXT_LIMIT}
        raise Invalid({"text": sentence}, {"text": text})
    async with transaction():
        await take_routing_lock()
        goes_on = (await lock_ticket(await survivor_of(ticket.id))).id
        lately = await fetch(_LATELY, goes_on, now - timedelta(hours=1), ticket.person_id)
        if any(row.text == text for row in lately):
            return
        if len(lately) >= MOST_MESSAGES:
            raise TooMany(_("That were many messages within an hour. Please try again later, or call us."))
        message_id = await receive_message(ticket.id, text, channel="web", by=None, now=now)
        await execute("UPDATE ticket_message SET person_id = $2 WHERE id = $1", message_id, ticket.person_id)


async def settle_by_customer(ticket: Row, *, now: datetime) -> None:
    """ "It is settled": the enquiry is solved. A second click changes nothing, nor does one of somebody to whose colleague it belongs."""
    if ticket.status in OPEN_STATUSES and ticket.is_theirs:
        await close_ticket(ticket.id, "", by=None, now=now)


async def want_mails(page: Row, wants: bool) -> None:
    """Mail each new state to the customer's address, or not any more. Raises Invalid where we have no address."""
    if wants and not page.address:
        raise Invalid({"wants_mail": _("We have no e-mail address of yours. Write one to us below.")})
    await execute(
        "UPDATE status_page SET wants_mail = $2, address = $3, language = $4, told = $5 WHERE id = $1 AND wants_mail <> $2",
        page.page_id, wants, page.address or "", page.language, page.state,
    )  # fmt: skip


async def revoke_links(subject: Subject, record_id: int, *, by: int, now: datetime) -> None:
    """The links that were given out end, those of what was merged into the enquiry too, and nobody is mailed about it any more; the
    next answer carries a new one."""
    which = "customer_order = $1"
    if subject == Subject.TICKET:
        which = f"ticket IN (SELECT g.id FROM ticket k JOIN ticket g ON g.id IN {FAMILY} WHERE k.id = $1)"
    async with transaction():
        changed = await fetch_value(
            "UPDATE status_page SET serial = serial + 1, wants_mail = false WHERE id IN "
            f"(SELECT id FROM status_page WHERE {which} ORDER BY id FOR UPDATE) RETURNING id",
            record_id,
        )
        if changed is not None:
            kind = "ticket" if subject == Subject.TICKET else "order"
            await record("status_page.revoked", kind, record_id, by=by, now=now)


_CHANGED = f"""
    SELECT s.id, s.ticket, s.customer_order, s.serial, s.address, s.language, s.told, c.id AS customer_id, z.person AS person_id,
        {_STATE_OF_EITHER} AS state,
        coalesce(z.subject, o.number) AS called, f.name AS company, k.person IS NOT DISTINCT FROM z.person AND
        EXISTS (SELECT FROM ticket_message m WHERE m.ticket IN (k.id, z.id) AND m.kind = 'reply' AND m.at > $1) AS is_answered,
        coalesce((SELECT coalesce(nullif(m.mail_id, ''), x.message_id) FROM ticket_message m LEFT JOIN outbox_message x
            ON x.id = m.outbox_id WHERE m.ticket = z.id AND m.kind IN ('inbound', 'reply') AND (m.mail_id <> '' OR x.id IS NOT NULL)
            ORDER BY m.id DESC LIMIT 1), '') AS earlier
    FROM status_page s LEFT JOIN ticket z ON z.id = s.ticket LEFT JOIN ticket k ON k.id = {survivor_sql("s.ticket")}
    LEFT JOIN customer_order o ON o.id = s.customer_order
    JOIN customer c ON c.id = coalesce(k.customer, o.customer) LEFT JOIN person p ON p.id = z.person CROSS JOIN company f
    WHERE s.wants_mail AND {_THEIRS} AND p.restricted_at IS NULL
        AND CASE WHEN k.id IS NULL THEN {_ORDER_GOES_ON.format(since="$2")} ELSE {_TICKET_GOES_ON.format(since="$2")} END
        AND {_STATE_OF_EITHER} <> s.told
        AND EXISTS (SELECT FROM email_address e LEFT JOIN affiliation a ON a.person = e.person
            WHERE lower(e.address) = lower(s.address) AND coalesce(e.customer, a.customer) = c.id)
        AND NOT EXISTS (SELECT FROM status_page n WHERE n.ticket = k.id AND n.id <> s.id AND n.wants_mail AND n.address = s.address)
    ORDER BY s.id LIMIT {AT_ONCE}
"""


async def tell_status_changes(*, now: datetime) -> int:
    """Mail whoever asked for it that the state has changed; how many. Each change once: whoever moves `told` on writes the mail, in
    the same transaction. A change that an answer has just told is not told again."""
    told = 0
    for row in await fetch(_CHANGED, now - LATELY, now - KEPT_FOR):
        async with transaction():
            number = await fetch_value(
                "UPDATE status_page SET told = $3, changes = changes + 1 WHERE id = $1 AND told = $2 AND wants_mail RETURNING changes",
                row.id, row.told, row.state,
            )  # fmt: skip
            if number is not None and is_worth_a_mail(row.state, row.is_answered):
                await _tell(row, number, now)
                told += 1
    return told


async def _tell(row: Row, number: int, now: datetime) -> None:
    secret = await signing_secret()
    is_ticket = row.ticket is not None
    named = Named(Subject.TICKET if is_ticket else Subject.ORDER, row.ticket or row.customer_order, row.serial)
    with speaking(row.language):
        state = word(STATES if is_ticket else ORDER_STATES, row.state)
    mail = render_mail(
        "status_changed", row.language, called=row.called, state=state, link=status_path(named, secret), company=row.company,
        is_ticket=is_ticket, reference=reference_of(row.ticket, secret) if is_ticket else "",
    )  # fmt: skip
    await queue_mail(
        purpose="service", to_address=row.address, subject=mail.subject, text=mail.text, html=mail.html, language=row.language, now=now,
        person_id=row.person_id, customer_id=row.customer_id, dedupe_key=f"status page {row.id} {number}",
        headers={"Auto-Submitted": "auto-generated"}, in_reply_to=row.earlier,
        answers=await answers_for(row.ticket) if is_ticket else COMPANY,
    )  # fmt: skip


async def given_links(subject: Subject, record_id: int) -> dict[str, Any]:
    """For staff: whether the customer is mailed about it."""
    column = "ticket" if subject == Subject.TICKET else "customer_order"
    row = await fetch_one(f"SELECT wants_mail, serial FROM status_page WHERE {column} = $1", record_id)
    return {"wants_mail": bool(row and row.wants_mail), "serial": row.serial if row else 0}
