"""What erasures hold to, and the duties that are in force from the beginning."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T18:26:23:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of erasure"

DUTIES = (
    (
        "commercial_letter", "Handels- und Geschäftsbriefe", "Commercial letters",
        "HGB § 257 Abs. 1 Nr. 2, 3; AO § 147 Abs. 1 Nr. 2, 3", "HGB § 257 (1) no. 2, 3; AO § 147 (1) no. 2, 3", 6,
    ),
    (
        "voucher", "Buchungsbelege", "Booking vouchers", "HGB § 257 Abs. 1 Nr. 4; AO § 147 Abs. 1 Nr. 4",
        "HGB § 257 (1) no. 4; AO § 147 (1) no. 4", 8,
    ),
    (
        "book", "Bücher und Aufzeichnungen, Abschlüsse", "Books, records and accounts", "HGB § 257 Abs. 1 Nr. 1; AO § 147 Abs. 1 Nr. 1",
        "HGB § 257 (1) no. 1; AO § 147 (1) no. 1", 10,
    ),
    (
        "proof", "Nachweise zum Datenschutz", "Proof of data protection",
        "DSGVO Art. 5 Abs. 2, Art. 7 Abs. 1, Art. 17 Abs. 3 Buchst. e; BGB §§ 195, 199",
        "GDPR Art. 5 (2), 7 (1), 17 (3) (e); BGB §§ 195, 199", 3,
    ),
)  # fmt: skip
FORWARDS = (
    "CREATE UNIQUE INDEX uq_erasure_row ON erasure_row (erasure, table_name, row_id)",
    "CREATE INDEX ix_erasure_row_ends ON erasure_row (ends_on) WHERE treatment = 'keep' AND done_at IS NULL",
    "CREATE UNIQUE INDEX uq_erasure_mention ON erasure_mention (erasure, table_name, column_name, row_id)",
    "CREATE UNIQUE INDEX uq_erasure_of_request ON erasure (request) WHERE status <> 'cancelled'",
    "CREATE INDEX ix_erasure_open ON erasure (status, id) WHERE status IN ('draft', 'submitted', 'approved', 'running')",
    "CREATE TRIGGER legal_hold_not_for_merged AFTER INSERT ON legal_hold REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_merged_customer_person()",
    "CREATE TRIGGER legal_hold_not_to_merged AFTER UPDATE OF customer, person ON legal_hold FOR EACH ROW "
    "WHEN (NEW.customer IS DISTINCT FROM OLD.customer OR NEW.person IS DISTINCT FROM OLD.person) "
    "EXECUTE FUNCTION refuse_merged_customer_person()",
    "ALTER TABLE legal_hold ADD CONSTRAINT hold_of_one CHECK (num_nonnulls(person, customer) = 1)",
    "ALTER TABLE keeping_duty ADD CONSTRAINT duty_of_years CHECK (years BETWEEN 1 AND 100)",
    "ALTER TABLE erasure ADD CONSTRAINT erasure_by_two CHECK (approved_by IS NULL OR approved_by <> prepared_by)",
)
BACKWARDS = (
    "DROP TRIGGER legal_hold_not_to_merged ON legal_hold",
    "DROP TRIGGER legal_hold_not_for_merged ON legal_hold",
    "ALTER TABLE erasure DROP CONSTRAINT erasure_by_two",
    "ALTER TABLE keeping_duty DROP CONSTRAINT duty_of_years",
    "ALTER TABLE legal_hold DROP CONSTRAINT hold_of_one",
    *(f"DROP INDEX IF EXISTS {index}" for index in (
        "ix_erasure_open", "uq_erasure_of_request", "uq_erasure_mention", "ix_erasure_row_ends", "uq_erasure_row")),
    "DELETE FROM keeping_duty",
)  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)
        for position, (code, german, english, law_de, law_en, years) in enumerate(DUTIES):
            await execute(
                "INSERT INTO keeping_duty (code, name_de, name_en, law_de, law_en, years, from_year_end, is_in_force, position, version) "
                "VALUES ($1, $2, $3, $4, $5, $6, true, true, $7, 1)",
                code, german, english, law_de, law_en, years, position,
            )  # fmt: skip

    async def undo() -> None:
        from crm.database import execute

        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
