"""A mail that comes in finds its enquiry by what it answers, and the waiting ones are found quickly."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T11:34:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "Mails are found by what they answer"

FORWARDS = (
    "CREATE INDEX ix_ticket_message_mail ON ticket_message (mail_id) WHERE mail_id <> ''",
    "CREATE INDEX IF NOT EXISTS ix_ticket_message_outbox ON ticket_message (outbox_id) WHERE outbox_id IS NOT NULL",
    "CREATE UNIQUE INDEX uq_message_document ON message_document (message, document)",
    "CREATE INDEX ix_incoming_mail_open ON incoming_mail (state, id) WHERE state IN ('new', 'quarantine', 'aside', 'officer')",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS ix_incoming_mail_open",
    "DROP INDEX IF EXISTS uq_message_document",
    "DROP INDEX IF EXISTS ix_ticket_message_outbox",
    "DROP INDEX IF EXISTS ix_ticket_message_mail",
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
