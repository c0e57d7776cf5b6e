"""Which teams and saved lists have a report of their own each month, besides the company."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from crm.accounts.audit import record
from crm.accounts.permissions import Permission
from crm.accounts.queries import staff_who_may
from crm.database import Lock, execute, take_lock, transaction
from crm.errors import Conflict, Invalid
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.reports import months
from crm.reports.queries import scopes
from crm.reports.scopes import Scope
from crm.web.i18n import _


async def choose_scopes(
    chosen: Mapping[str, bool], *, by: int, now: datetime, seen: Collection[str] | None = None
) -> None:
    """Draw up the reports of these scopes by themselves from now on (True), or no longer; what is not named stays as it is. `seen`: the
    codes of those that were made by themselves when the choice was shown.

    Raises Invalid for what is no team or shared list, or one of which there can be no report; Conflict if somebody else has chosen
    meanwhile, and would be overruled unawares."""
    async with transaction():
        await take_lock(Lock.REPORT, "scopes")
        known = {one.code: one for one in await scopes() if not one.is_company}
        for code, is_wanted in chosen.items():
            if code not in known:
                raise Invalid({code: _("There are no reports about this team or saved list.")})
            if is_wanted and not known[code].is_automatic and known[code].refusal:
                raise Invalid({code: _(known[code].refusal)})
        changed = {code: is_wanted for code, is_wanted in chosen.items() if known[code].is_automatic != is_wanted}
        if changed and seen is not None:
            _demand_as_seen(known, seen)
        for code, is_wanted in changed.items():
            if is_wanted:
                await execute(
                    "INSERT INTO report_scope (scope, added_at, added_by) VALUES ($1, $2, $3) ON CONFLICT (scope) DO NOTHING",
                    code, now, by,
                )  # fmt: skip
            else:
                await execute("DELETE FROM report_scope WHERE scope = $1", code)
        if changed:
            before = [one.name or one.code for one in known.values() if one.is_automatic]
            after = [one.name or one.code for one in known.values() if changed.get(one.code, one.is_automatic)]
            fields = {"report_scopes": [", ".join(before), ", ".join(after)]}
            await record("report.scopes", "report", None, by=by, now=now, fields=fields)


def _demand_as_seen(known: Mapping[str, Scope], seen: Collection[str]) -> None:
    added = [one.title for one in known.values() if one.is_automatic and one.code not in seen]
    ended = [one.title for one in known.values() if not one.is_automatic and one.code in seen]
    told = [
        text % {"names": ", ".join(names)}
        for text, names in ((_("Now chosen: %(names)s."), added), (_("No longer chosen: %(names)s."), ended))
        if names
    ]
    if told:
        sentence = _("Somebody else has changed the choice meanwhile. Look at it and save again.")
        raise Conflict(" ".join([sentence, *told]))


async def tell_refused(scope: Scope, month: date, *, now: datetime) -> None:
    """Tell those who manage reports, once a month, that a chosen report cannot be drawn up, and why."""
    written = months.written(month)
    for user in await staff_who_may(Permission.REPORTS_MANAGE):
        await notify(
            user, Kind.REPORT_REFUSED, detail={"name": scope.name, "month": written, "reason": scope.refusal},
            link="/reports/scopes", now=now, dedupe_key=f"report-refused {written} {scope.code} {user}",
        )  # fmt: skip
