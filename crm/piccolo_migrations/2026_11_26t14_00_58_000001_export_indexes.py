"""In which exports a customer's data went along is found without looking through all of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T14:00:58:000001"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of exports"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute("CREATE INDEX ix_export_customers ON export_subjects USING gin (customers)")
        await execute("CREATE INDEX ix_export_requested ON export_run (requested_by, id DESC)")

    async def undo() -> None:
        from crm.database import execute

        await execute("DROP INDEX ix_export_customers")
        await execute("DROP INDEX ix_export_requested")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
