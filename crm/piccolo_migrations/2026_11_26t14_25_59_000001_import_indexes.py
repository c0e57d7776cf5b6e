"""What imports are looked up by."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T14:25:59:000001"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of imports"

INDEXES = {
    "ix_import_run_created": "ON import_run (created_at DESC, id DESC)",
    "uq_import_part": "ON import_part (run, position)",
    "ix_import_row_run": "ON import_row (run, is_trial, outcome, line)",
    "ix_import_row_fingerprint": "ON import_row (fingerprint) WHERE fingerprint IS NOT NULL AND NOT is_trial",
    "ix_import_row_customer": "ON import_row (customer) WHERE customer IS NOT NULL",
    "uq_import_mapping": "ON import_mapping (kind, header_key)",
    "ix_information_duty_due": "ON information_duty (due_on) WHERE status = 'pending'",
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for name, columns in INDEXES.items():
            unique = "UNIQUE " if name.startswith("uq_") else ""
            await execute(f"CREATE {unique}INDEX {name} {columns}")

    async def undo() -> None:
        from crm.database import execute

        for name in INDEXES:
            await execute(f"DROP INDEX {name}")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
