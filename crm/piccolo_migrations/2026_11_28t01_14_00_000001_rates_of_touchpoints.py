"""The response rate at one touchpoint is found by an index."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T01:14:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rates of touchpoints"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute(
            "CREATE INDEX ix_survey_touchpoint ON survey_invitation (touchpoint, sent_at) WHERE sent_at IS NOT NULL"
        )

    async def undo() -> None:
        from crm.database import execute

        await execute("DROP INDEX IF EXISTS ix_survey_touchpoint")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
