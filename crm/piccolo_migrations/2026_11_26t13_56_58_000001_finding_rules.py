"""What finding customers leans on: the list of words that search forgives typing errors by, and an index for each order."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T13:56:58:000001"
VERSION = "1.38.0"
DESCRIPTION = "Words of the search, indexes of the list"

_WORDS = """
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO search_word (word)
        SELECT DISTINCT w FROM {rows}, string_to_table(n.search_text, ' ') AS w
        WHERE w ~ '^[a-z]{{3,40}}$' AND NOT EXISTS (SELECT FROM search_word s WHERE s.word = w);
        RETURN NULL;
    END $$
"""
_PLACE = (
    "regexp_replace(regexp_replace(replace(translate(lower(city), 'äöüéèâôç', 'aoueeaoc'), 'ß', 'ss'), '[^a-z0-9]+', ' ', 'g'), "
    "'([aou])e+', '\\1', 'g')"
)

FORWARDS = (
    _WORDS.format(name="note_new_words", rows="new_rows n"),
    _WORDS.format(
        name="note_changed_words",
        rows="new_rows n JOIN old_rows o ON o.id = n.id AND o.search_text IS DISTINCT FROM n.search_text",
    ),
    "CREATE TRIGGER customer_new_words AFTER INSERT ON customer REFERENCING NEW TABLE AS new_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION note_new_words()",
    "CREATE TRIGGER customer_changed_words AFTER UPDATE ON customer REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION note_changed_words()",
    "INSERT INTO search_word (word) SELECT DISTINCT w FROM customer, string_to_table(search_text, ' ') AS w "
    "WHERE w ~ '^[a-z]{3,40}$'",
    "ALTER TABLE customer ALTER COLUMN search_text SET STATISTICS 1000",
    "CREATE UNIQUE INDEX uq_saved_view ON saved_view (owner, lower(name))",
)
INDEXES = {
    "ix_word": "search_word (word)",
    "ix_word_begins": "search_word (left(word, 1), length(word))",
    "ix_word_three": "search_word (left(word, 3))",
    "ix_word_inner": "search_word (substr(word, 2, 3))",
    "ix_word_sound": "search_word (dmetaphone(word))",
    "ix_list_setting_view": "list_setting (start_view) WHERE start_view IS NOT NULL",
    "ix_saved_view_team": "saved_view (team) WHERE team IS NOT NULL",
    "ix_customer_created": "customer (created_at, id)",
    "ix_customer_checked": "customer (checked_on, id)",
    "ix_customer_status": 'customer (status, sort_key COLLATE "C", id)',
    "ix_customer_level": 'customer (service_level, sort_key COLLATE "C", id)',
    "ix_customer_deputy": "customer (deputy) WHERE deputy IS NOT NULL",
    "ix_figures_contact_due": "customer_figures (contact_due_at, customer)",
    "ix_figures_last_contact": "customer_figures (last_contact_at, customer)",
    "ix_figures_open": "customer_figures (open_tickets, customer)",
    "ix_figures_orders": "customer_figures (orders, customer)",
    "ix_figures_revenue": "customer_figures (revenue, customer)",
    "ix_figures_last_order": "customer_figures (last_order_on, customer)",
    "ix_figures_satisfaction": "customer_figures ((satisfaction_sum / nullif(satisfaction_answers, 0)), customer)",
    "ix_address_place": f'postal_address (({_PLACE}) COLLATE "C", customer) WHERE position = 0',
    "ix_address_postcode": 'postal_address (postcode COLLATE "C", customer) WHERE position = 0',
}
_DUE = (
    "CREATE INDEX ix_figures_due ON customer_figures "
    "((coalesce(contact_due_at, '9999-01-01 00:00+00'::timestamptz)), customer)"
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)
        for name, what in INDEXES.items():
            await execute(f"CREATE INDEX {name} ON {what}")
        await execute("DROP INDEX ix_figures_due")

    async def undo() -> None:
        from crm.database import execute

        await execute(_DUE)
        for name in INDEXES:
            await execute(f"DROP INDEX IF EXISTS {name}")
        await execute("DROP INDEX IF EXISTS uq_saved_view")
        await execute("ALTER TABLE customer ALTER COLUMN search_text SET STATISTICS -1")
        for event in ("new", "changed"):
            await execute(f"DROP TRIGGER customer_{event}_words ON customer")
            await execute(f"DROP FUNCTION note_{event}_words()")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
