"""Contacts with one reason are found by it, the newest first."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:06:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "Contacts by reason"

FORWARDS = (
    "CREATE INDEX ix_interaction_reason ON interaction (reason, at DESC, id DESC) WHERE reason IS NOT NULL",
    "CREATE UNIQUE INDEX uq_contact_reason_name ON contact_reason (lower(name_de))",
)
BACKWARDS = ("DROP INDEX uq_contact_reason_name", "DROP INDEX ix_interaction_reason")


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
