"""The worker: which tasks there are, and when the regular ones run. `crm worker` starts it."""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

import structlog
from arq import cron, func
from arq.cron import CronJob
from arq.typing import WorkerCoroutine
from arq.worker import Function

from crm import database, queue
from crm.settings import Settings
from crm.web import i18n
from tasks import (
    bulk,
    consents,
    customers,
    duplicates,
    exports,
    housekeeping,
    imports,
    mail,
    mailings,
    notifications,
    portfolio,
    privacy,
    profiles,
    reminders,
    reports,
    surveys,
    tickets,
    touchpoints,
)

log = structlog.get_logger()

Task = Callable[..., Awaitable[None]]

SLOW_MS = 1000
"""A task that took longer is in the log even where only what matters is written."""
FEW_SECONDS = set(range(0, 60, 5))
"""At which is swept what people wait for to the minute; it costs a look at an index that is nearly always empty."""
HALF_MINUTES = {0, 30}
"""Seconds of each minute at which what must not be late is swept."""

ON_DEMAND: tuple[Task, ...] = (
    duplicates.search_all_duplicates,
    duplicates.search_changed_duplicates,
    bulk.run_bulk_change,
    imports.undo_import,
    imports.work_on_import,
    mail.send_message,
    mailings.run_mailing,
    mail.file_incoming_mail,
    mail.file_logged_mail,
    privacy.erase_person,
    privacy.run_retention,
    profiles.compute_scores,
    reminders.deliver_reminder,
    reports.produce_report,
    exports.produce_export,
    privacy.produce_copy,
    privacy.send_notices,
    tickets.apply_new_terms,
    tickets.offer_waiting_tickets,
)
"""What actions ask for by name once they have written their row."""

LONG: dict[Task, int] = {
    privacy.send_notices: 1800,
    exports.produce_export: 1800,
    privacy.erase_person: 1800,
    privacy.run_retention: 1800,
    privacy.produce_copy: 3600,
}
"""Seconds for what may take longer than others: a workbook of 100,000 customers on a busy machine; a long history to erase."""

TIMETABLE: tuple[tuple[Task, dict[str, Any]], ...] = (
    (imports.sweep_imports, {"second": HALF_MINUTES}),
    (mail.sweep_outbox, {"second": HALF_MINUTES}),
    (mailings.sweep_mailings, {"second": HALF_MINUTES}),
    (mail.poll_letter_boxes, {"second": 50}),
    (reminders.sweep_reminders, {"second": FEW_SECONDS}),
    (reminders.tell_of_waiting_calls, {"second": 35}),
    (reminders.follow_up, {"minute": {10, 40}, "second": 15, "run_at_startup": True}),
    (notifications.sweep_notification_mails, {"second": HALF_MINUTES}),
    (tickets.sweep_promises, {"second": HALF_MINUTES}),
    (bulk.sweep_bulk_changes, {"second": 45}),
    (portfolio.run_due_handovers, {"minute": 5, "run_at_startup": True}),
    (tickets.offer_waiting_tickets, {"second": 10}),
    (tickets.settle_automatic_answers, {"minute": {20, 50}, "second": 25}),
    (tickets.remind_of_expiring_answers, {"hour": 6, "minute": 10, "run_at_startup": True}),
    (touchpoints.remind_of_guide_reviews, {"hour": 6, "minute": 15, "run_at_startup": True}),
    (tickets.close_solved_tickets, {"minute": {7, 37}, "second": 20, "run_at_startup": True}),
    (reports.sweep_reports, {"second": 20}),
    (reports.sweep_rollups, {"second": 50, "run_at_startup": True}),
    (surveys.sweep_surveys, {"second": 5}),
    (exports.sweep_exports, {"second": 40}),
    (privacy.sweep_copies, {"second": 55}),
    (reports.request_monthly_reports, {"hour": 6, "minute": 0, "run_at_startup": True}),
    (reports.measure_effects, {"hour": 5, "minute": 20, "run_at_startup": True}),
    (duplicates.search_changed_duplicates, {"second": {5, 35}}),
    (duplicates.sweep_duplicate_searches, {"second": 25}),
    (duplicates.request_duplicate_search, {"hour": 2, "minute": 30}),
    (profiles.sweep_scores, {"second": 40}),
    (profiles.request_nightly_scores, {"hour": 2, "minute": 30}),
    (profiles.forget_attributes, {"hour": 3, "minute": 15}),
    (imports.forget_imports, {"hour": 3, "minute": 40}),
    (housekeeping.forget_expired, {"hour": 3, "minute": 30}),
    (exports.forget_old_exports, {"hour": 3, "minute": 31}),
    (privacy.forget_old_copies, {"hour": 3, "minute": 33}),
    (housekeeping.forget_deleted_documents, {"hour": 3, "minute": 32}),
    (housekeeping.forget_unused_files, {"hour": 3, "minute": 35}),
    (mail.forget_settled_mails, {"hour": 3, "minute": 41}),
    (customers.end_deletions, {"hour": 3, "minute": 40}),
    (consents.expire_consents, {"hour": 3, "minute": 43}),
    (privacy.sweep_erasures, {"second": 15}),
    (privacy.replay_erasures, {"minute": 25, "second": 5, "run_at_startup": True}),
    (privacy.end_duties, {"hour": 3, "minute": 20}),
    (privacy.run_retention, {"hour": 3, "minute": 50}),
    (privacy.sweep_retention, {"minute": {2, 32}, "second": 50}),
    (privacy.remind_of_requests, {"minute": {3, 33}, "second": 30, "run_at_startup": True}),
    (privacy.sweep_notices, {"second": 5}),
    (privacy.forget_access, {"hour": 3, "minute": 50}),
    (consents.watch_ledger, {"hour": 3, "minute": 45}),
)
"""What runs by the clock of the company's time zone. With several workers each run happens once; every task may
nevertheless run twice, because a worker can die in the middle of one."""


