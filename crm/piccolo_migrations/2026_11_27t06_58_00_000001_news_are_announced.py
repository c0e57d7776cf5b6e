"""Whoever changes somebody's unread notifications, or ends a session, has it announced at the commit (crm/notifications/live.py listens)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T06:58:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "News are announced"

FORWARDS = (
    """
    CREATE FUNCTION announce_news() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('nahbar_news', NEW."user"::text);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION announce_session_end() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('nahbar_news', 'sessions');
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER notification_news AFTER INSERT ON notification FOR EACH ROW EXECUTE FUNCTION announce_news()",
    "CREATE TRIGGER notification_read AFTER UPDATE OF read_at ON notification FOR EACH ROW "
    "WHEN (OLD.read_at IS DISTINCT FROM NEW.read_at) EXECUTE FUNCTION announce_news()",
    "CREATE TRIGGER login_session_end AFTER DELETE ON login_session FOR EACH ROW EXECUTE FUNCTION announce_session_end()",
)
BACKWARDS = (
    "DROP TRIGGER login_session_end ON login_session",
    "DROP TRIGGER notification_read ON notification",
    "DROP TRIGGER notification_news ON notification",
    "DROP FUNCTION announce_session_end",
    "DROP FUNCTION announce_news",
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
