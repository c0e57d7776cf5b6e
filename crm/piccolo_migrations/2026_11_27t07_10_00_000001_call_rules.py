"""A missed call is noted once; calls to return are found quickly, and none is written for who was merged at that instant."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:10:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of calls to return"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_missed_call ON call_back (number, at) WHERE kind = 'missed' AND number <> ''",
    "CREATE INDEX ix_call_back_open ON call_back (due_at, id) WHERE done_at IS NULL",
    "CREATE INDEX ix_call_back_done ON call_back (done_at, id) WHERE done_at IS NOT NULL",
    "CREATE INDEX ix_call_back_customer ON call_back (customer) WHERE customer IS NOT NULL",
    "CREATE INDEX ix_call_back_person ON call_back (person) WHERE person IS NOT NULL",
    "CREATE TRIGGER call_back_not_for_merged AFTER INSERT ON call_back REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_merged_customer_person()",
    "CREATE TRIGGER call_back_not_to_merged AFTER UPDATE OF customer, person ON call_back FOR EACH ROW "
    "WHEN (NEW.customer IS DISTINCT FROM OLD.customer OR NEW.person IS DISTINCT FROM OLD.person) "
    "EXECUTE FUNCTION refuse_merged_customer_person()",
)
BACKWARDS = (
    "DROP TRIGGER call_back_not_to_merged ON call_back",
    "DROP TRIGGER call_back_not_for_merged ON call_back",
    "DROP INDEX IF EXISTS ix_call_back_person, ix_call_back_customer, ix_call_back_done, ix_call_back_open, uq_missed_call",
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
