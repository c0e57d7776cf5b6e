"""The page by which a customer follows an enquiry or an order, without log-in; and where staff find and end its link."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.company import company, signing_secret
from crm.accounts.current import StaffRequest
from crm.accounts.handlers.cookies import AnyRequest
from crm.accounts.permissions import Permission
from crm.customers.orders.queries import order_for
from crm.database import Row
from crm.errors import Invalid, NotFound, RuleBroken, TooMany
from crm.mail.rendering import absolute
from crm.tickets.following import (
    KEPT_FOR,
    add_from_customer,
    followed,
    followed_ticket,
    given_links,
    revoke_links,
    settle_by_customer,
    want_mails,
    what_was_said,
)
from crm.tickets.queries import visible_ticket
from crm.tickets.status_links import Subject, status_path_of
from crm.tickets.status_words import ORDER_STATES, STATES, promise_of, who_is_on_it
from crm.web.i18n import N_, _, language, word
from crm.web.render import flashes, page, see_other

P = Permission
HEADERS = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}
DONE = {
    "sent": N_("Your message has arrived."), "settled": N_("Thank you. It is marked as settled."),
    "mails": N_("You get a mail when the state changes."),
    "no-mails": N_("You get no more mails about it."),
}  # fmt: skip
REVOKED = {"revoked": N_("The links that were given out do not work any more.")}


@get("/status/{token:str}", permission=P.PUBLIC)
async def show_status(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Looking changes nothing: mail programs open links to check them."""
    return await _page(request, token)


@post("/status/{token:str}/messages", permission=P.PUBLIC, status_code=303)
async def add_message(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    now = datetime.now(UTC)
    text = (await request.form()).get("text", "")
    text = text if isinstance(text, str) else ""
    try:
        await add_from_customer(await followed_ticket(token, now), text, now=now)
    except Invalid as error:
        return await _page(request, token, status=422, text=text, errors=error.errors)
    except TooMany as error:
        return await _page(request, token, status=429, text=text, errors={"text": error.sentence})
    except RuleBroken:
        sentence = _("This enquiry is closed, and too old to go on with. Please write us a new e-mail, or call us.")
        return await _page(request, token, status=409, text=text, errors={"text": sentence})
    except NotFound:
        return await _gone(request)
    return see_other(request, f"/status/{token}?done=sent")


@post("/status/{token:str}/closure", permission=P.PUBLIC, status_code=303)
async def settle(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    now = datetime.now(UTC)
    try:
        await settle_by_customer(await followed_ticket(token, now), now=now)
    except NotFound:
        return await _gone(request)
    return see_other(request, f"/status/{token}?done=settled")


@post("/status/{token:str}/mails", permission=P.PUBLIC, status_code=303)
async def choose_mails(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    now = datetime.now(UTC)
    wants = (await request.form()).get("wants_mail") == "1"
    try:
        await want_mails((await followed(token, now))[1], wants)
    except Invalid as error:
        return await _page(request, token, status=422, errors=error.errors)
    except NotFound:
        return await _gone(request)
    return see_other(request, f"/status/{token}?done={'mails' if wants else 'no-mails'}")


async def _page(
    request: AnyRequest, token: str, *, status: int = 200, text: str = "", errors: dict[str, str] | None = None
) -> Response[Any]:
    """The page, in the language of whoever reads it."""
    now, firm = datetime.now(UTC), await company()
    try:
        named, row = await followed(token, now)
    except NotFound:
        return await _gone(request)
    context: dict[str, Any] = {
        "firm": firm, "spoken": language.get(), "token": token, "text": text, "errors": errors or {}, "row": row,
        "done": flashes(request, DONE), "kept_days": KEPT_FOR.days, "status": status,
    }  # fmt: skip
    if named.subject == Subject.ORDER:
        return await page(request, "status/order.html", headers=HEADERS, state=word(ORDER_STATES, row.state), **context)
    return await page(
        request, "status/ticket.html", headers=HEADERS, state=word(STATES, row.state), promise=promise_of(row, now),
        who=who_is_on_it(row.role), said=await what_was_said(row), **context,
    )  # fmt: skip


async def _gone(request: AnyRequest) -> Response[str]:
    """One answer for every link that leads nowhere."""
    firm = await company()
    return await page(request, "status/gone.html", status=404, headers=HEADERS, firm=firm, spoken=language.get())


@get("/tickets/{ticket_id:int}/status-page", permission=P.TICKETS_VIEW)
async def ticket_link(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    """The link that the customer has, for reading it out or looking at what they see."""
    ticket = await visible_ticket(request.user, ticket_id)
    return await _link(request, Subject.TICKET, ticket_id, f"/tickets/{ticket_id}", ticket)


@get("/orders/{order_id:int}/status-page", permission=P.CUSTOMERS_VIEW)
async def order_link(request: StaffRequest, order_id: FromPath[int]) -> Response[str]:
    order = await order_for(request.user, order_id)
    return await _link(request, Subject.ORDER, order_id, f"/orders/{order_id}", order)


@post("/tickets/{ticket_id:int}/status-page/revocation", permission=P.TICKETS_WORK, status_code=303)
async def revoke_ticket_links(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    await visible_ticket(request.user, ticket_id)
    await revoke_links(Subject.TICKET, ticket_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/tickets/{ticket_id}/status-page?done=revoked")


@post("/orders/{order_id:int}/status-page/revocation", permission=P.CUSTOMERS_EDIT, status_code=303)
async def revoke_order_links(request: StaffRequest, order_id: FromPath[int]) -> Response[Any]:
    await order_for(request.user, order_id)
    await revoke_links(Subject.ORDER, order_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/orders/{order_id}/status-page?done=revoked")


async def _link(request: StaffRequest, subject: Subject, record_id: int, back: str, record: Row) -> Response[str]:
    path = await status_path_of(subject, record_id, await signing_secret())
    may_revoke = request.user.may(P.TICKETS_WORK if subject == Subject.TICKET else P.CUSTOMERS_EDIT)
    return await page(
        request, "status/link.html", link=absolute(path), path=path, back=back, record=record, is_ticket=subject == Subject.TICKET,
        given=await given_links(subject, record_id), may_revoke=may_revoke, kept_days=KEPT_FOR.days, flashes=flashes(request, REVOKED),
    )  # fmt: skip


handlers = [
    show_status, add_message, settle, choose_mails, ticket_link, order_link, revoke_ticket_links, revoke_order_links,
]  # fmt: skip
