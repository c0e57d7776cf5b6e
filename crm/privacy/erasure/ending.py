"""What goes later: rows that a duty kept, when it ends; and the answer to who asked, when it is sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from crm.accounts.audit import record
from crm.database import fetch, transaction
from crm.personal import declared
from crm.privacy.erasure.emptying import Shape, children_first, empty_rows, shape
from crm.privacy.erasure.executing import apply_treatment
from crm.privacy.erasure.finishing import forget_files
from crm.web.i18n import zone

UNSENT_KEPT = timedelta(days=14)
"""So long the answer waits for the mail server, or for an officer who mends the address."""

_OVER = """
    SELECT DISTINCT r.erasure, r.table_name FROM erasure_row r JOIN erasure e ON e.id = r.erasure
    WHERE r.treatment = 'keep' AND r.done_at IS NULL AND r.ends_on < $1 AND e.status = 'done' AND NOT EXISTS (
        SELECT FROM legal_hold h WHERE h.lifted_at IS NULL AND (h.until_on IS NULL OR h.until_on >= $1)
        AND (h.person = ANY(e.persons) OR h.customer = ANY(e.customers)))
    ORDER BY r.erasure, r.table_name
"""


async def end_duties(*, now: datetime) -> int:
    """Every night: what a duty kept of somebody who was erased goes when its last day is over; how many rows. A hold stops it. Safe to
    run twice."""
    today = now.astimezone(zone.get()).date()
    waiting = await fetch(_OVER, today)
    if not waiting:
        return 0
    known, gone = await shape(), 0
    for erasure_id in dict.fromkeys(row.erasure for row in waiting):
        tables = [row.table_name for row in waiting if row.erasure == erasure_id]
        ended = 0
        for table in children_first(tables, known):
            ended += await _end_duty(erasure_id, table, known, today, now)
        await forget_files(erasure_id)
        if ended:
            await record("erasure.duty_ended", "erasure", erasure_id, by=None, now=now, fields={"rows": ended})
        gone += ended
    return gone


async def _end_duty(erasure_id: int, table: str, known: Shape, today: date, now: datetime) -> int:
    async with transaction():
        rows = await fetch(
            "UPDATE erasure_row SET done_at = $3 WHERE erasure = $1 AND table_name = $2 AND treatment = 'keep' AND done_at IS NULL "
            "AND ends_on < $4 RETURNING row_id",
            erasure_id, table, now, today,
        )  # fmt: skip
        treatment = declared(table).erase.value
        await apply_treatment(erasure_id, table, {row.row_id: treatment for row in rows}, known, now)
    return len(rows)


async def forget_answers(*, now: datetime) -> int:
    """The mail that told somebody of their erasure is emptied when it has left, and after two weeks whatever became of it: its address
    is the last thing that was known of them. How many."""
    async with transaction():
        rows = await fetch(
            "UPDATE erasure e SET outbox_id = NULL FROM outbox_message m WHERE m.id = e.outbox_id "
            "AND (m.status = 'sent' OR e.finished_at < $1) RETURNING m.id",
            now - UNSENT_KEPT,
        )
        if rows:
            await fetch(
                "UPDATE outbox_message SET status = CASE WHEN status = 'sent' THEN status ELSE 'failed' END, next_attempt_at = NULL "
                "WHERE id = ANY($1)",
                [row.id for row in rows],
            )
            await empty_rows(declared("outbox_message"), [row.id for row in rows], await shape(), now)
    return len(rows)
