"""What is due is found by an index, readers by their mailing and state; each address gets a mailing once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T19:24:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of mailings"

FORWARDS = (
    "CREATE INDEX ix_mailing_due ON mailing (next_at) WHERE status IN ('planned', 'running')",
    "CREATE INDEX ix_mailing_recipient_state ON mailing_recipient (mailing, state, id)",
    "CREATE UNIQUE INDEX uq_mailing_recipient_address ON mailing_recipient (mailing, lower(address)) "
    "WHERE state IN ('waiting', 'handed_over') AND address <> ''",
    "ALTER TABLE mailing ADD CONSTRAINT mailing_confirmed CHECK (status = 'draft' OR confirmed_by IS NOT NULL AND audience_by IS NOT NULL)",
)
BACKWARDS = (
    "ALTER TABLE mailing DROP CONSTRAINT mailing_confirmed",
    "DROP INDEX IF EXISTS uq_mailing_recipient_address, ix_mailing_recipient_state, ix_mailing_due",
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
