"""The page of the team, for leads and management."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get, post

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.settings_changes import change_company
from crm.customers.words import CHANNELS
from crm.errors import Conflict, Invalid
from crm.reports.words import change
from crm.team.drawing import bars_of
from crm.team.looking import look_at
from crm.team.periods import Period
from crm.team.queries import Scope, scope_of, untouched_customers, waiting_quotations
from crm.team.sentences import BEFORE, PERIODS, days_since
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name, word
from crm.web.render import flashes, fragment, is_fragment, page, see_other

MOST_DAYS = 3650
DONE = {"days": N_("From now on this many days count.")}


@get("/team", permission=Permission.TEAM_VIEW)
async def show_team(request: StaffRequest) -> Response[Any]:
    """Contacts of a period and what waits; for htmx the next of the customers without contact."""
    asked = Fields(request.query_params)
    cursor = asked.text("cursor", limit=2000)
    if not (is_fragment(request) and cursor):
        return await _page(request, asked)
    team_id, now = asked.reference("team"), datetime.now(UTC)
    asked.check()
    return await fragment(
        request, "team/_untouched_rows.html", **await _untouched(await scope_of(team_id), _period(asked), now, cursor)
    )


async def _page(
    request: StaffRequest, asked: Fields, *, status: int = 200, typed: str = "", errors: dict[str, str] | None = None
) -> Response[str]:
    team_id, period, now = asked.reference("team"), _period(asked), datetime.now(UTC)
    asked.check()
    look = await look_at(period, team_id, now)
    quotations = await waiting_quotations(team_id)
    context: dict[str, Any] = {
        "look": look, "sentences": look.sentences(now), "drawing": bars_of(look.contacts.days), "before": _(BEFORE[period]),
        "quotations": {
            status: [(row, days_since(row.since, now)) for row in rows] for status, rows in quotations.items()
        },
        "period_chips": [(_(text), _href(code, team_id), code is period) for code, text in PERIODS.items()],
        "team_chips": [
            (_("All"), _href(period, None), team_id is None),
            *((row.name, _href(period, row.id), row.id == team_id) for row in look.scope.teams),
        ],
        "typed_days": typed or str(look.scope.days), "errors": errors or {},
        "channel": lambda code: word(CHANNELS, code), "name_of": local_name, "change": change,
        **await _untouched(look.scope, period, now, asked.text("cursor", limit=2000)),
    }  # fmt: skip
    return await page(request, "team/index.html", status=status, **context, flashes=flashes(request, DONE))


async def _untouched(scope: Scope, period: Period, now: datetime, cursor: str) -> dict[str, Any]:
    found = await untouched_customers(scope, now, cursor=cursor or None)
    columns = [(_("Customer"),), (_("Looked after by"),), (_("Last contact"), "", "num"), (_("Days without contact"), "", "num"),
               (_("Contact rhythm"), "", "num")]  # fmt: skip
    return {
        "columns": columns, "untouched": [(row, days_since(row.since, now)) for row in found.rows],
        "next_href": _href(period, scope.team_id, cursor=found.next) if found.next else "",
    }  # fmt: skip


def _period(asked: Fields) -> Period:
    """The one that is asked for; of an address that names none, this week."""
    return next((one for one in Period if one == asked.text("period")), Period.WEEK)


def _href(period: Period, team_id: int | None, **more: str) -> str:
    said = {"period": period.value if period is not Period.WEEK else "", "team": str(team_id or ""), **more}
    query = urlencode({name: value for name, value in said.items() if value})
    return f"/team?{query}" if query else "/team"


@post("/team/untouched-days", permission=Permission.TEAM_VIEW, status_code=303)
async def save_days(request: StaffRequest) -> Response[Any]:
    """When a customer without a contact rhythm has been without contact too long."""
    fields = Fields(dict(await request.form()))
    days = fields.number("untouched_after_days", low=1, high=MOST_DAYS, required=True)
    version = fields.number("version", low=1, high=2**31 - 1, required=True)
    try:
        fields.check()
        await change_company({"untouched_after_days": days}, version or 0, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        asked = Fields(fields.values)
        return await _page(request, asked, status=422, typed=fields.text("untouched_after_days"), errors=error.errors)
    except Conflict as conflict:
        asked, errors = Fields(fields.values), {"untouched_after_days": conflict.sentence}
        return await _page(request, asked, status=409, typed=fields.text("untouched_after_days"), errors=errors)
    where = _href(_period(fields), fields.reference("team"), done="days")
    return see_other(request, where)


router = Router("", route_handlers=[show_team, save_days])
