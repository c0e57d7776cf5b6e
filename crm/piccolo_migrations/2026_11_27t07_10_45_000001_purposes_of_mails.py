"""A company that is at work already gets the two purposes under which letters go out; a new one finds them in its catalogue."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:10:45:000001"
VERSION = "1.38.0"
DESCRIPTION = "Purposes of mails to customers"

FORWARDS = (
    """
    INSERT INTO purpose (code, name_de, name_en, legal_basis, is_advertising, needs_confirmation, channels, position)
    SELECT x.code, x.german, x.english, x.basis, false, false, 'email,letter,phone', 0
    FROM (VALUES ('correspondence', 'Persönliche Korrespondenz', 'Personal correspondence', 'legitimate_interest'),
        ('contract', 'Angebot, Auftrag und Termin', 'Quotation, order and appointment', 'contract')) x(code, german, english, basis)
    WHERE EXISTS (SELECT FROM purpose) ON CONFLICT (code) DO NOTHING
    """,
)
BACKWARDS = (
    "DELETE FROM purpose p WHERE code IN ('correspondence', 'contract') "
    "AND NOT EXISTS (SELECT FROM wording w WHERE w.purpose = p.id)",
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
