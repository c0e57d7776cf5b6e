"""What happened at a touchpoint is found by an index, and the touchpoints of the beginning know their moments of truth."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T22:10:57:000001"
VERSION = "1.38.0"
DESCRIPTION = "Contacts, answers and feedback by touchpoint"

FORWARDS = (
    "CREATE INDEX ix_interaction_touchpoint ON interaction (touchpoint, at DESC, id DESC) WHERE touchpoint IS NOT NULL",
    "CREATE INDEX ix_answer_touchpoint ON survey_answer (touchpoint, at DESC, id DESC) WHERE touchpoint IS NOT NULL",
    "CREATE INDEX ix_feedback_touchpoint ON feedback (touchpoint, at DESC, id DESC) "
    "WHERE touchpoint IS NOT NULL AND deleted_at IS NULL",
    "CREATE INDEX ix_touchpoint_parent ON touchpoint (parent) WHERE parent IS NOT NULL",
    "CREATE INDEX ix_touchpoint_replacement ON touchpoint (replacement) WHERE replacement IS NOT NULL",
    "UPDATE touchpoint SET moments = m.reason FROM (VALUES ('invoice', 'unclear_invoice'), ('order_status', 'waiting_for_delivery'), "
    "('hotline', 'hotline_overloaded'), ('complaint_handling', 'failed_service')) AS m (code, reason) WHERE touchpoint.code = m.code",
    "UPDATE touchpoint SET retired_at = now() WHERE state = 'retired'",
)
BACKWARDS = (
    "DROP INDEX ix_interaction_touchpoint",
    "DROP INDEX ix_answer_touchpoint",
    "DROP INDEX ix_feedback_touchpoint",
    "DROP INDEX ix_touchpoint_parent",
    "DROP INDEX ix_touchpoint_replacement",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)

    async def undo() -> None:
        from crm.database import execute

        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
