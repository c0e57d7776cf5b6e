"""A call to return and its follow-up are one thing, wherever it is settled, handed over or opened again; and whoever leaves leaves their
calls to everybody. Whoever holds the call at this instant settles its follow-up themselves, so that neither waits for the other."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T11:36:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Calls and their follow-ups"

FORWARDS = (
    "CREATE INDEX ix_call_back_reminder ON call_back (reminder_id) WHERE reminder_id IS NOT NULL",
    """CREATE FUNCTION call_follows_its_follow_up() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE found call_back;
    BEGIN
        SELECT * INTO found FROM call_back WHERE reminder_id = NEW.id FOR UPDATE SKIP LOCKED;
        IF found.id IS NULL THEN
            RETURN NULL;
        END IF;
        IF NEW.done_at IS NOT NULL AND OLD.done_at IS NULL AND NEW.withdrawn_at IS NULL AND found.done_at IS NULL THEN
            UPDATE call_back SET done_at = NEW.done_at, done_by = NEW.done_by, outcome = 'called',
                result = CASE WHEN NEW.result_interaction_id IS NULL THEN NEW.result ELSE '' END,
                interaction_id = NEW.result_interaction_id WHERE id = found.id;
        ELSIF NEW.done_at IS NULL AND OLD.done_at IS NOT NULL AND found.done_at = OLD.done_at THEN
            UPDATE call_back SET done_at = NULL, done_by = NULL, outcome = '', result = '', interaction_id = NULL WHERE id = found.id;
        ELSIF NEW."user" <> OLD."user" AND found.done_at IS NULL THEN
            UPDATE call_back SET "user" = NEW."user" WHERE id = found.id;
        END IF;
        RETURN NULL;
    END $body$""",
    'CREATE TRIGGER reminder_call_follows AFTER UPDATE OF done_at, "user" ON reminder FOR EACH ROW '
    'WHEN (NEW.done_at IS DISTINCT FROM OLD.done_at OR NEW."user" <> OLD."user") EXECUTE FUNCTION call_follows_its_follow_up()',
    """CREATE FUNCTION calls_of_who_leaves() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE gone bigint[];
    BEGIN
        WITH free AS (SELECT id, reminder_id FROM call_back WHERE "user" = NEW.id AND done_at IS NULL ORDER BY id FOR UPDATE),
            freed AS (UPDATE call_back b SET "user" = NULL, reminder_id = NULL FROM free WHERE b.id = free.id)
        SELECT array_agg(reminder_id) INTO gone FROM free WHERE reminder_id IS NOT NULL;
        UPDATE reminder SET done_at = NEW.deactivated_at, withdrawn_at = NEW.deactivated_at WHERE id = ANY(gone) AND done_at IS NULL;
        RETURN NULL;
    END $body$""",
    "CREATE TRIGGER staff_calls_are_free AFTER UPDATE OF deactivated_at ON staff FOR EACH ROW "
    "WHEN (NEW.deactivated_at IS NOT NULL AND OLD.deactivated_at IS NULL) EXECUTE FUNCTION calls_of_who_leaves()",
)
BACKWARDS = (
    "DROP TRIGGER staff_calls_are_free ON staff",
    "DROP FUNCTION calls_of_who_leaves()",
    "DROP TRIGGER reminder_call_follows ON reminder",
    "DROP FUNCTION call_follows_its_follow_up()",
    "DROP INDEX IF EXISTS ix_call_back_reminder",
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
