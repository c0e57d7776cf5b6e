from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import BigInt
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-28T08:14:10:000001"
VERSION = "1.38.0"
DESCRIPTION = "the document that proves what is in the ledger"

COMMON = {
    "null": False,
    "primary_key": False,
    "unique": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)
    for name, kind, more in (
        ("name", Varchar, {"length": 255, "default": "", "index": False}),
        ("sha256", Varchar, {"length": 64, "default": "", "index": True}),
        ("size", BigInt, {"default": 0, "index": False}),
        ("media_type", Varchar, {"length": 120, "default": "", "index": False}),
    ):
        manager.add_column(
            table_class_name="ConsentPayload",
            tablename="consent_payload",
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params={**COMMON, **more},
            schema=None,
        )
    return manager
