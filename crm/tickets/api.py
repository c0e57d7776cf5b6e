"""Enquiries over the API: the same actions as the pages, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.queries import sees_restricted
from crm.database import transaction
from crm.errors import Invalid
from crm.tickets import absence_api, latitude_api, product_api, status_api, together_api
from crm.tickets.blocks.queries import offered_blocks
from crm.tickets.blocks.using import MOST_CHOSEN, Chosen, demand_known
from crm.tickets.chats.chat_in import talk_in
from crm.tickets.chats.keeping import open_chat
from crm.tickets.closing import close_ticket, reopen_ticket
from crm.tickets.delivering import send_again
from crm.tickets.enclosing import enclose, enclosed_files
from crm.tickets.escalating import escalate
from crm.tickets.forms import MOST_CC, NewMessage, parse_new
from crm.tickets.forwarding import forward, parse_forward
from crm.tickets.listing import Reader, View, tickets_in, tickets_matching
from crm.tickets.merged import survivor_of
from crm.tickets.opening import open_ticket
from crm.tickets.order_links import connect_order, part_order
from crm.tickets.outdated import Seen
from crm.tickets.queries import ticket_for, visible_ticket
from crm.tickets.queue_api import handlers as queue_handlers
from crm.tickets.queue_filters import TicketFilters
from crm.tickets.saying import say
from crm.tickets.shapes import (
    AssignmentIn,
    ClosureIn,
    EscalationIn,
    ForwardIn,
    MessageIn,
    MessageOut,
    OrderIn,
    TextBlockOut,
    TicketIn,
    TicketList,
    TicketOut,
)  # fmt: skip
from crm.tickets.shaping import opened_out, ticket_item, ticket_out
from crm.tickets.tables import MessageKind, TicketStatus
from crm.tickets.topics import catalogue_api, topic_api
from crm.tickets.transferring import transfer_ticket
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.i18n import _
from crm.web.parameters import Limit, demand_ids

_KINDS = {"inbound": MessageKind.INBOUND, "outbound": MessageKind.REPLY}


@post("/tickets", permission=Permission.TICKETS_WORK, status_code=201)
async def create(request: StaffRequest, data: JSONBody[TicketIn]) -> Response[bytes]:
    """Open an enquiry: routed at once, with due times from the customer's service level."""
    now = datetime.now(UTC)
    sent = {
        name: value
        for name, value in msgspec.structs.asdict(data).items()
        if value is not None and name not in ("chat", "document_ids")
    }
    if data.chat is not None:
        sent["text"] = data.text or data.chat.text or "\n".join(one.text for one in data.chat.messages)
    new = parse_new(sent | {"is_moment_of_truth": "1" if data.moment_of_truth else ""})

    talk = await talk_in(data.chat, new, now) if data.chat is not None else None

    async def do() -> TicketOut:
        async with transaction():
            await enclosed_files(new.customer_id, data.document_ids, for_mail=False)
            opened = (
                await open_ticket(new, by=request.user.id, now=now)
                if talk is None
                else await open_chat(new, talk, by=request.user.id, now=now)
            )
            await enclose(opened.message_id, data.document_ids)
        if talk is None and not data.document_ids:
            return opened_out(opened)
        return ticket_out(await ticket_for(request.user, opened.id))

    return await created_once(request, do, now=now)


