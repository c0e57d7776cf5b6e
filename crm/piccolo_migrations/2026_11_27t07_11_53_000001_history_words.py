"""A history is filtered and searched: phase, channel and folded words of each line are kept by the database, whoever writes it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from crm.database import execute
from crm.text import plain_letter

ID = "2026-11-27T07:11:53:000001"
VERSION = "1.38.0"
DESCRIPTION = "Words, phase and channel of the history"

LETTERS = [chr(code) for code in range(0x80, 0x10000) if not 0xD800 <= code < 0xE000]
"""What crm/text.py folds, and PostgreSQL takes, in one piece of 16 bits."""

# The SQL twin of crm.text.fold. Most texts have no other letters than the German ones: they are done before the table is asked.
_FOLD = r"""
    CREATE FUNCTION fold_text(value text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $fold$
    DECLARE
        t text := replace(replace(replace(replace(replace(lower(value), 'ä', 'a'), 'ö', 'o'), 'ü', 'u'), 'ß', 'ss'), chr(39), '');
    BEGIN
        IF t ~ '[^\u0001-_a-\u007f„“–…]' THEN
            SELECT string_agg(CASE WHEN x.c = '`' THEN '' WHEN ascii(x.c) < 128 THEN x.c ELSE coalesce(l.plain, ' ') END, '' ORDER BY x.n)
            INTO t FROM string_to_table(t, NULL) WITH ORDINALITY AS x(c, n) LEFT JOIN folded_letter l ON l.letter = x.c;
        END IF;
        t := regexp_replace(t, '[^a-z0-9]+', ' ', 'g');
        IF t ~ '[aou]e' THEN
            t := regexp_replace(t, '([aou])e+', '\1', 'g');
        END IF;
        RETURN btrim(t);
    END $fold$
"""
# An enquiry is found by all that was said in it. What consents are for is no way by which anybody spoke with us.
_FILL = """
    CREATE FUNCTION fill_timeline_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.phase := CASE WHEN NEW.detail->>'phase' IS NOT NULL THEN NEW.detail->>'phase' WHEN NEW.detail ? 'touchpoint' THEN
            coalesce((SELECT p.code FROM touchpoint t JOIN phase p ON p.id = t.phase WHERE t.code = NEW.detail->>'touchpoint'), '')
            ELSE '' END;
        NEW.channel := CASE WHEN NEW.kind IN ('interaction', 'ticket', 'mail') AND NOT NEW.detail ? 'deleted'
            THEN coalesce(NEW.detail->>'channel', '') ELSE '' END;
        NEW.folded := fold_text(concat_ws(' ', NEW.title, NEW.body, NEW.detail->>'person_name', NEW.detail->>'number',
            CASE WHEN NEW.kind = 'change' THEN concat_ws(' ', NEW.detail->>'before', NEW.detail->>'after') END,
            CASE WHEN NEW.kind = 'ticket' THEN
                (SELECT string_agg(m.text, ' ' ORDER BY m.id) FROM ticket_message m WHERE m.ticket = NEW.ref_id) END));
        RETURN NEW;
    END $$
"""
INDEXES = {
    "ix_timeline_kind": "(customer, kind, at DESC, id DESC)",
    "ix_timeline_channel": "(customer, channel, at DESC, id DESC) WHERE channel <> ''",
    "ix_timeline_phase": "(customer, phase, at DESC, id DESC) WHERE phase <> ''",
    "ix_timeline_person": "(person_id, at DESC, id DESC) WHERE person_id IS NOT NULL",
    "ix_timeline_words": "USING gin (customer, folded gin_trgm_ops) WHERE folded <> ''",
}
FORWARDS = (
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    _FOLD,
    _FILL,
    "UPDATE timeline_entry e SET body = i.text FROM interaction i "
    "WHERE e.kind = 'interaction' AND i.id = e.ref_id AND length(e.body) = 600 AND starts_with(i.text, e.body)",
    "CREATE TRIGGER timeline_entry_filled BEFORE INSERT OR UPDATE OF kind, title, body, detail ON timeline_entry "
    "FOR EACH ROW EXECUTE FUNCTION fill_timeline_entry()",
    "UPDATE timeline_entry SET title = title",
    *(f"CREATE INDEX {name} ON timeline_entry {what}" for name, what in INDEXES.items()),
)
BACKWARDS = (
    *(f"DROP INDEX IF EXISTS {name}" for name in INDEXES),
    "DROP TRIGGER timeline_entry_filled ON timeline_entry",
    "DROP FUNCTION fill_timeline_entry",
    "DROP FUNCTION fold_text",
    "DROP TABLE folded_letter",
    "UPDATE timeline_entry SET body = left(body, 600) WHERE length(body) > 600",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE TABLE folded_letter (letter text PRIMARY KEY, plain text NOT NULL)")
        plain = [plain_letter(letter) for letter in LETTERS]
        await execute(
            "INSERT INTO folded_letter SELECT * FROM unnest($1::text[], $2::text[]) AS l(letter, plain) WHERE plain <> ' '",
            LETTERS, plain,
        )  # fmt: skip
        for statement in FORWARDS:
            await execute(statement)

    async def run_back() -> None:
        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
