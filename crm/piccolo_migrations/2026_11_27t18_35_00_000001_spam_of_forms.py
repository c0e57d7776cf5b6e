"""How much a form takes within an hour, and by what else than an address an entry may be somebody's."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Boolean, Integer, Timestamptz, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-27T18:35:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Spam of forms"

_COMMON = {
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}
_COLUMNS = (
    ("IncomingMail", "incoming_mail", "phone", Varchar, {"length": 40, "default": "", "null": False}),
    ("IncomingMail", "incoming_mail", "customer_number", Varchar, {"length": 40, "default": "", "null": False}),
    ("WebForm", "web_form", "hourly_limit", Integer, {"default": 60, "null": False}),
    ("WebForm", "web_form", "overrun_at", Timestamptz, {"default": None, "null": True}),
    ("FormAttempt", "form_attempt", "is_suspicious", Boolean, {"default": False, "null": False}),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)
    for class_name, table, column, kind, params in _COLUMNS:
        manager.add_column(
            table_class_name=class_name,
            tablename=table,
            column_name=column,
            db_column_name=column,
            column_class_name=kind.__name__,
            column_class=kind,
            params={**_COMMON, **params},
            schema=None,
        )
    return manager
