"""One's own log address, what came to it and waits, and for the data protection officer what must not go into a history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import customer_meant, sees_restricted
from crm.errors import Invalid
from crm.interactions.mails.intake import (
    assign_mail,
    drop_mail,
    log_address,
    mails_of_restricted,
    renew_address,
    waiting_mails,
)
from crm.interactions.mails.words import WAITING
from crm.mail.boxes import boxes_in_trouble
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "renewed": N_("You have a new address. What is sent to the old one does not arrive any more."),
    "assigned": N_("The mail stands in the history."),
    "dropped": N_("The mail is dropped; what it said is deleted."),
}  # fmt: skip


@get("/account/mail-log", permission=P.SIGNED_IN)
async def show_mail_log(request: StaffRequest) -> Response[str]:
    return await _page(request)


@post("/account/mail-log/renewal", permission=P.INTERACTIONS_LOG, status_code=303)
async def renew(request: StaffRequest) -> Response[Any]:
    await renew_address(request.user.id, now=datetime.now(UTC))
    return see_other(request, "/account/mail-log?done=renewed")


@post("/account/mail-log/{mail_id:int}/customer", permission=P.INTERACTIONS_LOG, status_code=303)
async def assign(request: StaffRequest, mail_id: FromPath[int]) -> Response[Any]:
    """Say whose a waiting mail is."""
    fields = Fields(dict(await request.form()))
    said = fields.text("customer", required=True)
    customer_id = await customer_meant(said) if said else None
    if said and customer_id is None:
        fields.error("customer", _("No customer, or more than one, is meant by that. Give the number."))
    try:
        fields.check()
        await assign_mail(mail_id, customer_id or 0, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, wrong=(mail_id, said, error.errors))
    return see_other(request, "/account/mail-log?done=assigned")


@post("/account/mail-log/{mail_id:int}/dismissal", permission=P.SIGNED_IN, status_code=303)
async def dismiss(request: StaffRequest, mail_id: FromPath[int]) -> Response[Any]:
    """Do without it."""
    await drop_mail(mail_id, by=request.user.id, officer=sees_restricted(request.user), now=datetime.now(UTC))
    return see_other(request, "/account/mail-log?done=dropped")


async def _page(request: StaffRequest, wrong: tuple[int, str, dict[str, str]] | None = None) -> Response[str]:
    is_officer = sees_restricted(request.user)
    address = None
    if request.user.may(P.INTERACTIONS_LOG):
        address = await log_address(request.user.id, now=datetime.now(UTC))
    return await page(
        request, "mails/log.html", status=422 if wrong else 200, address=address, wrong=wrong, is_officer=is_officer,
        waiting=await waiting_mails(request.user.id), restricted=await mails_of_restricted() if is_officer else [],
        reasons=WAITING, trouble=await boxes_in_trouble(for_log=True) if address else None, flashes=flashes(request, DONE),
    )  # fmt: skip


route_handlers = [show_mail_log, renew, assign, dismiss]
