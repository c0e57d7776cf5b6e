"""The contacts of an enquiry are found by an index: where the first one was decides to which department an enquiry belongs."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T03:34:10:000001"
VERSION = "1.38.0"
DESCRIPTION = "Contacts by enquiry"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute("CREATE INDEX ix_interaction_ticket ON interaction (ticket, at, id) WHERE ticket IS NOT NULL")

    async def undo() -> None:
        from crm.database import execute

        await execute("DROP INDEX ix_interaction_ticket")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
