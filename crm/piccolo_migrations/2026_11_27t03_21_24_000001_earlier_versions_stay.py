"""Earlier versions of contacts are only added; what they say can be emptied as a whole, and nothing else of them changes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T03:21:24:000001"
VERSION = "1.38.0"
DESCRIPTION = "Earlier versions of contacts stay"

FORWARDS = (
    """
    CREATE FUNCTION refuse_change_but_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.fields = '{}' AND to_jsonb(NEW) - 'fields' = to_jsonb(OLD) - 'fields' THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    "CREATE TRIGGER interaction_version_append_only BEFORE UPDATE OR DELETE ON interaction_version "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_but_emptying()",
    "CREATE TRIGGER interaction_version_no_truncate BEFORE TRUNCATE ON interaction_version "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_but_emptying()",
    "REVOKE UPDATE, DELETE, TRUNCATE ON interaction_version FROM CURRENT_USER",
    "GRANT UPDATE (fields) ON interaction_version TO CURRENT_USER",
    "CREATE UNIQUE INDEX uq_interaction_version ON interaction_version (interaction, version)",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS uq_interaction_version",
    "GRANT UPDATE, DELETE, TRUNCATE ON interaction_version TO CURRENT_USER",
    "DROP TRIGGER interaction_version_no_truncate ON interaction_version",
    "DROP TRIGGER interaction_version_append_only ON interaction_version",
    "DROP FUNCTION refuse_change_but_emptying",
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
