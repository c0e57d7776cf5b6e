"""How often a form was sent from one address, and with which text, is found quickly."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:04:28:000001"
VERSION = "1.38.0"
DESCRIPTION = "Attempts of forms are counted quickly"

FORWARDS = (
    "CREATE INDEX ix_form_attempt_address ON form_attempt (form, address_hash, at)",
    "CREATE INDEX ix_form_attempt_text ON form_attempt (text_hash, at)",
    "CREATE INDEX ix_form_attempt_at ON form_attempt (at)",
    "CREATE INDEX ix_status_page_wanted ON status_page (id) WHERE wants_mail",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS ix_status_page_wanted",
    "DROP INDEX IF EXISTS ix_form_attempt_at",
    "DROP INDEX IF EXISTS ix_form_attempt_text",
    "DROP INDEX IF EXISTS ix_form_attempt_address",
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
