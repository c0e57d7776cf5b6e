"""Whom an entry of the access log is about, and who looked, are found by an index; the upsert of an hour by its own."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T19:18:24:000001"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of the access log"

FORWARDS = (
    "CREATE UNIQUE INDEX ux_access_entry_hour ON access_entry (user_id, hour, subject_kind, subject_id, via, role) "
    "WHERE kind = 'opened'",
    "CREATE INDEX ix_access_entry_at ON access_entry (at, id)",
    "CREATE INDEX ix_access_entry_person ON access_entry (person_id, at, id) WHERE person_id IS NOT NULL",
    "CREATE INDEX ix_access_entry_customer ON access_entry (customer_id, at, id) WHERE customer_id IS NOT NULL",
    "CREATE INDEX ix_access_entry_user ON access_entry (user_id, at, id)",
    "CREATE INDEX ix_audit_at ON audit_entry (at, id)",
    "CREATE UNIQUE INDEX ux_processing_record ON processing_record (made_on, language, digest)",
    "CREATE INDEX ix_information_duty_pending ON information_duty (due_on, id) WHERE status = 'pending'",
    "CREATE INDEX ix_information_notice_outbox ON information_notice (outbox_id)",
    "INSERT INTO privacy_particulars (one, controller_contact, representative, officer_name, officer_contact, authority, recipients, "
    "third_countries, measures, log_months, version) VALUES (1, '', '', '', '', '', '', '', '', 12, 1) ON CONFLICT DO NOTHING",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS ix_information_notice_outbox",
    "DROP INDEX IF EXISTS ix_information_duty_pending",
    "DROP INDEX IF EXISTS ux_processing_record",
    "DROP INDEX IF EXISTS ix_audit_at",
    "DROP INDEX IF EXISTS ix_access_entry_user",
    "DROP INDEX IF EXISTS ix_access_entry_customer",
    "DROP INDEX IF EXISTS ix_access_entry_person",
    "DROP INDEX IF EXISTS ix_access_entry_at",
    "DROP INDEX IF EXISTS ux_access_entry_hour",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)

    async def undo() -> None:
        from crm.database import execute

        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
