"""A point of criticism belongs to the customer of its contact or enquiry: it has none of its own any more, and no rule for one."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T11:22:46:000001"
VERSION = "1.38.0"
DESCRIPTION = "A point follows its contact"

FORWARDS = (
    "DROP TRIGGER feedback_not_to_merged ON feedback",
    "DROP TRIGGER feedback_not_for_merged ON feedback",
    "DROP INDEX IF EXISTS ix_feedback_customer",
)
BACKWARDS = (
    "UPDATE feedback f SET customer = coalesce((SELECT i.customer FROM interaction i WHERE i.id = f.interaction), "
    "(SELECT k.customer FROM ticket k WHERE k.id = f.ticket))",
    "CREATE INDEX ix_feedback_customer ON feedback (customer)",
    "CREATE TRIGGER feedback_not_for_merged AFTER INSERT ON feedback REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_merged_customer()",
    "CREATE TRIGGER feedback_not_to_merged AFTER UPDATE OF customer ON feedback "
    "FOR EACH ROW WHEN (NEW.customer IS DISTINCT FROM OLD.customer) EXECUTE FUNCTION refuse_merged_customer()",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)

    async def unapply() -> None:
        from crm.database import execute

        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(unapply)
    return manager
