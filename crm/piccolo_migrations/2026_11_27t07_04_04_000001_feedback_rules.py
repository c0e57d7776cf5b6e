"""Points are listed newest first and found by their source; none is written for a customer who was merged at that instant."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:04:04:000001"
VERSION = "1.38.0"
DESCRIPTION = "Feedback rules"

FORWARDS = (
    "CREATE INDEX ix_feedback_at ON feedback (at DESC, id DESC) WHERE deleted_at IS NULL",
    "CREATE INDEX ix_feedback_customer ON feedback (customer)",
    "CREATE INDEX ix_feedback_interaction ON feedback (interaction)",
    "CREATE INDEX ix_feedback_ticket ON feedback (ticket)",
    "CREATE TRIGGER feedback_not_for_merged AFTER INSERT ON feedback REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_merged_customer()",
    "CREATE TRIGGER feedback_not_to_merged AFTER UPDATE OF customer ON feedback "
    "FOR EACH ROW WHEN (NEW.customer IS DISTINCT FROM OLD.customer) EXECUTE FUNCTION refuse_merged_customer()",
)
BACKWARDS = (
    "DROP TRIGGER feedback_not_to_merged ON feedback",
    "DROP TRIGGER feedback_not_for_merged ON feedback",
    *(f"DROP INDEX IF EXISTS ix_feedback_{name}" for name in ("ticket", "interaction", "customer", "at")),
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
