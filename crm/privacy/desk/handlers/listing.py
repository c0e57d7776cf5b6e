"""The desk itself: the list of requests, one request, and who is restricted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import persons_of
from crm.database import Row
from crm.privacy.desk import clock, words
from crm.privacy.desk.filing import holidays_around, local_day
from crm.privacy.desk.notices import NOTIFIABLE, notices_of
from crm.privacy.desk.queries import VIEWS, log_of, request_for, requests
from crm.privacy.desk.restricting import restricted_now
from crm.privacy.desk.tables import RequestKind
from crm.privacy.desk.wordings import OCCASIONS
from crm.web.forms import Fields
from crm.web.i18n import N_, word
from crm.web.render import flashes, fragment, is_fragment, page

DONE = {
    "begun": N_("You are working on it."),
    "noted": N_("The note is kept."),
    "kind": N_("The request is taken as something else now."),
    "named": N_("The request is about this person now."),
    "identity": N_("What was checked is on record."),
    "sent": N_("It is on its way, and on record."),
    "settled": N_("The request is settled."),
    "restricted": N_("From now on the data are stored and nothing else."),
    "lifted": N_("The data may be used again."),
    "rectified": N_("The data are corrected. Tell the recipients."),
    "objected": N_("The objection is in the ledger and holds."),
    "weighed": N_("What was weighed is on record."),
    "review": N_("Whoever decides on customer values has been asked."),
    "recipient": N_("The recipient is on the list."),
    "told": N_("That the recipient was told is on record."),
    "filed": N_("The request is at the desk."),
}


@get("/privacy/requests", permission=Permission.PRIVACY_MANAGE)
async def list_requests(request: StaffRequest) -> Response[str]:
    """What waits for the officers, the longest due first."""
    query = Fields(request.query_params)
    view, kind = query.one_of("view", VIEWS, "open"), query.one_of("kind", ("", *RequestKind))
    query.check()
    today = local_day(datetime.now(UTC))
    found = await requests(view, today, kind=kind, after=query.text("after", limit=2000))
    base = f"/privacy/requests?view={view}" + (f"&kind={kind}" if kind else "")
    context: dict[str, Any] = {
        "found": found, "view": view, "kind": kind, "today": today, "views": words.VIEWS, "kinds": words.KINDS, "statuses": words.STATUSES,
        "tones": words.TONES, "base": base, "word": word,
    }  # fmt: skip
    if is_fragment(request) and query.text("after", limit=2000):
        return await fragment(request, "privacy/desk/_rows.html", **context)
    return await page(request, "privacy/desk/index.html", flashes=flashes(request, DONE), **context)


@get("/privacy/requests/{request_id:int}", permission=Permission.PRIVACY_MANAGE)
async def show_request(request: StaffRequest, request_id: FromPath[int]) -> Response[str]:
    """All about one request."""
    return await request_page(request, request_id)


async def request_page(
    request: StaffRequest, request_id: int, values: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None,
    at: str = "",
) -> Response[str]:  # fmt: skip
    """The page, or what is wrong with the form `at` on it."""
    found = await request_for(request_id)
    now = datetime.now(UTC)
    received, holidays = local_day(found.received_at), await holidays_around(found.received_at)
    return await page(
        request, "privacy/desk/show.html", status=422 if errors else 200, data_request=found, log=await log_of(request_id),
        notices=await notices_of(request_id) if found.kind in NOTIFIABLE else [], tells_recipients=found.kind in NOTIFIABLE,
        persons=await _persons(found),
        today=local_day(now), received_on=received, is_open=found.settled_at is None, words=words, word=word, occasions=OCCASIONS,
        may_extend=found.extended_on is None and clock.may_be_extended(received, local_day(now), holidays),
        values=values or {}, errors=errors or {}, at=at, flashes=flashes(request, DONE),
    )  # fmt: skip


async def _persons(found: Row) -> list[tuple[int, str]]:
    """Who of an organisation can be meant, or of a private customer to whom several people belong."""
    if found.customer is None:
        return []
    persons = await persons_of(found.customer, restricted=True)
    is_choice = found.customer_kind == "organisation" or len(persons) > 1
    return [(one.id, one.name) for one in persons] if is_choice else []


@get("/privacy/restrictions", permission=Permission.PRIVACY_MANAGE)
async def list_restrictions(request: StaffRequest) -> Response[str]:
    """Whose data are stored and nothing else, now: nobody else sees them anywhere."""
    return await page(request, "privacy/desk/restrictions.html", rows=await restricted_now())


route_handlers = [list_requests, show_request, list_restrictions]
