"""A measure answers each point once; whoever drops one says why; what has begun says since when."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T22:24:39:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of measures"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_measure_feedback ON measure_feedback (measure, feedback)",
    "CREATE INDEX ix_measure_open ON measure (due_on) WHERE status IN ('planned', 'running')",
    "ALTER TABLE measure ADD CONSTRAINT measure_dropped CHECK (status <> 'dropped' OR drop_reason <> '')",
    "ALTER TABLE measure ADD CONSTRAINT measure_started CHECK (status NOT IN ('running', 'done') OR started_at IS NOT NULL)",
    "ALTER TABLE measure ADD CONSTRAINT measure_ended CHECK ((status IN ('done', 'dropped')) = (ended_at IS NOT NULL))",
)
BACKWARDS = (
    "ALTER TABLE measure DROP CONSTRAINT measure_ended",
    "ALTER TABLE measure DROP CONSTRAINT measure_started",
    "ALTER TABLE measure DROP CONSTRAINT measure_dropped",
    "DROP INDEX IF EXISTS ix_measure_open, uq_measure_feedback",
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
