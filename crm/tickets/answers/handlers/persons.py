"""The way to a person, by the link in an automatic answer. A GET changes nothing, since mail scanners follow links: it shows one
button."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.company import signing_secret
from crm.accounts.handlers.cookies import AnyRequest
from crm.accounts.permissions import Permission
from crm.database import Row
from crm.errors import NotFound, RuleBroken
from crm.tickets.answers.settling import answered_ticket, ask_for_person
from crm.tickets.answers.tokens import ticket_of
from crm.web.i18n import speaking
from crm.web.render import page, see_other


async def _answered(token: str) -> Row:
    """The enquiry that a link is about. Raises NotFound for a link that is not ours."""
    ticket_id = ticket_of(token, await signing_secret())
    answered = await answered_ticket(ticket_id) if ticket_id is not None else None
    if answered is None:
        raise NotFound()
    return answered


async def _page(
    request: AnyRequest, answered: Row, token: str, *, status: int = 200, is_closed: bool = False
) -> Response[str]:
    with speaking(answered.language):
        return await page(
            request, "answers/person.html", status=status, token=token, number=answered.ticket,
            is_done=answered.ended_at is not None, is_closed=is_closed,
        )  # fmt: skip


@get("/answered/{token:str}", permission=Permission.PUBLIC)
async def show_button(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    answered = await _answered(token)
    return await _page(request, answered, token)


@post("/answered/{token:str}", permission=Permission.PUBLIC, status_code=303)
async def want_person(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Safe to send twice: the second time a person has it already. What is closed for good needs a new enquiry."""
    answered = await _answered(token)
    try:
        await ask_for_person(answered.ticket, now=datetime.now(UTC))
    except RuleBroken:
        return await _page(request, answered, token, status=422, is_closed=True)
    return see_other(request, f"/answered/{token}")


route_handlers = [show_button, want_person]
