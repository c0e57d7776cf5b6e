"""Products are found by parts of their names and codes: the folded words are kept by the database, whoever writes the product."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T12:05:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "Products are found by their words"

_FILL = """
    CREATE FUNCTION fill_product() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.folded := fold_text(concat_ws(' ', NEW.code, NEW.name_de, NEW.name_en));
        RETURN NEW;
    END $$
"""
FORWARDS = (
    _FILL,
    "CREATE TRIGGER product_filled BEFORE INSERT OR UPDATE OF code, name_de, name_en ON product "
    "FOR EACH ROW EXECUTE FUNCTION fill_product()",
    "UPDATE product SET code = code",
    "CREATE INDEX ix_product_words ON product USING gin (folded gin_trgm_ops) WHERE retired_at IS NULL",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS ix_product_words",
    "DROP TRIGGER product_filled ON product",
    "DROP FUNCTION fill_product",
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
