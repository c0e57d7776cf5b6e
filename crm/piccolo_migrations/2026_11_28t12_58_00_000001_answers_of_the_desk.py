"""What the desk of data protection wrote is read there, by officers; the histories keep that it wrote."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T12:58:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Answers of the desk"

ANSWERS = """
    UPDATE timeline_entry SET title = '', body = '', detail = detail || jsonb_build_object('data_request', ref_id)
    WHERE kind = 'mail' AND NOT detail ? 'mailing'
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def keep_at_the_desk() -> None:
        from crm.database import execute

        await execute(ANSWERS)

    async def keep() -> None:
        """Nothing to do: the words still stand in the steps of the request."""

    manager.add_raw(keep_at_the_desk)
    manager.add_raw_backwards(keep)
    return manager
