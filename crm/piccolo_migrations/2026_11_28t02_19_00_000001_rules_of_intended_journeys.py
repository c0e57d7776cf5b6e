"""A touchpoint stands on an intended journey once, and the satisfaction aimed at lies on the scale of customers' answers."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T02:19:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of intended journeys"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_intended_step ON intended_step (journey, touchpoint)",
    "ALTER TABLE intended_step ADD CONSTRAINT intended_step_aim CHECK (aim BETWEEN 1 AND 5)",
)
BACKWARDS = (
    "ALTER TABLE intended_step DROP CONSTRAINT intended_step_aim",
    "DROP INDEX IF EXISTS uq_intended_step",
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
