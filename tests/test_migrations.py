"""The migrations and the tables say the same, on an empty database and backwards."""

from importlib import import_module

import pytest
from asyncpg.exceptions import RestrictViolationError
from piccolo.apps.migrations.auto.diffable_table import DiffableTable
from piccolo.apps.migrations.auto.schema_differ import SchemaDiffer
from piccolo.apps.migrations.auto.schema_snapshot import SchemaSnapshot
from piccolo.apps.migrations.commands.base import BaseMigrationManager

from crm.database import execute, fetch, fetch_value
from crm.migrations import FOLDER, _files, migrate, pending
from crm.piccolo_app import APP_CONFIG


async def test_tables_and_migrations_do_not_drift(db: None) -> None:
    managers = await BaseMigrationManager().get_migration_managers(app_config=APP_CONFIG)
    snapshot = SchemaSnapshot(managers).get_snapshot()
    tables = [
        DiffableTable(
            class_name=table.__name__, tablename=table._meta.tablename, columns=table._meta.non_default_columns
        )
        for table in APP_CONFIG.table_classes
    ]
    differ = SchemaDiffer(schema=tables, schema_snapshot=snapshot, auto_input="y")
    statements = [statement for alter in differ.get_alter_statements() for statement in alter.statements]
    assert not statements, "Make a migration: " + "\n".join(statements)


async def test_migrating_twice_changes_nothing(own_database: str) -> None:
    assert await pending() == []
    assert await migrate() == []


async def test_the_database_refuses_to_change_what_only_grows(own_database: str) -> None:
    for table in ("audit_entry", "consent_event"):
        rights = await fetch(
            "SELECT privilege_type FROM information_schema.role_table_grants WHERE table_name = $1 AND grantee = current_user",
            table,
        )
        assert {row.privilege_type for row in rights}.isdisjoint({"UPDATE", "DELETE", "TRUNCATE"})
        triggers = await fetch("SELECT tgname FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal", table)
        assert {row.tgname for row in triggers} >= {f"{table}_append_only", f"{table}_no_truncate"}


async def test_the_program_is_no_superuser(own_database: str) -> None:
    assert not await fetch_value("SELECT usesuper FROM pg_user WHERE usename = current_user")


async def test_the_trigger_holds_even_if_the_rights_are_given_back(own_database: str) -> None:
    await execute("GRANT UPDATE, DELETE, TRUNCATE ON audit_entry TO CURRENT_USER")
    await execute("INSERT INTO audit_entry (at, action, subject_kind, payload_hash) VALUES (now(), 'x', 'y', '')")
    for statement in ("UPDATE audit_entry SET action = 'z'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"):
        with pytest.raises(RestrictViolationError, match="never changed"):
            await execute(statement)
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'x'") == 1


def test_each_migration_is_named_as_its_file() -> None:
    named = {name: import_module(f"crm.piccolo_migrations.{module}").ID for name, module in _files().items()}
    assert {name: name for name in named} == named
    assert len(named) == sum(1 for path in FOLDER.glob("*.py") if path.stem != "__init__")
