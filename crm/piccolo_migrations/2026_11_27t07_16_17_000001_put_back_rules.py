"""Whoever was put back is found by list and customer; nobody is put back under a customer who was merged at that very instant."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:16:17:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of customers put back"

FORWARDS = (
    "CREATE TRIGGER contact_put_back_not_for_merged AFTER INSERT ON contact_put_back REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_merged_customer()",
    "CREATE TRIGGER contact_put_back_not_to_merged AFTER UPDATE OF customer ON contact_put_back "
    "FOR EACH ROW WHEN (NEW.customer IS DISTINCT FROM OLD.customer) EXECUTE FUNCTION refuse_merged_customer()",
    'CREATE INDEX ix_put_back ON contact_put_back (customer, "user") WHERE undone_at IS NULL',
)
BACKWARDS = (
    "DROP INDEX IF EXISTS ix_put_back",
    "DROP TRIGGER contact_put_back_not_to_merged ON contact_put_back",
    "DROP TRIGGER contact_put_back_not_for_merged ON contact_put_back",
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
