"""Somebody reads the reports of a scope once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T02:36:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Readers of scopes"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute('CREATE UNIQUE INDEX uq_report_reader ON report_reader ("user", scope)')

    async def undo() -> None:
        from crm.database import execute

        await execute("DELETE FROM report_reader WHERE scope <> 'company'")
        await execute("DROP INDEX uq_report_reader")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
