"""The database counts what an agent has to do: their busy tickets, whoever changes a ticket and however."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T13:03:15:000001"
VERSION = "1.38.0"
DESCRIPTION = "The load of agents is kept by the database"

FORWARDS = (
    """
    CREATE FUNCTION keep_agent_load() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        gone bigint; come bigint;
    BEGIN
        IF TG_OP <> 'INSERT' AND OLD.status IN ('new', 'open') THEN gone := OLD.assignee; END IF;
        IF TG_OP <> 'DELETE' AND NEW.status IN ('new', 'open') THEN come := NEW.assignee; END IF;
        IF gone IS DISTINCT FROM come THEN
            UPDATE agent_profile SET load = load + CASE WHEN "user" = come THEN 1 ELSE -1 END WHERE "user" IN (gone, come);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION begin_agent_load() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.load := (SELECT count(*) FROM ticket WHERE assignee = NEW."user" AND status IN ('new', 'open'));
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER ticket_load_begins AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.assignee IS NOT NULL) "
    "EXECUTE FUNCTION keep_agent_load()",
    "CREATE TRIGGER ticket_load_changes AFTER UPDATE OF assignee, status ON ticket FOR EACH ROW "
    "WHEN (OLD.assignee IS DISTINCT FROM NEW.assignee OR OLD.status IS DISTINCT FROM NEW.status) "
    "EXECUTE FUNCTION keep_agent_load()",
    "CREATE TRIGGER ticket_load_ends AFTER DELETE ON ticket FOR EACH ROW WHEN (OLD.assignee IS NOT NULL) "
    "EXECUTE FUNCTION keep_agent_load()",
    "CREATE TRIGGER agent_load_begins BEFORE INSERT ON agent_profile FOR EACH ROW EXECUTE FUNCTION begin_agent_load()",
    "UPDATE agent_profile p SET load = (SELECT count(*) FROM ticket k WHERE k.assignee = p.\"user\" AND k.status IN ('new', 'open'))",
)

BACKWARDS = (
    "DROP TRIGGER ticket_load_begins ON ticket",
    "DROP TRIGGER ticket_load_changes ON ticket",
    "DROP TRIGGER ticket_load_ends ON ticket",
    "DROP TRIGGER agent_load_begins ON agent_profile",
    "DROP FUNCTION keep_agent_load",
    "DROP FUNCTION begin_agent_load",
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
