"""Every calendar and service level gets its first version, and every enquiry the one that applies to it; what promises wait
for is found by an index."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:05:11:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of versions and of watching over promises"

UP = (
    "CREATE UNIQUE INDEX uq_calendar_version ON calendar_version (calendar, number)",
    "CREATE UNIQUE INDEX uq_service_level_version ON service_level_version (service_level, number)",
    """INSERT INTO calendar_version (calendar, number, content, changed, valid_from)
        SELECT b.id, 1, jsonb_build_object('name', b.name, 'zone', b.zone, 'country', b.country, 'state', b.state,
            'hours', (SELECT coalesce(jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes) ORDER BY h.weekday, h.opens), '[]')
                FROM opening_hours h WHERE h.calendar = b.id),
            'days', (SELECT coalesce(jsonb_agg(d.off_on ORDER BY d.off_on), '[]') FROM company_day d WHERE d.calendar = b.id),
            'day_names', (SELECT coalesce(jsonb_object_agg(d.off_on, d.name), '{}') FROM company_day d
                WHERE d.calendar = b.id AND d.name <> '')), '{}', now()
        FROM business_calendar b""",
    """INSERT INTO service_level_version (service_level, number, calendar_version, content, changed, valid_from)
        SELECT s.id, 1, v.id, jsonb_build_object('name_de', s.name_de, 'name_en', s.name_en,
            'first_contact_level', s.first_contact_level, 'contact_rhythm_days', s.contact_rhythm_days,
            'targets', (SELECT coalesce(jsonb_object_agg(t.priority,
                jsonb_build_array(t.first_response_min, t.next_response_min, t.solution_min)), '{}')
                FROM service_target t WHERE t.service_level = s.id)), '{}', now()
        FROM service_level s JOIN calendar_version v ON v.calendar = s.calendar""",
    "UPDATE business_calendar SET version = 1",
    "UPDATE service_level SET version = 1",
    "UPDATE ticket k SET terms = v.id FROM service_level_version v WHERE v.service_level = k.service_level",
    # Whoever writes an enquiry without saying by which version gets the present one.
    """CREATE FUNCTION give_ticket_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            SELECT v.id INTO NEW.terms FROM service_level s
                JOIN service_level_version v ON v.service_level = s.id AND v.number = s.version WHERE s.id = NEW.service_level;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER ticket_terms BEFORE INSERT ON ticket FOR EACH ROW WHEN (NEW.terms IS NULL) "
    "EXECUTE FUNCTION give_ticket_its_terms()",
    "CREATE INDEX ix_ticket_terms ON ticket (terms) WHERE status IN ('new', 'open', 'waiting', 'postponed')",
    """CREATE INDEX ix_ticket_watch ON ticket ((least(
        CASE WHEN first_responded_at IS NULL AND first_breached_at IS NULL AND first_response_due_at IS NOT NULL THEN
            CASE WHEN first_warned_at IS NULL THEN coalesce(first_warn_at, '2000-01-01 00:00+00'::timestamptz)
                WHEN first_overtaken_at IS NULL THEN first_response_due_at END END,
        CASE WHEN next_breached_at IS NULL AND next_response_due_at IS NOT NULL THEN
            CASE WHEN next_warned_at IS NULL THEN coalesce(next_warn_at, '2000-01-01 00:00+00'::timestamptz)
                WHEN next_overtaken_at IS NULL THEN next_response_due_at END END,
        CASE WHEN solution_breached_at IS NULL AND solution_due_at IS NOT NULL THEN
            CASE WHEN solution_warned_at IS NULL THEN coalesce(solution_warn_at, '2000-01-01 00:00+00'::timestamptz)
                WHEN solution_overtaken_at IS NULL THEN solution_due_at END END)), id)
        WHERE status IN ('new', 'open', 'waiting', 'postponed')""",
)
DOWN = (
    "DROP INDEX IF EXISTS ix_ticket_watch",
    "DROP INDEX IF EXISTS ix_ticket_terms",
    "DROP TRIGGER IF EXISTS ticket_terms ON ticket",
    "DROP FUNCTION IF EXISTS give_ticket_its_terms()",
    "UPDATE ticket SET terms = NULL, first_terms = NULL",
    "UPDATE service_level SET version = 0",
    "UPDATE business_calendar SET version = 0",
    "DELETE FROM service_level_version",
    "DELETE FROM calendar_version",
    "DROP INDEX IF EXISTS uq_service_level_version",
    "DROP INDEX IF EXISTS uq_calendar_version",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in UP:
            await execute(statement)

    async def undo() -> None:
        from crm.database import execute

        for statement in DOWN:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
