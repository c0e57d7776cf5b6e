"""What comes by mail and is a request: from an enquiry, or from a mail that waits for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.accounts.audit import record
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.customers.queries import sees_restricted
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import NotFound
from crm.interactions.incoming.queries import STATE
from crm.privacy.desk.filing import file_request
from crm.privacy.desk.tables import RequestKind, RequestSource
from crm.tickets.queries import visible_ticket

_STATES = ("quarantine", "aside")


@dataclass(frozen=True, slots=True)
class Found:
    """What a form begins with."""

    text: str = ""
    name: str = ""
    address: str = ""
    received_at: datetime | None = None
    customer_id: int | None = None
    person_id: int | None = None


async def from_ticket(user: CurrentUser, ticket_id: int) -> Found:
    """What the customer wrote last in this enquiry. Raises NotFound for one that this user may not see."""
    await visible_ticket(user, ticket_id)
    row = await fetch_one(
        "SELECT k.customer, coalesce(m.person_id, k.person) AS person, k.subject, m.text, coalesce(m.at, k.opened_at) AS at, "
        "coalesce(nullif(m.sender, ''), "
        "(SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id LIMIT 1), '') "
        "AS sender, "
        "trim(concat_ws(' ', p.given_name, p.family_name)) AS name "
        "FROM ticket k LEFT JOIN LATERAL (SELECT * FROM ticket_message m WHERE m.ticket = k.id AND m.kind = 'inbound' "
        "ORDER BY m.id DESC LIMIT 1) m ON true LEFT JOIN person p ON p.id = coalesce(m.person_id, k.person) WHERE k.id = $1",
        ticket_id,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return Found(row.text or row.subject, row.name or "", row.sender or "", row.at, row.customer, row.person)


def may_file_mails(user: CurrentUser) -> bool:
    """Whether they see mails that wait for somebody."""
    return user.may(Permission.TICKETS_WORK) or sees_restricted(user)


async def request_of_mail(mail_id: int) -> int | None:
    """The request that the mail has become, if it has."""
    found = await fetch_value("SELECT id FROM data_request WHERE incoming_id = $1", mail_id)
    return None if found is None else int(found)


async def from_mail(user: CurrentUser, mail_id: int) -> Found:
    """A mail that waits. Raises NotFound if it is settled, or a restricted person's and this is no officer (Art. 18)."""
    row = await fetch_one(
        f"SELECT m.text, m.subject, m.sender, m.sender_name, m.received_at FROM incoming_mail m WHERE m.id = $1 AND {STATE} = ANY($2)",
        mail_id, [*_STATES, *(["officer"] if sees_restricted(user) else [])],
    )  # fmt: skip
    if row is None:
        raise NotFound()
    found = await fetch_one(
        "SELECT e.person, e.customer FROM email_address e WHERE lower(e.address) = lower($1) ORDER BY e.person NULLS LAST, e.id LIMIT 1",
        row.sender,
    )  # fmt: skip
    text = f"{row.subject}\n\n{row.text}".strip()
    whose = (found.customer, found.person) if found and row.sender else (None, None)
    return Found(text, row.sender_name, row.sender, row.received_at, *whose)


async def file_from_mail(
    user: CurrentUser, mail_id: int, kind: RequestKind, text: str, *, person_id: int | None = None, name: str = "", address: str = "",
    against: str = "", now: datetime,
) -> int:  # fmt: skip
    """The mail is a request: it is kept there, with the day on which the mail came, and goes from those that wait. What somebody has
    typed counts more than what the mail says."""
    async with transaction():
        held = await fetch_value("SELECT id FROM incoming_mail WHERE id = $1 FOR UPDATE", mail_id)
        earlier = await request_of_mail(mail_id)
        if held is not None and earlier is not None:
            return earlier
        found = await from_mail(user, mail_id)
        request_id = await file_request(
            kind, source=RequestSource.MAIL, text=text or found.text, person_id=person_id or found.person_id,
            customer_id=found.customer_id, requester_name=name or found.name, requester_address=address or found.address, by=user.id,
            now=now, incoming_id=mail_id, received_at=found.received_at, against=against,
        )  # fmt: skip
        await execute(
            "UPDATE incoming_mail SET state = 'filed', content = ''::bytea, sender = '', sender_name = '', subject = '', text = '', "
            "named_ticket_id = NULL, settled_at = $2 WHERE id = $1",
            mail_id, now,
        )  # fmt: skip
        await record(
            "incoming_mail.filed", "incoming_mail", mail_id, by=user.id, now=now, fields={"data_request": request_id}
        )
        return request_id