@get("/tickets", permission=Permission.TICKETS_VIEW)
async def index(
    request: StaffRequest, status: FromQuery[str] = "", assignee: FromQuery[int | None] = None, customer_id: FromQuery[int | None] = None,
    view: FromQuery[str] = "", topic: FromQuery[str] = "", level: FromQuery[int | None] = None, priority: FromQuery[str] = "",
    kind: FromQuery[str] = "", channel: FromQuery[str] = "", service_level: FromQuery[str] = "",
    letter_box: FromQuery[int | None] = None, q: FromQuery[str] = "",
    limit: Limit = 50, cursor: FromQuery[str] = "",
) -> TicketList:  # fmt: skip
    """Tickets, the newest first; of one status if asked. With `view` (mine, team, unassigned, soon, overdue, waiting, open, solved)
    that queue in its own order, by what is due next. The others narrow either: `assignee`, `letter_box` and `customer_id` are ids,
    `topic` and `service_level` codes, `level` 1 to 3, `q` words of the subject or the customer, or a number."""
    fields = Fields({"status": status, "view": view})
    status, view = fields.one_of("status", ("", *TicketStatus)), fields.one_of("view", ("", *View))
    fields.check()
    demand_ids(assignee=assignee, letter_box=letter_box, customer_id=customer_id)
    filters = TicketFilters.parse({
        "topic": topic, "level": level, "priority": priority, "kind": kind, "channel": channel, "service_level": service_level,
        "assignee": assignee, "letter_box": letter_box, "customer": customer_id, "q": q,
    })  # fmt: skip
    if status and view:
        raise Invalid({"status": _("A view has its own statuses: leave out one of the two.")})
    me = request.user
    if view:
        reader = Reader(me.id, me.team_id, datetime.now(UTC), sees_restricted(me))
        found = await tickets_in(View(view), reader, filters, cursor=cursor or None, limit=limit)
    else:
        wanted = TicketStatus(status) if status else None
        found = await tickets_matching(
            filters, status=wanted, cursor=cursor or None, limit=limit, sees_restricted=sees_restricted(me)
        )  # fmt: skip
    return TicketList([ticket_item(row) for row in found.rows], found.next)


@get("/tickets/{ticket_id:int}", permission=Permission.TICKETS_VIEW)
async def show(request: StaffRequest, ticket_id: FromPath[int]) -> TicketOut:
    return ticket_out(await ticket_for(request.user, ticket_id))


@post("/tickets/{ticket_id:int}/messages", permission=Permission.TICKETS_WORK, status_code=201)
async def say_something(request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[MessageIn]) -> Response[bytes]:
    """Answer (it goes out by e-mail through the gate), note, or add what the customer said."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    fields = Fields({"text": data.text, "direction": data.direction})
    text = fields.text("text", required=True, limit=NOTE_LIMIT, many_lines=True)
    direction = fields.one_of("direction", ("inbound", "outbound"))
    if data.internal and direction == "inbound":
        fields.error("direction", _("A note is written by us: leave out either direction or internal."))
    fields.check()

    kind = MessageKind.NOTE if data.internal else _KINDS[direction]
    message = NewMessage(
        kind, text, data.wait, Seen(data.seen or 0), tuple(data.document_ids), tuple(data.cc[:MOST_CC]),
        Chosen(tuple(data.text_block_ids[:MOST_CHOSEN]), tuple(data.approved_answer_ids[:MOST_CHOSEN])),
    )  # fmt: skip
    await demand_known(message.chosen)

    async def do() -> MessageOut:
        new = await say(ticket_id, message, by=request.user.id, now=now)
        ticket = ticket_out(await ticket_for(request.user, ticket_id))
        return next(message for message in ticket.messages if message.id == new)

    return await created_once(request, do, now=now)


@post(
    "/tickets/{ticket_id:int}/messages/{message_id:int}/delivery", permission=Permission.TICKETS_WORK, status_code=200
)
async def send_once_more(request: StaffRequest, ticket_id: FromPath[int], message_id: FromPath[int]) -> MessageOut:
    """Send a message again that did not arrive, was refused or came back: to the address that the customer has now."""
    await visible_ticket(request.user, ticket_id)
    await send_again(ticket_id, message_id, by=request.user.id, now=datetime.now(UTC))
    ticket = ticket_out(await ticket_for(request.user, ticket_id))
    return next(message for message in ticket.messages if message.id == message_id)


@post("/tickets/{ticket_id:int}/forwards", permission=Permission.TICKETS_WORK, status_code=201)
async def pass_on(request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[ForwardIn]) -> Response[bytes]:
    """Forward it to somebody outside by mail, whose answer comes back into the enquiry, or show it to a colleague."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    ticket = await visible_ticket(request.user, await survivor_of(ticket_id))
    sent = msgspec.structs.asdict(data) | {
        "subject": data.subject or ticket.subject,
        "colleague_id": data.colleague_id or "",
    }
    what = parse_forward(sent, [str(each) for each in data.document_ids])

    async def do() -> MessageOut:
        new = await forward(ticket.id, what, by=request.user.id, now=now)
        shown = ticket_out(await ticket_for(request.user, ticket.id))
        return next(message for message in shown.messages if message.id == new)

    return await created_once(request, do, now=now)


