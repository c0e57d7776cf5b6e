"""Who has ever had enquiries is asked for the filter of the queues, with each look at them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T16:28:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Tickets are found by assignee"

FORWARDS = ("CREATE INDEX ix_ticket_ever_assigned ON ticket (assignee) WHERE assignee IS NOT NULL",)
BACKWARDS = ("DROP INDEX IF EXISTS ix_ticket_ever_assigned",)


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
