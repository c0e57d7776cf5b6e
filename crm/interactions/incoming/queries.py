"""What is known about a mail that came in, and the mails that wait for somebody."""

from __future__ import annotations

from collections.abc import Sequence

from crm.accounts.company import company
from crm.customers.restricted import restricted_address_sql, restricted_customer_sql, restricted_phone_sql
from crm.database import Row, fetch, fetch_one, fetch_value
from crm.interactions.addresses import Match
from crm.interactions.incoming.deciding import KnownTicket
from crm.interactions.web_forms.guarding import SUSPICIONS
from crm.mail.boxes import box_addresses
from crm.tickets.merged import FAMILY, survivor_sql
from crm.tickets.references import Reference
from crm.web.paging import cursor_of, keys_of

# Whether the ticket `k`, or what was merged into it, was forwarded to the address $2, or one of the messages $1 is what was forwarded,
# or what came back; or the customer's own mail went to $2 as well.
_FORWARDED = f"""EXISTS (SELECT FROM ticket_message w LEFT JOIN outbox_message v ON v.id = w.outbox_id WHERE w.ticket IN {FAMILY}
        AND (w.kind = 'forward' AND (lower(v.to_address) = $2 OR v.message_id = ANY($1::text[]))
            OR w.kind = 'outside' AND (w.sender = $2 OR w.mail_id <> '' AND w.mail_id = ANY($1::text[]))))
    OR EXISTS (SELECT FROM ticket_message w JOIN message_recipient y ON y.message = w.id
        WHERE w.ticket IN {FAMILY} AND w.kind = 'inbound' AND y.address = $2)"""

# The enquiry of one of these messages: of ours by the outbox, of the customer's by what it was called when it came in.
_ANSWERED = f"""
    SELECT k.id, k.customer, coalesce(k.closed_at, k.solved_at) AS solved_at, c.restricted_at IS NOT NULL AS is_restricted,
        ({_FORWARDED}) AS is_forwarded FROM (
        SELECT m.ticket, m.id FROM outbox_message x JOIN ticket_message m ON m.outbox_id = x.id WHERE x.message_id = ANY($1::text[])
        UNION SELECT m.ticket, m.id FROM ticket_message m WHERE m.mail_id <> '' AND m.mail_id = ANY($1::text[])
    ) f JOIN ticket k ON k.id = {survivor_sql("f.ticket")} JOIN customer c ON c.id = k.customer
    WHERE c.deleted_at IS NULL ORDER BY f.id DESC LIMIT 1
"""


_SUSPICIONS = ", ".join(repr(code) for code in SUSPICIONS)
IS_SPAM = f"m.state = 'quarantine' AND m.form IS NOT NULL AND m.reason IN ({_SUSPICIONS})"
"""Whether a row `m` of incoming_mail waits because it looks like spam."""

# What came from somebody who was restricted after it came is the officer's, too (GDPR Art. 18).
STATE = f"""CASE WHEN m.state IN ('quarantine', 'aside') AND ({restricted_address_sql("m.sender")}
        OR m.phone <> '' AND {restricted_phone_sql("m.phone")}
        OR m.customer_number <> '' AND {restricted_customer_sql("m.customer_number")})
    THEN 'officer' WHEN {IS_SPAM} THEN 'spam' ELSE m.state END"""
"""The state of a row `m` of incoming_mail as it stands today."""
EMPTIED = (
    """content = ''::bytea, sender = '', sender_name = '', subject = '', text = '', phone = '', customer_number = ''"""
)
"""What a settled row of incoming_mail says no more."""
SPAM = "spam"
"""The state of what came by a form and looks like spam; it waits apart from what has to be decided."""
SHOWN = 100
SPAM_SHOWN = 50


async def answered_ticket(
    message_ids: Sequence[str], senders: Sequence[Match], address: str = ""
) -> KnownTicket | None:
    """The enquiry that one of these Message-IDs belongs to, by the newest message. `address` is the sender's, in small letters."""
    row = await fetch_one(_ANSWERED, list(message_ids), address) if message_ids else None
    return _known(row, senders)


async def referred_ticket(reference: Reference, senders: Sequence[Match], address: str = "") -> KnownTicket | None:
    row = await fetch_one(
        f"SELECT k.id, k.customer, coalesce(k.closed_at, k.solved_at) AS solved_at, "
        f"c.restricted_at IS NOT NULL AS is_restricted, ({_FORWARDED}) AS is_forwarded FROM ticket k "
        f"JOIN customer c ON c.id = k.customer WHERE k.id = {survivor_sql('$3')} AND c.deleted_at IS NULL",
        [], address, reference.ticket_id,
    )  # fmt: skip
    return _known(row, senders)


