"""Contact events without a customer that are there already become observations; where they stood and how they rated is not known."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:08:33:000001"
VERSION = "1.38.0"
DESCRIPTION = "Observations that are there"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute(
            "INSERT INTO observation (interaction, source, link) SELECT id, '', '' FROM interaction WHERE customer IS NULL"
        )

    async def undo() -> None:
        """The table goes with its rows."""

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
