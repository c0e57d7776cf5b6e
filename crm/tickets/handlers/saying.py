"""What is said on an enquiry, with its files; and what became of it when it went out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.uploads import BODY_LIMIT, uploads_in
from crm.database import decoded
from crm.errors import Conflict, Forbidden, Invalid, RuleBroken
from crm.tickets.answers.opinions import count_inserted
from crm.tickets.blocks.using import chosen_of
from crm.tickets.delivering import delivery_of, send_again
from crm.tickets.forms import parse_message
from crm.tickets.handlers.showing import ticket_page
from crm.tickets.queries import delivery_behind, visible_ticket
from crm.tickets.saying import say
from crm.tickets.showing import mail_facts
from crm.web.i18n import _
from crm.web.render import fragment, see_other

P = Permission


async def message_body(
    request: StaffRequest,
) -> tuple[dict[str, Any], list[str], list[UploadFile], list[str], list[str]]:
    """The form's fields, the documents that were ticked, the files that were chosen, who gets a copy, and the text
    blocks that were put in. Raises Forbidden for files
    of somebody who may not add documents."""
    body = await request.form()
    ticked = [value for value in body.getall("documents", []) if isinstance(value, str)]
    uploads = uploads_in(body.getall("file", []))
    if uploads and not request.user.may(P.CUSTOMERS_EDIT):
        raise Forbidden(_("Your role may send documents of the customer, but not add any."))
    cc = [value for value in body.getall("cc", []) if isinstance(value, str)]
    blocks = [value for value in body.getall("text_block_id", []) if isinstance(value, str)]
    return {name: value for name, value in body.items() if isinstance(value, str)}, ticked, uploads, cc, blocks


@post("/tickets/{ticket_id:int}/messages", permission=P.TICKETS_WORK, status_code=303, request_max_body_size=BODY_LIMIT)
async def say_something(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """An answer, a note, or what the customer said. An answer written while the enquiry went on asks first: the page comes back
    with what is new and the text, and sending it again means it."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    values, ticked, uploads, cc, blocks = await message_body(request)
    kept = values | {"documents": ticked, "cc": cc, "text_block_id": blocks}
    largest = request.app.state.settings.largest_document
    try:
        message = parse_message(values, ticked, cc, chosen_of(blocks, [str(values.get("answer_id", ""))]))

        async def do() -> str:
            await say(ticket_id, message, uploads, largest=largest, by=request.user.id, now=now)
            await count_inserted(str(values.get("answer_id", "")))
            return f"/tickets/{ticket_id}?done={message.kind.value}"

        return see_other(request, await form_once(request, values.get("submission_id", ""), do, now=now))
    except Conflict as conflict:
        return await ticket_page(
            request, ticket_id, status=409, values=kept, errors=_choose_again(uploads), outdated=conflict.sentence
        )
    except Invalid as error:
        errors = {**_choose_again(uploads), **error.errors}
    except RuleBroken as error:
        errors = {**_choose_again(uploads), "text": error.sentence}
    return await ticket_page(request, ticket_id, status=422, values=kept, errors=errors)


def _choose_again(uploads: list[UploadFile]) -> dict[str, str]:
    return {"file": _("Please choose the files once more: a browser does not keep them.")} if uploads else {}


@get("/tickets/{ticket_id:int}/messages/{message_id:int}/delivery", permission=P.TICKETS_VIEW)
async def show_delivery(request: StaffRequest, ticket_id: FromPath[int], message_id: FromPath[int]) -> Response[str]:
    """What has become of a message by now; the page asks while it is under way."""
    ticket = await visible_ticket(request.user, ticket_id)
    row = await delivery_behind(request.user, ticket_id, message_id)
    delivery = delivery_of(message_id, mail_facts(row, decoded(row.gate_params)))
    return await fragment(
        request, "tickets/_delivery.html", ticket=ticket, delivery=delivery, may_work=request.user.may(P.TICKETS_WORK)
    )


@post("/tickets/{ticket_id:int}/messages/{message_id:int}/delivery", permission=P.TICKETS_WORK, status_code=303)
async def send_once_more(request: StaffRequest, ticket_id: FromPath[int], message_id: FromPath[int]) -> Response[Any]:
    """Send a message again that did not arrive."""
    await visible_ticket(request.user, ticket_id)
    await send_again(ticket_id, message_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/tickets/{ticket_id}?done=again#message-{message_id}")


handlers = [say_something, show_delivery, send_once_more]
