"""Requests are found by their due day and by whom they are about; there is one restriction at a time; no request for who was merged."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T18:24:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of requests"

FORWARDS = (
    "CREATE INDEX ix_data_request_open ON data_request (due_on, id) WHERE settled_at IS NULL",
    "CREATE INDEX ix_data_request_settled ON data_request (settled_at DESC, id DESC) WHERE settled_at IS NOT NULL",
    "CREATE INDEX ix_data_request_person ON data_request (person) WHERE person IS NOT NULL",
    "CREATE INDEX ix_data_request_customer ON data_request (customer) WHERE customer IS NOT NULL",
    "CREATE UNIQUE INDEX uq_data_request_incoming ON data_request (incoming_id) WHERE incoming_id IS NOT NULL",
    "CREATE UNIQUE INDEX uq_recipient_notice_export ON recipient_notice (request, export) WHERE export IS NOT NULL",
    "CREATE INDEX ix_recipient_notice_export ON recipient_notice (export) WHERE export IS NOT NULL",
    "CREATE UNIQUE INDEX uq_restriction_person ON restriction (person) WHERE lifted_at IS NULL AND person IS NOT NULL",
    "CREATE UNIQUE INDEX uq_restriction_customer ON restriction (customer) WHERE lifted_at IS NULL AND customer IS NOT NULL "
    "AND person IS NULL",
    "CREATE INDEX ix_restriction_person ON restriction (person) WHERE person IS NOT NULL",
    "CREATE INDEX ix_restriction_customer ON restriction (customer) WHERE customer IS NOT NULL",
    "CREATE INDEX ix_restriction_request ON restriction (request) WHERE request IS NOT NULL",
    "ALTER TABLE data_request ADD CONSTRAINT data_request_settled CHECK ((settled_at IS NOT NULL) = (status IN ('done', 'refused')))",
    "CREATE TRIGGER data_request_not_for_merged AFTER INSERT ON data_request REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_merged_customer_person()",
    "CREATE TRIGGER data_request_not_to_merged AFTER UPDATE OF customer, person ON data_request FOR EACH ROW "
    "WHEN (NEW.customer IS DISTINCT FROM OLD.customer OR NEW.person IS DISTINCT FROM OLD.person) "
    "EXECUTE FUNCTION refuse_merged_customer_person()",
)
BACKWARDS = (
    "DROP TRIGGER data_request_not_to_merged ON data_request",
    "DROP TRIGGER data_request_not_for_merged ON data_request",
    "ALTER TABLE data_request DROP CONSTRAINT data_request_settled",
    "DROP INDEX IF EXISTS ix_restriction_request, ix_restriction_customer, ix_restriction_person, uq_restriction_customer, "
    "uq_restriction_person, ix_recipient_notice_export, uq_recipient_notice_export, uq_data_request_incoming, "
    "ix_data_request_customer, ix_data_request_person, ix_data_request_settled, ix_data_request_open",
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
