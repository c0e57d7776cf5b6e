from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Varchar


ID = "2026-11-27T16:27:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Automatic answers that never arrived"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="AutomaticAnswer",
        tablename="automatic_answer",
        column_name="ended_by",
        db_column_name="ended_by",
        params={
            "choices": Enum(
                "EndedBy",
                {"MESSAGE": "message", "CLICK": "click", "STAFF": "staff", "UNREACHED": "unreached"},
            )
        },
        old_params={"choices": Enum("EndedBy", {"MESSAGE": "message", "CLICK": "click", "STAFF": "staff"})},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
