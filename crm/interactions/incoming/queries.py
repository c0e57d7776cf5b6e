"""What is known about a mail that came in, and the mails that wait for somebody."""

from __future__ import annotations

from collections.abc import Sequence

from crm.accounts.company import company
from crm.database import Row, fetch, fetch_one, fetch_value
from crm.interactions.addresses import Match
from crm.interactions.incoming.deciding import KnownTicket
from crm.mail.boxes import box_addresses
from crm.tickets.merged import FAMILY, survivor_sql
from crm.tickets.references import Reference

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


# A mail whose sender was restricted after it came is the officer's, too (GDPR Art. 18).
STATE = """CASE WHEN m.state IN ('quarantine', 'aside') AND EXISTS (
        SELECT FROM email_address e LEFT JOIN person p ON p.id = e.person LEFT JOIN affiliation a ON a.person = p.id
        LEFT JOIN customer x ON x.id = coalesce(e.customer, a.customer)
        WHERE lower(e.address) = m.sender AND (p.restricted_at IS NOT NULL OR x.restricted_at IS NOT NULL))
    THEN 'officer' ELSE m.state END"""
"""The state of a row `m` of incoming_mail as it stands today."""
SHOWN = 100


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
        f"WHERE m.state IN ('quarantine', 'aside', 'officer') AND {STATE} = s ORDER BY m.id DESC LIMIT {SHOWN}) m "
        "LEFT JOIN web_form f ON f.id = m.form LEFT JOIN letter_box b ON b.id = m.letter_box "
        "LEFT JOIN ticket k ON k.id = m.named_ticket_id "
        "LEFT JOIN customer c ON c.id = k.customer AND c.restricted_at IS NULL AND c.deleted_at IS NULL ORDER BY m.id DESC",
        list(states),
    )


async def quarantined() -> int:
    """How many mails wait for somebody to say where they belong."""
    found = f"SELECT count(*) FROM incoming_mail m WHERE m.state = 'quarantine' AND {STATE} = 'quarantine'"
    return int(await fetch_value(found))


async def ticket_of(mail_id: int) -> int | None:
    """The enquiry that a mail went into, if any."""
    found = await fetch_value("SELECT ticket FROM incoming_mail WHERE id = $1", mail_id)
    return int(found) if found is not None else None
