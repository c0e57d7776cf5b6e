"""How often a form was sent from one address, and with which text, is found quickly."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T16:45:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "How often a form that was shown was sent"

FORWARDS = ("CREATE INDEX ix_form_attempt_nonce ON form_attempt (form, nonce)",)
BACKWARDS = ("DROP INDEX IF EXISTS ix_form_attempt_nonce",)


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
