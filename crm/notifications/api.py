"""How the user of a token wants to be mailed, over JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Router, get, put
from litestar.params import JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.notifications.forms import preference_from
from crm.notifications.kinds import Group
from crm.notifications.preferences import preference_for, save_preference
from crm.notifications.quiet_times import Preference, Wish
from crm.web.forms import Fields


class NotificationPreferences(msgspec.Struct, forbid_unknown_fields=True):
    """Per group: `at_once`, `digest` or `none`. `digest_at` is a time of day by the company's clock (07:00, full or half hours). Without
    `at_night` nothing is mailed from 20:00 to 7:00, without `on_days_off` nothing on Sundays and holidays: it comes later, gathered."""

    follow_ups: Wish = Wish.AT_ONCE
    enquiries: Wish = Wish.AT_ONCE
    alarms: Wish = Wish.AT_ONCE
    others: Wish = Wish.AT_ONCE
    digest_at: str = "07:00"
    at_night: bool = False
    on_days_off: bool = False


@get("/notification-preferences", permission=Permission.SIGNED_IN)
async def show(request: StaffRequest) -> NotificationPreferences:
    """What the user of the token wishes."""
    return _shape(await preference_for(request.user.id))


@put("/notification-preferences", permission=Permission.SIGNED_IN)
async def change(request: StaffRequest, data: JSONBody[NotificationPreferences]) -> NotificationPreferences:
    """Wish for something else; what is left out goes back to what everybody has. A repeat changes nothing."""
    flags = {"at_night": "1" if data.at_night else "", "on_days_off": "1" if data.on_days_off else ""}
    wished = preference_from(Fields({**msgspec.to_builtins(data), **flags}))
    await save_preference(request.user.id, wished, by=request.user.id, now=datetime.now(UTC))
    return _shape(wished)


def _shape(preference: Preference) -> NotificationPreferences:
    return NotificationPreferences(
        follow_ups=preference.wish(Group.FOLLOW_UPS),
        enquiries=preference.wish(Group.ENQUIRIES),
        alarms=preference.wish(Group.ALARMS),
        others=preference.wish(Group.REST),
        digest_at=f"{preference.digest_at:%H:%M}",
        at_night=preference.at_night,
        on_days_off=preference.on_days_off,
    )


router = Router("/api/v1", route_handlers=[show, change], include_in_schema=True, tags=["notifications"])
