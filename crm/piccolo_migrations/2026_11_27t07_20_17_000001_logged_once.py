"""A mail is logged once for each of its owners, and what waits is found quickly."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:20:17:000001"
VERSION = "1.38.0"
DESCRIPTION = "A mail is logged once"

FORWARDS = (
    'CREATE UNIQUE INDEX uq_logged_mail ON logged_mail ("user", message_key)',
    "CREATE INDEX ix_logged_mail_open ON logged_mail (state, id) WHERE state IN ('new', 'waiting', 'officer')",
)
BACKWARDS = ("DROP INDEX IF EXISTS ix_logged_mail_open", "DROP INDEX IF EXISTS uq_logged_mail")


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
