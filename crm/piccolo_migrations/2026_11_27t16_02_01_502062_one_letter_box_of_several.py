from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T16:02:01:502062"
VERSION = "1.38.0"
DESCRIPTION = "The one letter box is one of several"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    manager.drop_column(
        table_class_name="Company",
        tablename="company",
        column_name="imap_host",
        db_column_name="imap_host",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Company",
        tablename="company",
        column_name="imap_password",
        db_column_name="imap_password",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Company",
        tablename="company",
        column_name="imap_port",
        db_column_name="imap_port",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Company",
        tablename="company",
        column_name="imap_security",
        db_column_name="imap_security",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Company",
        tablename="company",
        column_name="imap_user",
        db_column_name="imap_user",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Company",
        tablename="company",
        column_name="mail_opens_tickets",
        db_column_name="mail_opens_tickets",
        schema=None,
    )

    manager.drop_column(
        table_class_name="LetterBox",
        tablename="letter_box",
        column_name="box",
        db_column_name="box",
        schema=None,
    )

    return manager
