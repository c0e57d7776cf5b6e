"""Of whom there are reports, and their runs as pages and the API see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from crm.customers.lists.wanted import Wanted, conditions, search_tests
from crm.database import Arguments, Row, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from crm.reports import months
from crm.reports.figures import figures_of, first_month
from crm.reports.scopes import COMPANY, WHOLE, Scope, is_code, wanted_of
from crm.reports.shape import MonthFigures, ScopeOf
from crm.reports.tables import RunStatus
from crm.text import fold
from crm.web.formats import month as month_year
from crm.web.i18n import _

_SCOPES = """
    SELECT coalesce(here.code, told.scope, own.scope) AS code, coalesce(here.name, told.name, '') AS name,
        coalesce(here.query, '') AS query, here.team AS team_id, here.code IS NOT NULL AS is_there, own.scope IS NOT NULL AS is_automatic
    FROM (SELECT 'team:' || id AS code, name, '' AS query, id AS team FROM team
        UNION ALL SELECT 'segment:' || id, name, query, team FROM saved_view WHERE team IS NOT NULL) here
    FULL JOIN (SELECT scope, (array_agg(scope_name ORDER BY id DESC))[1] AS name FROM report_run WHERE scope <> 'company' GROUP BY 1) told
        ON told.scope = here.code
    FULL JOIN report_scope own ON own.scope = coalesce(here.code, told.scope)
"""


async def scopes() -> list[Scope]:
    """All of which there are or can be reports: the company, teams, shared lists, and those that are gone and have reports."""
    rows = await fetch(
        f"SELECT * FROM ({_SCOPES}) x ORDER BY code NOT LIKE 'team%', NOT is_there, lower(name), code LIMIT 500"
    )
    return [WHOLE, *(_scope(row) for row in rows)]


async def scope_for(code: str) -> Scope:
    """One of them; an empty code is the company. Raises NotFound for what is no code, and what there never was."""
    if code in ("", COMPANY):
        return WHOLE
    row = await fetch_one(f"SELECT * FROM ({_SCOPES}) x WHERE code = $1", code) if is_code(code) else None
    if row is None:
        raise NotFound(_("There are no reports about this team or saved list."))
    return _scope(row)


async def scope_named(text: str) -> Scope:
    """By its code, or as people say it: "team:Service", "segment:Großkunden". Raises NotFound, and RuleBroken with their codes where
    several bear this name."""
    if text in ("", COMPANY) or is_code(text):
        return await scope_for(text)
    kind, _colon, name = text.partition(":")
    rows = await fetch(f"SELECT * FROM ({_SCOPES}) x WHERE is_there ORDER BY length(code), code")
    found = [one for one in map(_scope, rows) if one.kind == kind and fold(one.name) == fold(name)]
    if not found:
        raise NotFound(_("There are no reports about this team or saved list."))
    if len(found) > 1:
        codes = ", ".join(one.code for one in found)
        raise RuleBroken(
            _("Several are called that. Say which one you mean by its code: %(codes)s.") % {"codes": codes}
        )
    return found[0]


def _scope(row: Row) -> Scope:
    return Scope(row.code, row.name, row.query, row.team_id, row.is_there, row.is_automatic)


async def told_of(scope: Scope, wanted: Wanted) -> ScopeOf:
    """How the scope stands in the figures: its code, its name, and how many customers are meant."""
    arguments = Arguments()
    where = " AND ".join([*conditions(wanted, arguments), *search_tests(wanted.terms)])
    customers = await fetch_value(
        f"SELECT count(*) FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE {where}", *arguments
    )
    return ScopeOf(scope.code, scope.name, int(customers))


LAST_EDITION = """
    SELECT coalesce(max(edition), 1) AS edition, coalesce((array_agg(note ORDER BY edition DESC))[1], '') AS note
    FROM report_run WHERE month = $1 AND scope = $2"""
"""The newest edition of a month's report and its note; the first one if there is none yet."""


def lock_of(month: date, scope: str) -> str:
    """What whoever fixes or corrects the figures of a month and scope locks."""
    return f"{months.written(month)} {scope}"


