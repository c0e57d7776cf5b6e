"""Whoever removes an order, a quotation or a product finds the contacts that name it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:06:26:000001"
VERSION = "1.38.0"
DESCRIPTION = "Contacts by what they belong to"

COLUMNS = ("customer_order", "quotation", "product")
FORWARDS = tuple(
    f"CREATE INDEX ix_interaction_{column} ON interaction ({column}) WHERE {column} IS NOT NULL" for column in COLUMNS
)
BACKWARDS = tuple(f"DROP INDEX ix_interaction_{column}" for column in COLUMNS)


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
