"""A guide has each version once; what was followed is counted per guide."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T06:32:37:000001"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of guides"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_guide_version ON guide_version (guide, version)",
    "CREATE INDEX ix_followed_guide_guide ON followed_guide (guide)",
)
BACKWARDS = ("DROP INDEX IF EXISTS ix_followed_guide_guide", "DROP INDEX IF EXISTS uq_guide_version")


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
