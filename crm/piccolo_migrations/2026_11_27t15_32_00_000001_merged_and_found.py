"""Two enquiries are linked once and merged once; what was merged is found from the one it went into, what is to be closed by when
it was solved."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:32:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Merged and linked enquiries are found"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_ticket_link ON ticket_link (one, other)",
    "CREATE UNIQUE INDEX uq_ticket_merge ON ticket_merge (ticket) WHERE undone_at IS NULL",
    "CREATE INDEX ix_ticket_merged ON ticket (merged_into) WHERE merged_into IS NOT NULL",
    "CREATE INDEX ix_ticket_continues ON ticket (continues) WHERE continues IS NOT NULL",
    "CREATE INDEX ix_ticket_to_close ON ticket (solved_at, id) WHERE status = 'solved'",
    "UPDATE ticket SET closed_at = solved_at WHERE status = 'closed'",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS uq_ticket_link",
    "DROP INDEX IF EXISTS uq_ticket_merge",
    "DROP INDEX IF EXISTS ix_ticket_merged",
    "DROP INDEX IF EXISTS ix_ticket_continues",
    "DROP INDEX IF EXISTS ix_ticket_to_close",
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
