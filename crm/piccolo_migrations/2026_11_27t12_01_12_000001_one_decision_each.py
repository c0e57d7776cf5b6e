"""What was decided about a contact and an order is there once, however often somebody says so."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T12:01:12:000001"
VERSION = "1.38.0"
DESCRIPTION = "One decision about a contact and an order"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute("CREATE UNIQUE INDEX uq_contact_order ON contact_order (interaction, customer_order)")

    async def undo() -> None:
        from crm.database import execute

        await execute("DROP INDEX IF EXISTS uq_contact_order")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
