"""What staff were told of those who are restricted already is hidden, too."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T08:04:04:000002"
VERSION = "1.38.0"
DESCRIPTION = "Notices of those restricted before"

RESTRICTED_BEFORE = """
    UPDATE notification n SET hidden_at = c.restricted_at FROM customer c
    WHERE c.restricted_at IS NOT NULL AND n."user" NOT IN (SELECT id FROM staff WHERE role = 'dpo') AND (
        substring(n.link FROM '^/customers/(\\d{1,18})')::bigint = c.id
        OR substring(n.link FROM '^/tickets/(\\d{1,18})')::bigint IN (SELECT k.id FROM ticket k WHERE k.customer = c.id))
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def hide() -> None:
        from crm.database import execute

        await execute(RESTRICTED_BEFORE)

    async def show() -> None:
        """Nothing to do: the column goes."""

    manager.add_raw(hide)
    manager.add_raw_backwards(show)
    return manager