@get("/tickets/{ticket_id:int}/text-blocks", permission=Permission.TICKETS_WORK)
async def text_blocks(request: StaffRequest, ticket_id: FromPath[int]) -> list[TextBlockOut]:
    """The text blocks that fit an enquiry, in its language and filled for it; those of its topic come first."""
    await visible_ticket(request.user, ticket_id)
    blocks = await offered_blocks(ticket_id, user_id=request.user.id, now=datetime.now(UTC))
    return [TextBlockOut(block.id, block.name, block.text, block.is_of_topic) for block in blocks]


@post("/tickets/{ticket_id:int}/escalations", permission=Permission.TICKETS_WORK, status_code=201)
async def give_up(request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[EscalationIn]) -> Response[bytes]:
    """Give it to a higher level; it is routed anew."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    fields = Fields({"tried": data.tried})
    tried = fields.text("tried", limit=NOTE_LIMIT, many_lines=True)
    fields.check()

    async def do() -> TicketOut:
        await escalate(ticket_id, tried, by=request.user.id, now=now, wants_training=data.wants_training)
        return ticket_out(await ticket_for(request.user, ticket_id))

    return await created_once(request, do, now=now)


@post("/tickets/{ticket_id:int}/closure", permission=Permission.TICKETS_WORK, status_code=201)
async def close(
    request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[ClosureIn | None] = None
) -> Response[bytes]:
    """Mark it as solved."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    fields = Fields({"cause": (data.cause if data else None) or "", "product": (data.product if data else None) or ""})
    cause, product = fields.text("cause"), fields.text("product")
    fields.check()

    async def do() -> TicketOut:
        await close_ticket(ticket_id, cause, product=product, by=request.user.id, now=now)
        return ticket_out(await ticket_for(request.user, ticket_id))

    return await created_once(request, do, now=now)


@delete("/tickets/{ticket_id:int}/closure", permission=Permission.TICKETS_WORK, status_code=200)
async def reopen(request: StaffRequest, ticket_id: FromPath[int]) -> TicketOut:
    """Open it again; the solution clock goes on where it stopped."""
    await visible_ticket(request.user, ticket_id)
    await reopen_ticket(ticket_id, by=request.user.id, now=datetime.now(UTC))
    return ticket_out(await ticket_for(request.user, ticket_id))


@post("/tickets/{ticket_id:int}/assignment", permission=Permission.TICKETS_WORK, status_code=201)
async def assign(
    request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[AssignmentIn | None] = None
) -> Response[bytes]:
    """Hand it to a colleague, or take it."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    user_id = (data.assignee_id if data else None) or request.user.id
    fields = Fields({"note": data.note if data else ""})
    note = fields.text("note", limit=NOTE_LIMIT, many_lines=True)
    fields.check()

    async def do() -> TicketOut:
        await transfer_ticket(ticket_id, user_id, note, by=request.user.id, now=now)
        return ticket_out(await ticket_for(request.user, ticket_id))

    return await created_once(request, do, now=now)


@post("/tickets/{ticket_id:int}/orders", permission=Permission.TICKETS_WORK, status_code=201)
async def connect(request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[OrderIn]) -> Response[bytes]:
    """It is about this order of the customer."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    number = Fields({"number": data.number}).text("number", limit=60)

    async def do() -> TicketOut:
        await connect_order(ticket_id, None, number=number, by=request.user.id, now=now)
        return ticket_out(await ticket_for(request.user, ticket_id))

    return await created_once(request, do, now=now)


@delete("/tickets/{ticket_id:int}/orders/{order_id:int}", permission=Permission.TICKETS_WORK, status_code=200)
async def part(request: StaffRequest, ticket_id: FromPath[int], order_id: FromPath[int]) -> TicketOut:
    """It is not about this order, also if its number stands in a text."""
    await visible_ticket(request.user, ticket_id)
    await part_order(ticket_id, order_id, by=request.user.id, now=datetime.now(UTC))
    return ticket_out(await ticket_for(request.user, ticket_id))


router = Router(
    "/api/v1",
    route_handlers=[
        create,
        index,
        show,
        say_something,
        send_once_more,
        pass_on,
        text_blocks,
        give_up,
        close,
        reopen,
        assign,
        connect,
        part,
        *absence_api.route_handlers,
        *latitude_api.route_handlers,
        *status_api.route_handlers,
        *topic_api.route_handlers,
        *catalogue_api.route_handlers,
        *queue_handlers,
        *together_api.handlers,
        *product_api.handlers,
    ],
    include_in_schema=True,
    tags=["tickets"],
)
