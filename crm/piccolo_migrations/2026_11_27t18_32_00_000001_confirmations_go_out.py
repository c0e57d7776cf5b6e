"""A company that is at work already gets the purpose under which links of confirmation go out; a new one finds it in its catalogue."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T18:32:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "The purpose of confirmations"

FORWARDS = (
    """
    INSERT INTO purpose (code, name_de, name_en, legal_basis, is_advertising, needs_confirmation, channels, position, version)
    SELECT 'confirmation', 'Bestätigung von Einwilligungen', 'Confirmation of consents', 'contract', false, false, 'email',
        (SELECT max(position) + 1 FROM purpose), 1
    WHERE EXISTS (SELECT FROM purpose) ON CONFLICT (code) DO NOTHING
    """,
    "CREATE INDEX ix_consent_event_given ON consent_event (purpose, wording_version) WHERE event = 'given'",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS ix_consent_event_given",
    "DELETE FROM purpose p WHERE code = 'confirmation' AND NOT EXISTS (SELECT FROM wording w WHERE w.purpose = p.id)",
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
