"""The page of mails that wait for somebody to say where they belong, and of those that were put aside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import customer_meant, sees_restricted
from crm.errors import Invalid
from crm.interactions.incoming.queries import spam, spam_count, waiting_mails
from crm.interactions.incoming.sorting import OPEN_STATES, dismiss_mail, open_from_mail, put_into_ticket
from crm.interactions.incoming.spam import dismiss_spam, rescue
from crm.interactions.incoming.tables import IncomingState
from crm.interactions.incoming.words import REASONS
from crm.tickets.queries import visible_ticket
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "dismissed": N_("The e-mail is gone; what it said is deleted."),
    "rescued": N_("It is no spam; say where it belongs."),
    "officers": N_("It belongs to the data protection officer."),
}  # fmt: skip
SPAM_DONE = {
    "dismissed": N_("It is gone; what it said is deleted."),
    "all": N_("The spam is gone; what it said is deleted."),
}
SPAM_PAGE = "/incoming-mails/spam"


@get("/incoming-mails", permission=P.TICKETS_VIEW)
async def list_mails(request: StaffRequest) -> Response[str]:
    return await _page(request)


@post("/incoming-mails/{mail_id:int}/ticket", permission=P.TICKETS_WORK, status_code=303)
async def into_ticket(request: StaffRequest, mail_id: FromPath[int]) -> Response[Any]:
    """Put it into the enquiry with this number."""
    fields = Fields(dict(await request.form()))
    said = fields.text("ticket", required=True).lstrip("#")
    try:
        fields.check()
        if not (said.isascii() and said.isdigit() and len(said) <= 15):
            raise Invalid({"ticket": _("Give the number of an enquiry, such as 1234.")})
        await visible_ticket(request.user, int(said))
        ticket_id = await put_into_ticket(mail_id, int(said), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, (mail_id, {"ticket": said}, error.errors))
    return see_other(request, f"/tickets/{ticket_id}")


@post("/incoming-mails/{mail_id:int}/opening", permission=P.TICKETS_WORK, status_code=303)
async def into_new(request: StaffRequest, mail_id: FromPath[int]) -> Response[Any]:
    """Make it a new enquiry, of the customer who is meant or of its sender."""
    fields = Fields(dict(await request.form()))
    said = fields.text("customer")
    customer_id = await customer_meant(said) if said else None
    try:
        if said and customer_id is None:
            raise Invalid({"customer": _("No customer, or more than one, is meant by that. Give the number.")})
        ticket_id = await open_from_mail(mail_id, customer_id, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, (mail_id, {"customer": said}, error.errors))
    return see_other(request, f"/tickets/{ticket_id}" if ticket_id is not None else "/call-backs")


@post("/incoming-mails/{mail_id:int}/dismissal", permission=P.TICKETS_VIEW, status_code=303)
async def dismiss(request: StaffRequest, mail_id: FromPath[int]) -> Response[Any]:
    """Do without it."""
    user = request.user
    await dismiss_mail(
        mail_id, by=user.id, may_work=user.may(P.TICKETS_WORK), is_officer=sees_restricted(user), now=datetime.now(UTC)
    )
    is_spam = (await request.form()).get("back") == "spam"
    return see_other(request, f"{SPAM_PAGE if is_spam else '/incoming-mails'}?done=dismissed")


@get("/incoming-mails/spam", permission=P.TICKETS_WORK)
async def list_spam(request: StaffRequest) -> Response[str]:
    """What came by a form and looks like spam, the newest first."""
    rows, more = await spam(request.query_params.get("cursor"))
    return await page(
        request, "incoming/spam.html", rows=rows, more=more, count=await spam_count(), reasons=REASONS,
        flashes=flashes(request, SPAM_DONE), now=datetime.now(UTC),
    )  # fmt: skip


@post("/incoming-mails/{mail_id:int}/rescue", permission=P.TICKETS_WORK, status_code=303)
async def rescue_entry(request: StaffRequest, mail_id: FromPath[int]) -> Response[Any]:
    """It is no spam: it becomes what it would have been."""
    state, ticket_id = await rescue(mail_id, by=request.user.id, now=datetime.now(UTC))
    if state == IncomingState.FILED:
        return see_other(request, f"/tickets/{ticket_id}" if ticket_id is not None else "/call-backs")
    return see_other(
        request, f"/incoming-mails?done={'officers' if state == IncomingState.OFFICER else 'rescued'}#mail-{mail_id}"
    )


@post("/incoming-mails/spam/dismissal", permission=P.TICKETS_WORK, status_code=303)
async def dismiss_all(request: StaffRequest) -> Response[Any]:
    """Do without all of it, as far as the page had shown it: what came since stays."""
    fields = Fields(dict(await request.form()))
    until = fields.reference("until", required=True)
    fields.check()
    await dismiss_spam(until or 0, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{SPAM_PAGE}?done=all")


async def _page(
    request: StaffRequest, wrong: tuple[int, dict[str, str], dict[str, str]] | None = None
) -> Response[str]:
    is_officer = sees_restricted(request.user)
    states = (*OPEN_STATES, *((IncomingState.OFFICER,) if is_officer else ()))
    rows = await waiting_mails([state.value for state in states])
    return await page(
        request, "incoming/index.html", status=422 if wrong else 200, wrong=wrong or (0, {}, {}), reasons=REASONS,
        parts={state.value: [row for row in rows if row.state == state.value] for state in states}, is_officer=is_officer,
        may_work=request.user.may(P.TICKETS_WORK), spam=await spam_count(), flashes=flashes(request, DONE), now=datetime.now(UTC),
    )  # fmt: skip


router = Router("", route_handlers=[list_mails, into_ticket, into_new, dismiss, list_spam, rescue_entry, dismiss_all])
