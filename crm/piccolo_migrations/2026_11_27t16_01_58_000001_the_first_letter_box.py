"""The letter box of the settings becomes the first of the table, and keeps how far it was looked through; boxes that were set up
before it are forgotten."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T16:01:58:000001"
VERSION = "1.38.0"
DESCRIPTION = "The letter box of the settings is the first of several"

_BOX = "left(imap_user || '@' || imap_host || ':' || imap_port, 300)"
FORWARDS = (
    f"DELETE FROM letter_box WHERE box NOT IN (SELECT {_BOX} FROM company WHERE imap_host <> '')",
    f"INSERT INTO letter_box (box) SELECT {_BOX} FROM company WHERE imap_host <> '' "
    f"AND NOT EXISTS (SELECT FROM letter_box b WHERE b.box = {_BOX})",
    "UPDATE letter_box b SET address = lower(CASE WHEN c.imap_user LIKE '%@%' THEN c.imap_user ELSE c.mail_from END), "
    "name = CASE WHEN c.language = 'de' THEN 'Posteingang' ELSE 'Letter box' END, "
    "host = c.imap_host, port = c.imap_port, security = c.imap_security, user_name = c.imap_user, password = c.imap_password, "
    "purpose = CASE WHEN c.mail_opens_tickets THEN 'both' ELSE 'log' END FROM company c",
)
BACKWARDS = (
    "UPDATE company c SET imap_host = b.host, imap_port = b.port, imap_security = b.security, imap_user = b.user_name, "
    "imap_password = b.password, mail_opens_tickets = b.purpose <> 'log' "
    "FROM (SELECT * FROM letter_box WHERE is_active ORDER BY id LIMIT 1) b",
    "UPDATE letter_box SET box = left(user_name || '@' || host || ':' || port, 300)",
    "DELETE FROM letter_box b WHERE NOT is_active OR EXISTS (SELECT FROM letter_box o WHERE o.id < b.id AND o.is_active)",
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
