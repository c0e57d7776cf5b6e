"""Pages of notifications: the list (as a page or in the dialog), opening one, marking as read, and the bell's count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import NotFound
from crm.notifications import preference_pages
from crm.notifications.actions import mark_all_read, mark_read
from crm.notifications.queries import notifications_of, unread_count
from crm.notifications.streaming import stream
from crm.web.render import fragment, is_fragment, page, see_other


@get("/notifications", permission=Permission.SIGNED_IN)
async def show_notifications(request: StaffRequest, before: FromQuery[str | None] = None) -> Response[str]:
    """One's own notifications; htmx gets the next rows, or the list for the dialog."""
    items, following = await notifications_of(request.user.id, before)
    context: dict[str, Any] = {"items": items, "next": following}
    if is_fragment(request):
        return await fragment(
            request, "notifications/_items.html" if before else "notifications/_dialog.html", **context
        )
    return await page(request, "notifications/index.html", **context)


@get("/notifications/count", permission=Permission.SIGNED_IN)
async def count(request: StaffRequest) -> Response[str]:
    """The bell with its number; it asks for itself every 30 seconds where no stream tells it."""
    return await fragment(request, "notifications/_bell.html", unread=await unread_count(request.user.id))


@get("/notifications/{notification_id:int}", permission=Permission.SIGNED_IN)
async def open_notification(request: StaffRequest, notification_id: FromPath[int]) -> Redirect:
    """Go to what it tells of; from then on it is read. Only noting that, GET changes nothing that anybody else sees."""
    link = await mark_read(notification_id, by=request.user.id, now=datetime.now(UTC))
    if link is None:
        raise NotFound()
    return Redirect(link or "/notifications", status_code=303)


@post("/notifications/{notification_id:int}/reading", permission=Permission.SIGNED_IN, status_code=303)
async def read_one(request: StaffRequest, notification_id: FromPath[int]) -> Response[Any]:
    """Mark one as read without opening it."""
    if await mark_read(notification_id, by=request.user.id, now=datetime.now(UTC)) is None:
        raise NotFound()
    return await _after_reading(request)


@post("/notifications/reading", permission=Permission.SIGNED_IN, status_code=303)
async def read_all(request: StaffRequest) -> Response[Any]:
    """Mark all as read."""
    await mark_all_read(by=request.user.id, now=datetime.now(UTC))
    return await _after_reading(request)


async def _after_reading(request: StaffRequest) -> Response[Any]:
    if not is_fragment(request):
        return see_other(request, "/notifications")
    items, following = await notifications_of(request.user.id)
    return await fragment(
        request, "notifications/_list.html", items=items, next=following, unread=await unread_count(request.user.id)
    )


router = Router(
    "",
    route_handlers=[
        show_notifications,
        count,
        stream,
        open_notification,
        read_one,
        read_all,
        *preference_pages.route_handlers,
    ],
)
