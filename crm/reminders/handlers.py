"""Follow-ups on the screen: one's own list, done, later, a new one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import customer_for
from crm.errors import Invalid
from crm.reminders import portfolio_pages
from crm.reminders.actions import complete_reminder, postpone_reminder, set_reminder, tomorrow_morning
from crm.reminders.queries import open_reminders, reminder_for
from crm.web.formats import clock, day, local
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.render import fragment, is_fragment, page, see_other


@get("/reminders", permission=Permission.SIGNED_IN)
async def my_reminders(request: StaffRequest) -> Response[str]:
    """All of one's open follow-ups."""
    now = datetime.now(UTC)
    return await page(request, "reminders/index.html", reminders=await open_reminders(request.user.id), moment=now)


@get("/reminders/new", permission=Permission.SIGNED_IN)
async def new_reminder(request: StaffRequest) -> Response[str]:
    query = Fields(request.query_params)
    customer_id = query.reference("customer")
    query.check()
    return await _form(request, customer_id, {}, {})


async def _form(
    request: StaffRequest, customer_id: int | None, values: dict[str, Any], errors: dict[str, str]
) -> Response[str]:
    customer = await customer_for(request.user, customer_id) if customer_id else None
    render = fragment if is_fragment(request) else page
    template = "reminders/_form.html" if is_fragment(request) else "reminders/new.html"
    return await render(
        request, template, status=422 if errors else 200, customer=customer, values=values, errors=errors
    )


@post("/reminders", permission=Permission.SIGNED_IN)
async def create_reminder(request: StaffRequest) -> Response[Any]:
    """A follow-up without a contact event."""
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    customer_id = fields.reference("customer_id")
    text = fields.text("text", required=True, limit=500)
    due_at = fields.moment("due_at", required=True)
    where = f"/customers/{customer_id}" if customer_id else "/"
    try:
        fields.check()
        if customer_id:
            await customer_for(request.user, customer_id)
        assert due_at is not None
        moment = due_at

        async def remind() -> str:
            me = request.user.id
            await set_reminder(user_id=me, customer_id=customer_id, text=text, due_at=moment, by=me, now=now)
            return where

        await form_once(request, fields.text("submission_id"), remind, now=now)
    except Invalid as error:
        return await _form(request, customer_id, fields.values, error.errors)
    return see_other(request, where)


@post("/reminders/{reminder_id:int}/completion", permission=Permission.SIGNED_IN)
async def complete(request: StaffRequest, reminder_id: FromPath[int]) -> Response[Any]:
    """Done, from any list; the line stays for a moment and says so."""
    reminder = await reminder_for(request.user.id, reminder_id)
    await complete_reminder(reminder_id, by=request.user.id, now=datetime.now(UTC))
    return await _told(request, reminder, _("Done: %(text)s") % {"text": reminder.text or reminder.customer_name or ""})


@post("/reminders/{reminder_id:int}/postponement", permission=Permission.SIGNED_IN)
async def postpone(request: StaffRequest, reminder_id: FromPath[int]) -> Response[Any]:
    """Later: tomorrow at nine, in a week, or at a given moment."""
    now = datetime.now(UTC)
    reminder = await reminder_for(request.user.id, reminder_id)
    fields = Fields(dict(await request.form()))
    choice = fields.one_of("until", ["tomorrow", "week", "moment"], "moment")
    moment = fields.moment("due_at", required=choice == "moment")
    fields.check()
    tomorrow = tomorrow_morning(local(now)).astimezone(UTC)
    to = {"tomorrow": tomorrow, "week": tomorrow_morning(local(now) + timedelta(days=6)).astimezone(UTC)}.get(
        choice
    ) or moment
    assert to is not None
    await postpone_reminder(reminder_id, to=to, by=request.user.id, now=now)
    words = {"day": day(to, now), "time": clock(to)}
    return await _told(request, reminder, _("Comes again on %(day)s at %(time)s.") % words)


async def _told(request: StaffRequest, reminder: Any, sentence: str) -> Response[Any]:
    if not is_fragment(request):
        return see_other(request, "/")
    return await fragment(request, "reminders/_settled.html", reminder=reminder, sentence=sentence)


router = Router(
    "",
    route_handlers=[my_reminders, new_reminder, create_reminder, complete, postpone, *portfolio_pages.route_handlers],
)
