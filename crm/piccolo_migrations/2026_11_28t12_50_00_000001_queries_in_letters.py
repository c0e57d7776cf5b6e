"""The selections that views, exports, bulk changes and mailings keep are written in letters, so that an erasure finds names in them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T12:50:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Stored selections in letters"

TABLES = ("saved_view", "ticket_view", "bulk_change", "export_run", "mailing")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def write_in_letters() -> None:
        from crm.database import execute, fetch
        from crm.text import readable_query

        for table in TABLES:
            for row in await fetch(f"SELECT id, query FROM {table} WHERE query ~ '[%+]'"):
                await execute(f"UPDATE {table} SET query = $2 WHERE id = $1", row.id, readable_query(row.query))

    async def keep() -> None:
        """Nothing to do: both ways of writing are read."""

    manager.add_raw(write_in_letters)
    manager.add_raw_backwards(keep)
    return manager
