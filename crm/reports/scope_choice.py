"""Which teams and saved lists have a report of their own each month, besides the company."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crm.accounts.audit import record
from crm.database import execute, transaction
from crm.errors import Invalid
from crm.reports.scopes import scopes
from crm.web.i18n import _


async def choose_scopes(chosen: Mapping[str, bool], *, by: int, now: datetime) -> None:
    """Draw up the reports of these scopes by themselves from now on (True), or no longer; what is not named stays as it is.

    Raises Invalid for what is no team or shared list, or one of which there can be no report."""
    async with transaction():
        known = {one.code: one for one in await scopes() if not one.is_company}
        for code, is_wanted in chosen.items():
            if code not in known:
                raise Invalid({code: _("There are no reports about this team or saved list.")})
            if is_wanted and not known[code].is_automatic and known[code].refusal:
                raise Invalid({code: _(known[code].refusal)})
        changed = {code: is_wanted for code, is_wanted in chosen.items() if known[code].is_automatic != is_wanted}
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
