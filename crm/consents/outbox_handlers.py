"""The outbox page: what is waiting, what left, what was refused and why; for administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents.outbox import counts_by_status, outbox_lines
from crm.consents.sending import try_again
from crm.errors import RuleBroken
from crm.mail.tables import OutboxStatus
from crm.mail.transport import mail_settings
from crm.mail.words import DELIVERY as STATUSES
from crm.mail.words import TONES
from crm.web.i18n import _
from crm.web.render import fragment, is_fragment, page, see_other


@get("/outbox", permission=Permission.SETTINGS_EDIT)
async def show_outbox(
    request: StaffRequest, status: FromQuery[str] = "", before: FromQuery[str | None] = None
) -> Response[str]:
    """The newest messages, of one status if asked."""
    wanted = OutboxStatus(status) if status in set(OutboxStatus) else None
    lines, following = await outbox_lines(wanted, before)
    context: dict[str, Any] = {
        "lines": lines,
        "next": following,
        "chosen": wanted.value if wanted else "",
        "statuses": {key.value: _(word) for key, word in STATUSES.items()},
        "tones": {key.value: tone for key, tone in TONES.items()},
    }
    if is_fragment(request) and before:
        return await fragment(request, "consents/_outbox_lines.html", **context)
    counts = await counts_by_status()
    is_set_up = await mail_settings() is not None
    return await page(request, "consents/outbox.html", counts=counts, is_set_up=is_set_up, **context)


@post("/outbox/{outbox_id:int}/attempts", permission=Permission.SETTINGS_EDIT, status_code=303)
async def retry(request: StaffRequest, outbox_id: FromPath[int]) -> Response[Any]:
    """Try a message again that has failed or waits for its next attempt."""
    if not await try_again(outbox_id, now=datetime.now(UTC)):
        raise RuleBroken(_("Only a message that waits or has failed can be sent again."))
    return see_other(request, "/outbox")


handlers = (show_outbox, retry)
