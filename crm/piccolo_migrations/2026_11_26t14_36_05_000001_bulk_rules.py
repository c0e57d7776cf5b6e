"""The customers of a change to many are found by what is left to do, and each is there once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T14:36:05:000001"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of changes to many"

INDEXES = {
    "uq_bulk_item": "UNIQUE INDEX uq_bulk_item ON bulk_item (bulk, customer)",
    "ix_bulk_item_state": "INDEX ix_bulk_item_state ON bulk_item (bulk, state, id)",
    "ix_bulk_item_customer": "INDEX ix_bulk_item_customer ON bulk_item (customer)",
    "ix_bulk_open": "INDEX ix_bulk_open ON bulk_change (id) WHERE status IN ('waiting', 'undoing')",
    "ix_bulk_by": "INDEX ix_bulk_by ON bulk_change (by_user, id DESC)",
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for what in INDEXES.values():
            await execute(f"CREATE {what}")

    async def undo() -> None:
        from crm.database import execute

        for name in INDEXES:
            await execute(f"DROP INDEX IF EXISTS {name}")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
