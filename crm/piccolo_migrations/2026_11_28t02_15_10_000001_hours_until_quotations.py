"""Measures of quotations are judged by the report's figure: hours of business time from the request to the sending. A target was typed in
days, of which a working day has eight hours; the baseline is measured again, and what came after it is by the next night."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T02:15:10:000001"
VERSION = "1.38.0"
DESCRIPTION = "Hours until quotations"

FORWARDS = """
    UPDATE measure m SET target = m.target * 8, before_low = NULL, before_high = NULL, after_at = NULL, after_value = NULL, after_n = 0,
        after_low = NULL, after_high = NULL,
        before_value = (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY q.turnaround_min) / 60.0 FROM quotation q
            WHERE q.sent_at >= m.before_from AND q.sent_at < m.before_until AND q.turnaround_min IS NOT NULL),
        before_n = (SELECT count(*) FROM quotation q
            WHERE q.sent_at >= m.before_from AND q.sent_at < m.before_until AND q.turnaround_min IS NOT NULL)
    WHERE m.metric = 'quotation_turnaround'
"""
BACKWARDS = """
    UPDATE measure m SET target = m.target / 8, before_low = NULL, before_high = NULL, after_at = NULL, after_value = NULL, after_n = 0,
        after_low = NULL, after_high = NULL,
        before_value = (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM q.sent_at - q.requested_at) / 86400.0)
            FROM quotation q WHERE q.sent_at >= m.before_from AND q.sent_at < m.before_until AND q.sent_at > q.requested_at)
    WHERE m.metric = 'quotation_turnaround'
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute(FORWARDS)

    async def undo() -> None:
        from crm.database import execute

        await execute(BACKWARDS)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