def _known(row: Row | None, senders: Sequence[Match]) -> KnownTicket | None:
    if row is None:
        return None
    is_senders = any(one.customer_id == row.customer for one in senders)
    return KnownTicket(
        row.id, row.customer, row.solved_at, is_senders, row.is_restricted, row.is_forwarded and not is_senders
    )


async def was_asked(ticket_id: int, address: str) -> bool:
    """Whether this enquiry was forwarded to this address (in small letters), or the customer put it in copy."""
    found = f"SELECT {_FORWARDED} FROM ticket k WHERE k.id = {survivor_sql('$3')}"
    return bool(address) and bool(await fetch_value(found, [], address, ticket_id))


async def our_addresses() -> frozenset[str]:
    """The addresses of the company itself, in small letters: its letter boxes, and the sender of its mails."""
    sender = (await company()).mail_from.lower()
    return await box_addresses() | ({sender} if sender else set())


async def is_address_of_staff(address: str) -> bool:
    return bool(await fetch_value("SELECT EXISTS (SELECT FROM staff WHERE lower(email) = $1)", address))


async def waiting_mails(states: Sequence[str]) -> list[Row]:
    """What somebody must look at: of each of these states the newest."""
    return await fetch(
        "SELECT m.id, s AS state, m.reason, m.sender, m.sender_name, m.subject, left(m.text, 600) AS text, m.received_at, "
        "m.named_ticket_id, f.name AS form_name, coalesce(f.kind, '') AS form_kind, coalesce(nullif(b.name, ''), b.address) AS letter_box, "
        "CASE WHEN c.id IS NOT NULL THEN k.subject END AS named_subject, c.name AS named_customer "
        "FROM unnest($1::text[]) s CROSS JOIN LATERAL (SELECT * FROM incoming_mail m "
        f"WHERE m.state IN ('quarantine', 'aside', 'officer') AND NOT (s <> 'officer' AND {IS_SPAM}) "
        f"AND {STATE} = s ORDER BY m.id DESC LIMIT {SHOWN}) m "
        "LEFT JOIN web_form f ON f.id = m.form LEFT JOIN letter_box b ON b.id = m.letter_box "
        "LEFT JOIN ticket k ON k.id = m.named_ticket_id "
        "LEFT JOIN customer c ON c.id = k.customer AND c.restricted_at IS NULL AND c.deleted_at IS NULL ORDER BY m.id DESC",
        list(states),
    )


async def quarantined() -> int:
    """How many mails wait for somebody to say where they belong."""
    found = f"SELECT count(*) FROM incoming_mail m WHERE m.state = 'quarantine' AND NOT ({IS_SPAM}) AND {STATE} = 'quarantine'"
    return int(await fetch_value(found))


async def spam_count() -> int:
    """How much looks like spam and waits for somebody to look."""
    return int(await fetch_value(f"SELECT count(*) FROM incoming_mail m WHERE {IS_SPAM} AND {STATE} = 'spam'"))


async def spam(cursor: str | None = None, *, limit: int = SPAM_SHOWN) -> tuple[list[Row], str | None]:
    """What looks like spam, the newest first, and the cursor of the next page."""
    keys = keys_of(cursor, int)
    rows = await fetch(
        "SELECT m.id, 'spam' AS state, m.reason, m.sender, m.sender_name, m.subject, left(m.text, 600) AS text, m.received_at, "
        "m.named_ticket_id, NULL AS letter_box, f.name AS form_name, f.kind AS form_kind "
        "FROM incoming_mail m JOIN web_form f ON f.id = m.form "
        f"WHERE {IS_SPAM} AND {STATE} = 'spam' AND ($1::bigint IS NULL OR m.id < $1) ORDER BY m.id DESC LIMIT $2",
        keys[0] if keys else None, limit + 1,
    )  # fmt: skip
    return rows[:limit], cursor_of(rows[limit - 1].id) if len(rows) > limit else None


async def ticket_of(mail_id: int) -> int | None:
    """The enquiry that a mail went into, if any."""
    found = await fetch_value("SELECT ticket FROM incoming_mail WHERE id = $1", mail_id)
    return int(found) if found is not None else None
