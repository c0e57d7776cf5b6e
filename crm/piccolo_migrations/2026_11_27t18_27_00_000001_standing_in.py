from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.column_types import BigSerial, ForeignKey, Timestamptz
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table


class User(Table, tablename="staff", schema=None):
    id = BigSerial(
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


class Ticket(Table, tablename="ticket", schema=None):
    id = BigSerial(
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


ID = "2026-11-27T18:27:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Who stands in for an absent agent, and what was passed on meanwhile"


def _to(table: type[Table], name: str, *, null: bool, on_delete: OnDelete, index: bool) -> dict[str, object]:
    return {
        "references": table, "on_delete": on_delete, "on_update": OnUpdate.cascade, "target_column": None, "null": null,
        "primary_key": False, "unique": False, "index": index, "index_method": IndexMethod.btree, "choices": None,
        "db_column_name": name, "secret": False,
    }  # fmt: skip


def _moment() -> dict[str, object]:
    return {
        "default": None, "null": True, "primary_key": False, "unique": False, "index": False, "index_method": IndexMethod.btree,
        "choices": None, "db_column_name": None, "secret": False,
    }  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)
    manager.add_table("StandIn", tablename="stand_in", schema=None, columns=None)

    def add(table: str, tablename: str, name: str, kind: type, params: dict[str, object]) -> None:
        manager.add_column(
            table_class_name=table, tablename=tablename, column_name=name, db_column_name=params["db_column_name"] or name,
            column_class_name=kind.__name__, column_class=kind, params=params, schema=None,
        )  # fmt: skip

    add(
        "AgentProfile",
        "agent_profile",
        "deputy",
        ForeignKey,
        _to(User, None, null=True, on_delete=OnDelete.set_null, index=False),
    )
    key = {
        "null": False, "primary_key": True, "unique": False, "index": False, "index_method": IndexMethod.btree, "choices": None,
        "db_column_name": None, "secret": False,
    }  # fmt: skip
    add("StandIn", "stand_in", "id", BigSerial, key)
    add(
        "StandIn",
        "stand_in",
        "ticket",
        ForeignKey,
        _to(Ticket, None, null=False, on_delete=OnDelete.cascade, index=True),
    )
    add(
        "StandIn", "stand_in", "absent", ForeignKey, _to(User, None, null=False, on_delete=OnDelete.cascade, index=True)
    )
    add(
        "StandIn",
        "stand_in",
        "given_to",
        ForeignKey,
        _to(User, None, null=True, on_delete=OnDelete.set_null, index=False),
    )
    add("StandIn", "stand_in", "at", Timestamptz, _moment())
    add("StandIn", "stand_in", "seen_at", Timestamptz, _moment())
    return manager
