from enum import Enum

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar

ID = "2026-11-27T22:38:10:000001"
VERSION = "1.38.0"
DESCRIPTION = "Erased employees are known by their name and organisation"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="SuppressionEntry",
        tablename="suppression_entry",
        column_name="kind",
        db_column_name="kind",
        params={
            "choices": Enum("KeyKind", {"EMAIL": "email", "PHONE": "phone", "POSTAL": "postal", "EMPLOYEE": "employee"})
        },
        old_params={"choices": Enum("KeyKind", {"EMAIL": "email", "PHONE": "phone", "POSTAL": "postal"})},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
