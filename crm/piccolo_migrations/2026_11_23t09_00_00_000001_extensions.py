"""Extensions that the schema leans on; all of them are trusted, so that the owner of the database may create them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-23T09:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Extensions for search"

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "fuzzystrmatch")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def create() -> None:
        from crm.database import execute

        for extension in EXTENSIONS:
            await execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')

    async def drop() -> None:
        from crm.database import execute

        for extension in EXTENSIONS:
            await execute(f'DROP EXTENSION IF EXISTS "{extension}"')

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
