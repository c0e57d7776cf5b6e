"""Open alarms are found without walking along those of the past; none is written for a customer who was merged at that instant."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T06:29:12:000001"
VERSION = "1.38.0"
DESCRIPTION = "Alarm rules"

FORWARDS = (
    "CREATE INDEX ix_alarm_open ON alarm (at, id) WHERE acknowledged_at IS NULL AND withdrawn_at IS NULL",
    "CREATE INDEX ix_alarm_customer ON alarm (customer, at DESC)",
    "CREATE INDEX ix_notification_alarm ON notification ((detail->>'alarm_id')) WHERE detail ? 'alarm_id'",
    "CREATE TRIGGER alarm_not_for_merged AFTER INSERT ON alarm REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_merged_customer()",
    "CREATE TRIGGER alarm_not_to_merged AFTER UPDATE OF customer ON alarm "
    "FOR EACH ROW WHEN (NEW.customer IS DISTINCT FROM OLD.customer) EXECUTE FUNCTION refuse_merged_customer()",
)
BACKWARDS = (
    "DROP TRIGGER alarm_not_to_merged ON alarm",
    "DROP TRIGGER alarm_not_for_merged ON alarm",
    "DROP INDEX IF EXISTS ix_notification_alarm",
    "DROP INDEX IF EXISTS ix_alarm_customer",
    "DROP INDEX IF EXISTS ix_alarm_open",
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
