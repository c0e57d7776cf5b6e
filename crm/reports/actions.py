"""Asking for a report and producing it: a run row is the truth, the queue only makes it prompt."""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime, timedelta

import msgspec
import structlog

from crm.database import Lock, Row, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.errors import NotFound, RuleBroken
from crm.files.actions import store_file
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.queue import enqueue
from crm.reports import months
from crm.reports.page import Edition, print_job
from crm.reports.paper import our_letterhead
from crm.reports.printing import Job
from crm.reports.queries import LAST_EDITION, figures_now, lock_of, scope_for, scopes, stored_figures
from crm.reports.readers import mail_report
from crm.reports.scope_choice import tell_refused
from crm.reports.scopes import COMPANY, WHOLE, NotDrawnUp, Scope
from crm.reports.shape import MonthFigures
from crm.service_levels.holidays import UnknownRegion, public_holidays
from crm.web.i18n import LANGUAGES, N_, _, zone

log = structlog.get_logger()

STALE = timedelta(minutes=5)
"""A run that was claimed so long ago and is not ready has lost its worker."""

TIME_FOR_PRINTING = 120.0
"""Seconds; a report takes about three."""

TROUBLE = N_("The report could not be printed. Try it again; if it stays, tell your administrator the time.")


async def request_report(month: date, language: str, *, by: int | None, now: datetime, scope: Scope = WHOLE) -> int:
    """Ask for the report of a month, once: the id of its run. One that is under way is not started again, and one that
    is final stays as it is. The running month's may be made anew any time.

    Raises NotFound for a month that has not begun, RuleBroken for a language that there is no report in, NotDrawnUp for a scope that
    is gone or means nobody's customers, unless its figures are fixed already.
    """
    if language not in LANGUAGES:
        raise RuleBroken(_("There are reports in German (de) and English (en)."))
    if not months.has_begun(month, now, zone.get()):
        raise NotFound(_("This month has not begun yet. Choose this month or an earlier one."))
    if scope.refusal and await stored_figures(month, scope=scope.code) is None:
        raise NotDrawnUp(scope.refusal)
    async with transaction():
        run_id = await fetch_value(
            "INSERT INTO report_run (month, scope, language, status, is_provisional, requested_by, requested_at, figures, "
            "pdf_hash, error, edition, note, scope_name) "
            "SELECT $1, $2, $3, 'requested', $4, $5, $6, '{}', '', '', last.edition, last.note, $7 "
            f"FROM ({LAST_EDITION}) last "
            "ON CONFLICT (month, scope, language, edition) DO UPDATE SET status = 'requested', requested_by = $5, requested_at = $6, "
            "error = '', claimed_at = NULL, is_provisional = report_run.is_provisional AND $4, "
            "scope_name = CASE WHEN report_run.is_provisional THEN $7 ELSE report_run.scope_name END, "
            "figures = CASE WHEN report_run.is_provisional THEN '{}' ELSE report_run.figures END "
            "WHERE report_run.status = 'failed' OR (report_run.status = 'ready' AND report_run.is_provisional) "
            "RETURNING id",
            month, scope.code, language, not months.is_over(month, now, zone.get()), by, now, scope.name,
        )  # fmt: skip
        if run_id is not None:
            await enqueue("produce_report", run_id)
            return int(run_id)
    return int(
        await fetch_value(
            "SELECT id FROM report_run WHERE month = $1 AND scope = $2 AND language = $3 ORDER BY edition DESC LIMIT 1",
            month,
            scope.code,
            language,
        )
    )


async def produce_report(run_id: int, *, now: datetime) -> bool:
    """Draw up the figures, print, store, and tell whoever asked. False if another worker has it, or it is done.

    What goes wrong is stored with the run in a sentence. Printing happens outside any transaction.
    """
    run = await _claim(run_id, now)
    if run is None:
        return False
    try:
        figures = await _figures(run, now)
        edition = Edition(run.edition, run.note)
        pdf = await print_pdf(print_job(figures, await our_letterhead(), lang=run.language, edition=edition))
    except Exception as problem:
        reason = problem.reason if isinstance(problem, NotDrawnUp) else TROUBLE
        log.error("report_failed", run=run_id, exc_info=problem)
        await execute(
            "UPDATE report_run SET status = 'failed', error = $3, finished_at = $2 "
            "WHERE id = $1 AND status = 'running' AND claimed_at = $2",
            run_id, run.claimed_at, reason,
        )  # fmt: skip
        return False
    return await _finish(run, figures, pdf, now)


async def _claim(run_id: int, now: datetime) -> Row | None:
    """Compare and set: whoever gets the row produces the report. A run within the month becomes final here, if the
    month has ended since it was asked for."""
    return await fetch_one(
        "UPDATE report_run SET status = 'running', claimed_at = $2, error = '', "
        "is_provisional = is_provisional AND $2 < (month + interval '1 month') AT TIME ZONE $4, "
        "figures = CASE WHEN is_provisional THEN '{}' ELSE figures END "
        "WHERE id = $1 AND (status = 'requested' OR (status = 'running' AND claimed_at < $3)) "
        "RETURNING id, month, scope, scope_name, language, is_provisional, requested_by, claimed_at, edition, note",
        run_id, now, now - STALE, zone.get().key,
    )  # fmt: skip


