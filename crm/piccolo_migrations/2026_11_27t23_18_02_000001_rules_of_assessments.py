"""A touchpoint stands in a round once, each colleague rates it once; ratings lie between 1 and 5, or are 0 for "don't know"."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T23:18:02:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of assessments"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_assessed_touchpoint ON assessed_touchpoint (round, touchpoint)",
    "CREATE UNIQUE INDEX uq_assessment ON assessment (assessed, rater)",
    "ALTER TABLE assessment ADD CONSTRAINT assessment_scale CHECK (importance BETWEEN 0 AND 5 AND friendliness BETWEEN 0 AND 5 "
    "AND consistency BETWEEN 0 AND 5 AND technology BETWEEN 0 AND 5)",
)
BACKWARDS = (
    "ALTER TABLE assessment DROP CONSTRAINT assessment_scale",
    "DROP INDEX IF EXISTS uq_assessed_touchpoint, uq_assessment",
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
