"""The planner looks at every sample of what customers are found by, for each pattern of a search: a quarter of them says as much, and
planning a search of several words no longer takes longer than the search."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T17:42:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Fewer samples for the search"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def sample(how_many: int) -> None:
        from crm.database import execute

        await execute(f"ALTER TABLE customer ALTER COLUMN search_text SET STATISTICS {how_many}")
        await execute("ANALYZE customer (search_text)")

    async def apply() -> None:
        await sample(250)

    async def undo() -> None:
        await sample(1000)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