async def _figures(run: Row, now: datetime) -> MonthFigures:
    """The figures of this run. Those of a past month are drawn up once for each edition, whatever the number of languages: the
    first run keeps them on its row, and all others read them there."""
    scope = await scope_for(run.scope)
    async with transaction():
        if not run.is_provisional:
            await take_lock(Lock.REPORT, lock_of(run.month, run.scope))
            if stored := await stored_figures(run.month, run.edition, run.scope):
                return stored
        figures = await figures_now(run.month, scope, now=now, zone=zone.get(), is_provisional=run.is_provisional)
        await execute("UPDATE report_run SET figures = $2 WHERE id = $1", run.id, _encoded(figures))
        return figures


def _encoded(figures: MonthFigures) -> str:
    return msgspec.json.encode(figures).decode()


async def print_pdf(job: Job, seconds: float = TIME_FOR_PRINTING) -> bytes:
    """The PDF of this job, made by a program of its own. Raises RuntimeError if that fails, TimeoutError if it takes longer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crm.reports.printing",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        pdf, errors = await asyncio.wait_for(process.communicate(msgspec.json.encode(job)), seconds)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not pdf.startswith(b"%PDF"):
        raise RuntimeError(f"printing ended with {process.returncode}: {errors.decode(errors='replace')[-2000:]}")
    return pdf


async def _finish(run: Row, figures: MonthFigures, pdf: bytes, now: datetime) -> bool:
    async with transaction():
        name = await store_file(pdf, "application/pdf", now=now)
        mine = await fetch_value(
            "UPDATE report_run SET status = 'ready', figures = $3, pdf_hash = $4, finished_at = $5 "
            "WHERE id = $1 AND status = 'running' AND claimed_at = $2 RETURNING id",
            run.id, run.claimed_at, _encoded(figures), name, now,
        )  # fmt: skip
        if mine is None:
            return False
        if not run.is_provisional:
            await mail_report(run, name, len(pdf), now=now)
        if run.requested_by is not None:
            written = months.written(run.month)
            more = "" if run.scope == COMPANY else f"&scope={run.scope}"
            told = f"{written}, {run.scope_name}" if run.scope_name else written
            await notify(
                run.requested_by, Kind.REPORT_READY, detail={"month": told}, now=now, mail=False,
                link=f"/reports/{written}?lang={run.language}{more}", dedupe_key=f"report {run.id} {run.claimed_at.isoformat()}",
            )  # fmt: skip
    return True


async def sweep_reports(now: datetime) -> None:
    """Nudge the queue about runs that were asked for and not begun, or begun and lost with their worker."""
    waiting = await fetch(
        "SELECT id FROM report_run WHERE (status = 'requested' AND requested_at < $1) "
        "OR (status = 'running' AND claimed_at < $2) ORDER BY id",
        now - timedelta(seconds=30), now - STALE,
    )  # fmt: skip
    for run in waiting:
        await enqueue("produce_report", run.id)


async def request_monthly_reports(now: datetime) -> None:
    """From the first working day of a month on, ask for the final report of the month before, in both languages: of the company, and of
    the teams and lists that a manager has chosen (those who manage reports are told where one cannot be). It is looked at every day:
    what was missed or failed is made up for, and what is there is not made again."""
    local = now.astimezone(zone.get()).date()
    this_month = local.replace(day=1)
    if local < await _first_working_day(this_month) or not await _has_contacts(this_month):
        return
    month = months.earlier(this_month, 1)
    there = {
        (run.scope, run.language)
        for run in await fetch(
            "SELECT scope, language FROM report_run WHERE month = $1 AND NOT is_provisional AND status <> 'failed'",
            month,
        )
    }
    for scope in await scopes():
        if not (scope.is_company or scope.is_automatic):
            continue
        if scope.refusal:
            await tell_refused(scope, month, now=now)
            continue
        for language in LANGUAGES:
            if (scope.code, language) not in there:
                await request_report(month, language, by=None, now=now, scope=scope)


async def _has_contacts(before: date) -> bool:
    """A company that has only just begun has nothing to report."""
    begin = datetime(before.year, before.month, 1, tzinfo=zone.get())
    return bool(await fetch_value("SELECT EXISTS (SELECT 1 FROM interaction WHERE at < $1)", begin))


async def _first_working_day(month: date) -> date:
    """By the calendar of the first service level: its opening hours, its country's holidays and its company days."""
    calendar = await fetch_one(
        "SELECT c.country, c.state, ARRAY(SELECT DISTINCT o.weekday FROM opening_hours o WHERE o.calendar = c.id) AS weekdays, "
        "ARRAY(SELECT d.off_on FROM company_day d WHERE d.calendar = c.id) AS days_off "
        "FROM business_calendar c JOIN service_level s ON s.calendar = c.id ORDER BY s.position, s.id LIMIT 1"
    )
    if calendar is None:
        return month
    try:
        holidays = public_holidays(calendar.country, calendar.state or None, [month.year])
    except UnknownRegion:
        holidays = frozenset()
    return months.first_working_day(month, holidays | set(calendar.days_off), set(calendar.weekdays))
