"""A month has one report per language and edition; targets are shares and points."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T22:22:48:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of report editions"

FORWARDS = (
    "DROP INDEX uq_report_run",
    "CREATE UNIQUE INDEX uq_report_run ON report_run (month, scope, language, edition)",
    "ALTER TABLE report_run ADD CONSTRAINT report_edition CHECK (edition BETWEEN 1 AND 1000)",
    "ALTER TABLE company ADD CONSTRAINT report_targets CHECK (report_nps_target BETWEEN -100 AND 100 "
    "AND report_promises_target BETWEEN 0 AND 100 AND report_first_contact_target BETWEEN 0 AND 100)",
)
BACKWARDS = (
    "ALTER TABLE company DROP CONSTRAINT report_targets",
    "ALTER TABLE report_run DROP CONSTRAINT report_edition",
    "ALTER TABLE report_run DISABLE TRIGGER report_run_final",
    "DELETE FROM report_run WHERE edition > 1",
    "ALTER TABLE report_run ENABLE TRIGGER report_run_final",
    "DROP INDEX uq_report_run",
    "CREATE UNIQUE INDEX uq_report_run ON report_run (month, scope, language)",
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
