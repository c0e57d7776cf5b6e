"""What somebody said on the preference page, by a link that was mailed to their address, needs no confirmation (crm.consents.ledger)."""

from importlib import import_module

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T18:26:02:000001"
VERSION = "1.38.0"
DESCRIPTION = "Links that were mailed prove the mailbox"

OLD = next(
    each
    for each in import_module("crm.piccolo_migrations.2026_11_26t17_52_00_000001_consents_of_merged").NEW
    if "FUNCTION own_consent_that_holds(" in each
).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
NEW = OLD.replace("y.source = 'paper'", "y.source IN ('paper', 'preference_page')")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute(NEW)

    async def undo() -> None:
        from crm.database import execute

        await execute(OLD)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
