"""Which customers changed since they were last compared, noted by the database itself; unique pairs; indexes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T14:18:23:544625"
VERSION = "1.38.0"
DESCRIPTION = "Duplicates: triggers, uniqueness, indexes"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_duplicate_pair ON duplicate_pair (one, other)",
    "CREATE INDEX ix_duplicate_pair_other ON duplicate_pair (other)",
    "CREATE INDEX ix_duplicate_pair_list ON duplicate_pair (score DESC, id) WHERE state = 'open'",
    "ALTER TABLE duplicate_pair ADD CONSTRAINT pair_in_order CHECK (one < other)",
    "CREATE INDEX ix_customer_blocks ON customer_blocks USING gin (keys)",
    "CREATE INDEX ix_customer_merge_survivor ON customer_merge (survivor, id)",
    "CREATE INDEX ix_customer_merge_merged ON customer_merge (merged, id)",
    "CREATE INDEX ix_customer_merged_into ON customer (merged_into) WHERE merged_into IS NOT NULL",
    "CREATE INDEX ix_person_merged_into ON person (merged_into) WHERE merged_into IS NOT NULL",
    """
    CREATE FUNCTION note_new_customers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO duplicate_todo (customer_id) SELECT id FROM added;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_changed_customer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO duplicate_todo (customer_id) VALUES (NEW.id);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_changed_person() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO duplicate_todo (customer_id) SELECT customer FROM affiliation WHERE person = NEW.id;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER customer_added AFTER INSERT ON customer REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION note_new_customers()",
    "CREATE TRIGGER customer_changed AFTER UPDATE ON customer FOR EACH ROW WHEN ("
    "OLD.search_text <> NEW.search_text OR OLD.name <> NEW.name OR OLD.website <> NEW.website OR OLD.vat_id <> NEW.vat_id "
    "OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at OR OLD.restricted_at IS DISTINCT FROM NEW.restricted_at) "
    "EXECUTE FUNCTION note_changed_customer()",
    "CREATE TRIGGER person_changed AFTER UPDATE ON person FOR EACH ROW WHEN ("
    "OLD.birthday IS DISTINCT FROM NEW.birthday OR OLD.restricted_at IS DISTINCT FROM NEW.restricted_at "
    "OR OLD.given_name <> NEW.given_name OR OLD.family_name <> NEW.family_name) EXECUTE FUNCTION note_changed_person()",
    "INSERT INTO duplicate_todo (customer_id) SELECT id FROM customer WHERE deleted_at IS NULL ORDER BY id",
)  # fmt: skip
BACKWARDS = (
    "DROP TRIGGER person_changed ON person", "DROP TRIGGER customer_changed ON customer", "DROP TRIGGER customer_added ON customer",
    "DROP FUNCTION note_changed_person", "DROP FUNCTION note_changed_customer", "DROP FUNCTION note_new_customers",
    "DELETE FROM duplicate_todo", "ALTER TABLE duplicate_pair DROP CONSTRAINT pair_in_order",
    *(f"DROP INDEX {index}" for index in (
        "uq_duplicate_pair", "ix_duplicate_pair_other", "ix_duplicate_pair_list", "ix_customer_blocks", "ix_customer_merge_survivor",
        "ix_customer_merge_merged", "ix_customer_merged_into", "ix_person_merged_into")),
)  # fmt: skip


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
