"""Mails that come in, over JSON; a mail itself as it is (message/rfc822)."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import sees_restricted
from crm.database import Row
from crm.interactions.incoming.queries import spam, ticket_of, waiting_mails
from crm.interactions.incoming.receiving import file_incoming_mail, receive_incoming
from crm.interactions.incoming.sorting import OPEN_STATES, dismiss_mail, open_from_mail, put_into_ticket
from crm.interactions.incoming.spam import dismiss_spam, rescue
from crm.tickets.queries import visible_ticket
from crm.web.parameters import Id, Limit

P = Permission


class Received(msgspec.Struct):
    """A mail that was taken in. `state`: filed, quarantine, aside, officer; null with `id`: it was there before. `ticket_id` is the
    enquiry it went into."""

    id: int | None
    state: str | None
    ticket_id: int | None


class WaitingMail(msgspec.Struct):
    """A mail that waits (`state` quarantine) or was put aside. `reason` is a code; `named_ticket_id` the enquiry that it names."""

    id: int
    state: str
    reason: str
    sender: str
    sender_name: str
    subject: str
    text: str
    received_at: datetime
    named_ticket_id: int | None
    letter_box: str | None


class SpamList(msgspec.Struct):
    """What came by a form of the website and looks like spam, the newest first; `next` is the cursor of what follows."""

    items: list[WaitingMail]
    next: str | None


class Rescued(msgspec.Struct):
    """What became of an entry that is no spam: filed (`ticket_id` null: a call to return), quarantine (somebody says whose it is),
    officer."""

    state: str
    ticket_id: int | None


class Dismissed(msgspec.Struct):
    """How many entries were dropped."""

    entries: int


class IntoTicket(msgspec.Struct, forbid_unknown_fields=True):
    """Where a mail belongs."""

    ticket_id: Id


class Until(msgspec.Struct, forbid_unknown_fields=True):
    """Up to which entry of the spam somebody has looked: its id."""

    until_id: Id


class IntoNew(msgspec.Struct, forbid_unknown_fields=True):
    """Whose new enquiry a mail is; null: its sender's."""

    customer_id: Id | None = None


class Sorted(msgspec.Struct):
    """The enquiry that a mail went into; null: it was a wish to be called back, and is one now."""

    ticket_id: int | None


@post("/mail", permission=P.TICKETS_WORK, status_code=201, request_max_body_size=52_000_000)
async def receive(request: StaffRequest) -> Received:
    """Take in a mail of a customer: the body is the mail itself. It goes into the enquiry that it answers, or becomes one."""
    now = datetime.now(UTC)
    mail_id = await receive_incoming(await request.body(), now=now)
    if mail_id is None:
        return Received(None, None, None)
    state = await file_incoming_mail(mail_id, now=now)
    ticket_id = await ticket_of(mail_id)
    return Received(mail_id, state.value if state else None, ticket_id)


@get("/incoming-mails", permission=P.TICKETS_VIEW)
async def index(request: StaffRequest) -> list[WaitingMail]:
    """What waits and what was put aside, the newest first; the texts are shortened."""
    rows = await waiting_mails([state.value for state in OPEN_STATES])
    return [_waiting(row) for row in rows]


def _waiting(row: Row) -> WaitingMail:
    return WaitingMail(**{name: row[name] for name in WaitingMail.__struct_fields__})


@get("/incoming-mails/spam", permission=P.TICKETS_WORK)
async def list_spam(limit: Limit = 50, cursor: FromQuery[str] = "") -> SpamList:
    """What came by a form and looks like spam; why is the code in `reason`."""
    rows, more = await spam(cursor or None, limit=limit)
    return SpamList([_waiting(row) for row in rows], more)


@post("/incoming-mails/{mail_id:int}/rescue", permission=P.TICKETS_WORK)
async def rescue_entry(request: StaffRequest, mail_id: FromPath[int]) -> Rescued:
    """It is no spam: it becomes the enquiry or the call that it would have been."""
    state, ticket_id = await rescue(mail_id, by=request.user.id, now=datetime.now(UTC))
    return Rescued(state.value, ticket_id)


@post("/incoming-mails/spam/dismissal", permission=P.TICKETS_WORK)
async def dismiss_all(request: StaffRequest, data: JSONBody[Until]) -> Dismissed:
    """Do without the spam up to the entry with this id."""
    return Dismissed(await dismiss_spam(data.until_id, by=request.user.id, now=datetime.now(UTC)))


@post("/incoming-mails/{mail_id:int}/ticket", permission=P.TICKETS_WORK)
async def into_ticket(request: StaffRequest, mail_id: FromPath[int], data: JSONBody[IntoTicket]) -> Sorted:
    """Put a waiting mail into an enquiry."""
    await visible_ticket(request.user, data.ticket_id)
    return Sorted(await put_into_ticket(mail_id, data.ticket_id, by=request.user.id, now=datetime.now(UTC)))


@post("/incoming-mails/{mail_id:int}/opening", permission=P.TICKETS_WORK)
async def into_new(request: StaffRequest, mail_id: FromPath[int], data: JSONBody[IntoNew]) -> Sorted:
    """Make a waiting mail a new enquiry."""
    return Sorted(await open_from_mail(mail_id, data.customer_id, by=request.user.id, now=datetime.now(UTC)))


@delete("/incoming-mails/{mail_id:int}", permission=P.TICKETS_VIEW)
async def dismiss(request: StaffRequest, mail_id: FromPath[int]) -> None:
    """Do without a waiting mail: what it said is deleted."""
    user = request.user
    await dismiss_mail(
        mail_id, by=user.id, may_work=user.may(P.TICKETS_WORK), is_officer=sees_restricted(user), now=datetime.now(UTC)
    )


router = Router(
    "/api/v1",
    route_handlers=[receive, index, into_ticket, into_new, dismiss, list_spam, rescue_entry, dismiss_all],
    include_in_schema=True,
    tags=["incoming mails"],
)