_RUN = (
    "id, month, scope, scope_name, language, status, is_provisional, requested_by, requested_at, claimed_at, finished_at, pdf_hash, error, "
    "edition, note"
)


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month in the list of reports: by language its newest runs, if there are any, and the newest of which there is a PDF to read,
    which stays while a correction is under way. Provisional ones are read in their month only."""

    month: date
    is_running: bool
    runs: dict[str, Row]
    readable: dict[str, Row]

    @property
    def is_final(self) -> bool:
        return any(not run.is_provisional for run in self.readable.values())


async def run_for(month: date, language: str, scope: str = COMPANY) -> Row | None:
    """The run of the report for this month, scope and language, in the newest edition; or None."""
    return await fetch_one(
        f"SELECT {_RUN} FROM report_run WHERE month = $1 AND scope = $2 AND language = $3 ORDER BY edition DESC LIMIT 1",
        month, scope, language,
    )  # fmt: skip


async def editions_of(month: date, scope: str = COMPANY) -> list[Row]:
    """All runs of the report for this month and scope, the earliest edition first."""
    return await fetch(
        f"SELECT {_RUN} FROM report_run WHERE month = $1 AND scope = $2 ORDER BY edition, language", month, scope
    )


async def run_by_id(run_id: int) -> Row | None:
    return await fetch_one(f"SELECT {_RUN} FROM report_run WHERE id = $1", run_id)


async def stored_figures(month: date, edition: int | None = None, scope: str = COMPANY) -> MonthFigures | None:
    """The figures that were fixed for a past month and scope by the first run of this edition (without one: of the newest that has any), in
    whichever language; None before that."""
    row = await fetch_one(
        "SELECT figures::text AS figures FROM report_run WHERE month = $1 AND scope = $2 AND NOT is_provisional "
        "AND figures <> '{}'::jsonb AND ($3::int IS NULL OR edition = $3) ORDER BY edition DESC, claimed_at, id LIMIT 1",
        month, scope, edition,
    )  # fmt: skip
    return msgspec.json.decode(row.figures, type=MonthFigures) if row else None


async def figures_for(
    month: date, *, now: datetime, zone: ZoneInfo, scope: Scope = WHOLE, with_effects: bool = True
) -> MonthFigures:
    """What the report of a month says: the fixed figures, or those of this moment, which are provisional until the
    first run after the month's end fixes them. Raises NotDrawnUp where there are none of a team or list that is gone."""
    if stored := await stored_figures(month, scope=scope.code):
        return stored
    return await figures_now(month, scope, now=now, zone=zone, is_provisional=True, with_effects=with_effects)


async def figures_now(
    month: date, scope: Scope, *, now: datetime, zone: ZoneInfo, is_provisional: bool, with_effects: bool = True
) -> MonthFigures:
    """The figures of this moment. Raises NotDrawnUp where nobody can say whose customers are meant."""
    wanted = wanted_of(scope, now)
    found = await figures_of(
        month, now=now, zone=zone, is_provisional=is_provisional, wanted=wanted, with_effects=with_effects
    )
    return found if wanted is None else replace(found, scope=await told_of(scope, wanted))


async def month_lines(*, now: datetime, zone: ZoneInfo, limit: int = 24, scope: str = COMPANY) -> list[MonthLine]:
    """The running month and the past ones, newest first, back to the first in which anything was recorded."""
    current = months.month_of(now, zone)
    oldest = await first_month(zone) or current
    listed = [months.earlier(current, n) for n in range(limit) if months.earlier(current, n) >= oldest]
    runs = await fetch(
        f"SELECT {_RUN} FROM report_run WHERE scope = $1 AND month = ANY($2::date[]) ORDER BY edition, language",
        scope,
        listed,
    )
    return [_line(month, [run for run in runs if run.month == month], is_running=month == current) for month in listed]


def _line(month: date, runs: Sequence[Row], *, is_running: bool) -> MonthLine:
    readable = [
        run
        for run in runs
        if run.pdf_hash and (is_running or (run.status == RunStatus.READY and not run.is_provisional))
    ]
    newest, printed = ({run.language: run for run in some} for some in (runs, readable))
    return MonthLine(month, is_running, newest, printed)


def demanded_month(text: str, *, now: datetime, zone: ZoneInfo) -> date:
    """The month of an address. Raises Invalid for what is no month, NotFound for one that has not begun."""
    month = months.month_from(text)
    if month is None:
        raise Invalid({"month": _("Write the month as year and month, such as 2026-10.")})
    if not months.has_begun(month, now, zone):
        raise NotFound(
            _("%(month)s has not begun yet. Choose this month or an earlier one.") % {"month": month_year(month)}
        )
    return month


def is_under_way(run: Row | None) -> bool:
    """True while somebody has asked for it and it is neither ready nor failed."""
    return run is not None and run.status in (RunStatus.REQUESTED, RunStatus.RUNNING)
