"""Who is restricted is found without looking through everybody: imports ask for it before they tell of a row."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T19:55:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of who is restricted"

TABLES = ("customer", "person")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for table in TABLES:
            await execute(f"CREATE INDEX ix_{table}_restricted ON {table} (id) WHERE restricted_at IS NOT NULL")

    async def undo() -> None:
        from crm.database import execute

        for table in TABLES:
            await execute(f"DROP INDEX ix_{table}_restricted")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
