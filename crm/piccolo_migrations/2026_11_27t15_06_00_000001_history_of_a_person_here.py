"""The lines of one person at one customer, in order: without it PostgreSQL sometimes reads all lines of the person and sorts them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:06:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "A history filtered by a person is read in order"

NAME = "ix_timeline_person_here"
INDEX = "(customer, person_id, at DESC, id DESC) WHERE person_id IS NOT NULL"
FORWARDS = (f"CREATE INDEX {NAME} ON timeline_entry {INDEX}",)
BACKWARDS = (f"DROP INDEX IF EXISTS {NAME}",)


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
