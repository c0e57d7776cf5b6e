"""What points at a person is found without looking through everything: merging and undoing an import ask for it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T15:48:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of what points at a person"

TABLES = ("interaction", "ticket", "survey_answer")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for table in TABLES:
            await execute(f"CREATE INDEX ix_{table}_person ON {table} (person) WHERE person IS NOT NULL")

    async def undo() -> None:
        from crm.database import execute

        for table in TABLES:
            await execute(f"DROP INDEX ix_{table}_person")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
