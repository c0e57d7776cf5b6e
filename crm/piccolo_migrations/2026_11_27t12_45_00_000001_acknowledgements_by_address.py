"""How many acknowledgements an address had today is counted for every mail that opens an enquiry."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T12:45:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Acknowledgements are counted by address"

FORWARDS = (
    "CREATE INDEX ix_outbox_received ON outbox_message (to_address, created_at) WHERE dedupe_key LIKE 'received %'",
)
BACKWARDS = ("DROP INDEX IF EXISTS ix_outbox_received",)


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
