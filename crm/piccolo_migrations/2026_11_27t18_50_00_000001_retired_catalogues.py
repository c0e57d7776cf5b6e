from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-27T18:50:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Service levels, calendars and topics that are retired"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)
    for table, tablename in (
        ("ServiceLevel", "service_level"),
        ("BusinessCalendar", "business_calendar"),
        ("Topic", "topic"),
    ):
        manager.add_column(
            table_class_name=table, tablename=tablename, column_name="retired_at", db_column_name="retired_at",
            column_class_name="Timestamptz", column_class=Timestamptz, schema=None,
            params={
                "default": None, "null": True, "primary_key": False, "unique": False, "index": False,
                "index_method": IndexMethod.btree, "choices": None, "db_column_name": None, "secret": False,
            },
        )  # fmt: skip
    return manager