def logged(task: Task) -> WorkerCoroutine:
    """The task, with a line in the log about each run: its name, what it was about, how long it took."""

    @functools.wraps(task)
    async def run(ctx: dict[str, Any], *ids: int) -> None:
        began = time.perf_counter()
        outcome = "failed"
        try:
            await task(ctx, *ids)
            outcome = "done"
        finally:
            took = round((time.perf_counter() - began) * 1000, 1)
            write = log.warning if outcome == "failed" else log.info if took > SLOW_MS else log.debug
            write("task", task=task.__name__, ids=list(ids), ms=took, outcome=outcome)

    return cast(WorkerCoroutine, run)


def on_demand() -> list[Function]:
    return [func(logged(task), name=task.__name__, timeout=LONG.get(task)) for task in ON_DEMAND]


def timetable() -> list[CronJob]:
    return [
        cron(logged(task), name=f"cron:{task.__name__}", timeout=LONG.get(task), **when) for task, when in TIMETABLE
    ]


async def start(ctx: dict[str, Any]) -> None:
    """Before the first task: the pool, and the company's zone in which dates are written."""
    settings = Settings.from_env()
    i18n.zone.set(ZoneInfo(settings.time_zone))
    await database.open_pool(settings.db_pool_size)


async def stop(ctx: dict[str, Any]) -> None:
    await queue.close_queue()
    await database.close_pool()


class WorkerSettings:
    """What arq reads. A result is kept for a minute only, so that a second worker whose clock is a little behind does
    not repeat a run of the timetable; the truth about a task's work stands in PostgreSQL."""

    functions = on_demand()
    cron_jobs = timetable()
    on_startup = start
    on_shutdown = stop
    redis_settings = queue.redis_settings()
    job_serializer = staticmethod(queue.pack)
    job_deserializer = staticmethod(queue.unpack)
    timezone = ZoneInfo(Settings.from_env().time_zone)
    poll_delay = 0.2
    job_timeout = 300
    job_completion_wait = 10
    keep_result = 60
    max_jobs = 10
    max_tries = 3
    log_results = False
