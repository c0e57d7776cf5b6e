from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import BigInt
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import JSONB
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-27T11:22:46:167577"
VERSION = "1.38.0"
DESCRIPTION = "mails by rules"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    manager.drop_column(
        table_class_name="Feedback",
        tablename="feedback",
        column_name="customer",
        db_column_name="customer",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Alarm",
        tablename="alarm",
        column_name="raised_at",
        db_column_name="raised_at",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Alarm",
        tablename="alarm",
        column_name="reminder_id",
        db_column_name="reminder_id",
        schema=None,
    )

    manager.add_column(
        table_class_name="InteractionMail",
        tablename="interaction_mail",
        column_name="follow_up",
        db_column_name="follow_up",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": "{}",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Interaction",
        tablename="interaction",
        column_name="counts",
        db_column_name="counts",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": True,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="FollowUpRule",
        tablename="follow_up_rule",
        column_name="mail_template",
        db_column_name="mail_template",
        column_class_name="BigInt",
        column_class=BigInt,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    return manager
