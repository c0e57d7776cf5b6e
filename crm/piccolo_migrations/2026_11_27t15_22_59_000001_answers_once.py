"""Each text of an answer has one number, and level 0 has its one row of settings, switched off."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:22:59:000001"
VERSION = "1.38.0"
DESCRIPTION = "Answers once"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_answer_version ON answer_version (answer, number)",
    "CREATE INDEX ix_automatic_answer ON automatic_answer (answer)",
    "CREATE INDEX ix_automatic_answer_at ON automatic_answer (at)",
    "CREATE INDEX ix_automatic_answer_open ON automatic_answer (at) WHERE ended_at IS NULL AND settled_at IS NULL",
    "CREATE UNIQUE INDEX uq_level_zero ON level_zero ((true))",
    "INSERT INTO level_zero (is_on, threshold, settled_after_days, is_faq_public, version) VALUES (false, 75, 7, false, 1)",
)
BACKWARDS = (
    "DELETE FROM level_zero",
    "DROP INDEX IF EXISTS uq_level_zero",
    "DROP INDEX IF EXISTS ix_automatic_answer_open",
    "DROP INDEX IF EXISTS ix_automatic_answer_at",
    "DROP INDEX IF EXISTS ix_automatic_answer",
    "DROP INDEX IF EXISTS uq_answer_version",
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
