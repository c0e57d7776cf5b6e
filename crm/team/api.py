"""The figures of the team over JSON: of all together, never of one member of staff."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
from litestar import Router, get, patch
from litestar.params import FromQuery, JSONBody

from crm.accounts.company import company
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.settings_changes import change_company
from crm.team.handlers import MOST_DAYS
from crm.team.looking import look_at
from crm.team.periods import Period
from crm.team.queries import PAGE, scope_of, untouched_customers
from crm.team.sentences import days_since
from crm.web.forms import Fields
from crm.web.i18n import local_name
from crm.web.parameters import Limit, demand_ids


class TeamDay(msgspec.Struct):
    """`count` is null for a day that lies ahead, `before` where the stretch before has no such day (any more)."""

    on: date
    count: int | None
    before: int | None


class TeamCount(msgspec.Struct):
    """`code` is empty for contacts without a touchpoint; `name` is in the language of the token's user."""

    code: str
    count: int
    before: int
    name: str = ""


class TeamContacts(msgspec.Struct):
    count: int
    before: int
    days: list[TeamDay]
    channels: list[TeamCount]
    touchpoints: list[TeamCount]


class TeamWaiting(msgspec.Struct):
    """`..._since`: the oldest has waited since then."""

    untouched_customers: int
    quotations_requested: int
    quotations_requested_since: datetime | None
    quotations_sent: int
    quotations_sent_since: datetime | None
    follow_ups_overdue: int
    call_backs_open: int
    call_backs_overdue: int


class TeamOut(msgspec.Struct):
    """`summary` is in the language of the token's user. `untouched_after_days` is for customers without a contact rhythm."""

    period: str
    first: date
    last: date
    team_id: int | None
    summary: list[str]
    contacts: TeamContacts
    waiting: TeamWaiting
    untouched_after_days: int


class UntouchedOut(msgspec.Struct):
    """`days` without contact since `since`: the last contact, or the day on which the customer came."""

    customer_id: int
    name: str
    owner_id: int | None
    owner: str | None
    last_contact_at: datetime | None
    since: datetime
    days: int
    rhythm_days: int | None


class UntouchedPage(msgspec.Struct):
    items: list[UntouchedOut]
    next: str | None


class TeamChange(msgspec.Struct, forbid_unknown_fields=True):
    untouched_after_days: int


@get("/team", permission=Permission.TEAM_VIEW)
async def read_team(
    request: StaffRequest, period: FromQuery[str] = Period.WEEK.value, team: FromQuery[int | None] = None
) -> TeamOut:
    """The figures of a period (`week`, `30_days`, `month`, `last_month`), of everybody or of one team."""
    now = datetime.now(UTC)
    demand_ids(team=team)
    fields = Fields({"period": period})
    wanted = fields.choice("period", Period)
    fields.check()
    look = await look_at(wanted, team, now)
    contacts, work = look.contacts, look.work
    return TeamOut(
        wanted.value, look.span.first, look.span.last, team, look.sentences(now),
        TeamContacts(
            contacts.count, contacts.before, [TeamDay(one.on, one.count, one.before) for one in contacts.days],
            [TeamCount(one.code, one.count, one.before) for one in contacts.channels],
            [TeamCount(one.code, one.count, one.before, local_name(one)) for one in contacts.touchpoints],
        ),
        TeamWaiting(
            work.untouched, work.requested, work.requested_since, work.sent, work.sent_since, work.follow_ups, work.call_backs,
            work.call_backs_overdue,
        ),
        look.scope.days,
    )  # fmt: skip


@get("/team/untouched", permission=Permission.TEAM_VIEW)
async def list_untouched(
    request: StaffRequest, team: FromQuery[int | None] = None, limit: Limit = PAGE, cursor: FromQuery[str | None] = None
) -> UntouchedPage:
    """Customers without personal contact for too long, the longest first."""
    now = datetime.now(UTC)
    demand_ids(team=team)
    found = await untouched_customers(await scope_of(team), now, limit=limit, cursor=cursor)
    items = [
        UntouchedOut(
            row.id, row.name, row.owner_id, row.owner_name, row.last_contact_at, row.since,
            days_since(row.since, now), row.rhythm_days,
        )
        for row in found.rows
    ]  # fmt: skip
    return UntouchedPage(items, found.next)


@patch("/team", permission=Permission.TEAM_VIEW)
async def change_team(request: StaffRequest, data: JSONBody[TeamChange]) -> TeamChange:
    """When a customer without a contact rhythm has been without contact too long."""
    fields = Fields({"untouched_after_days": str(data.untouched_after_days)})
    days = fields.number("untouched_after_days", low=1, high=MOST_DAYS, required=True)
    fields.check()
    await change_company(
        {"untouched_after_days": days}, (await company()).version, by=request.user.id, now=datetime.now(UTC)
    )
    return TeamChange(days or 0)


router = Router(
    "/api/v1", route_handlers=[read_team, list_untouched, change_team], include_in_schema=True, tags=["team"]
)
