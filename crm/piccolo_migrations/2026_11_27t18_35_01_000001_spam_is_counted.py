"""What waits says by what else it may be somebody's; what came by a form within an hour is counted quickly."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T18:35:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "Entries are somebody's by telephone and number too"

FORWARDS = (
    "UPDATE incoming_mail m SET phone = left(coalesce(x.entry ->> 'phone', ''), 40), "
    "customer_number = left(upper(coalesce(x.entry ->> 'customer_number', '')), 40) "
    "FROM (SELECT id, convert_from(content, 'UTF8')::jsonb AS entry FROM incoming_mail "
    "WHERE form IS NOT NULL AND length(content) > 0) x WHERE x.id = m.id",
    "CREATE INDEX ix_form_attempt_usual ON form_attempt (form, at) WHERE NOT is_suspicious",
)
BACKWARDS = ("DROP INDEX IF EXISTS ix_form_attempt_usual",)


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
