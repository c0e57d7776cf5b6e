"""An enquiry and a product are connected once; products are found by the names that a text has."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T18:52:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "One connection between an enquiry and a product"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_ticket_product ON ticket_product (ticket, product)",
    "CREATE INDEX ix_product_named_de ON product (lower(name_de)) WHERE retired_at IS NULL",
    "CREATE INDEX ix_product_named_en ON product (lower(name_en)) WHERE retired_at IS NULL",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS ix_product_named_en",
    "DROP INDEX IF EXISTS ix_product_named_de",
    "DROP INDEX IF EXISTS uq_ticket_product",
)


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
