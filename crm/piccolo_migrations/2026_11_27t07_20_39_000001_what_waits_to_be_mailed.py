"""The sweep of the mails finds what waits without looking at what has gone."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:20:39:000001"
VERSION = "1.38.0"
DESCRIPTION = "What waits to be mailed"

FORWARDS = (
    "CREATE INDEX ix_notification_mail ON notification (mail_at) WHERE mailed_at IS NULL AND mail_at IS NOT NULL",
    "ALTER TABLE notification_preference ADD CONSTRAINT wish_known CHECK ("
    "ARRAY[follow_ups, enquiries, alarms, others]::text[] <@ ARRAY['at_once', 'digest', 'none'])",
)
BACKWARDS = (
    "ALTER TABLE notification_preference DROP CONSTRAINT wish_known",
    "DROP INDEX IF EXISTS ix_notification_mail",
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
