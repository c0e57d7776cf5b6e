"""A person answers together with those who were merged into them: what they consented to or refused counts for attributes and
scores as well, and the strictest answer wins, as crm.consents reads the ledger. The ledger itself is never rewritten.

Lines of the history, mails and messages that only name a person are not refused because that person was merged: a link in an old
newsletter goes on naming the record that it was sent to. What they belong to, the customer or the enquiry, is watched."""

from importlib import import_module

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T17:52:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Consents of merged persons"

BEFORE: tuple[str, ...] = import_module(
    "crm.piccolo_migrations.2026_11_26t14_22_19_553471_profile_rules"
).FUNCTIONS  # what is replaced here, for the way back
REPLACED = (
    "consent_that_holds", "consents_that_hold", "has_said_no", "check_attribute_basis", "end_what_rested_on_consent",
)  # fmt: skip

NEW = (
    """
    CREATE FUNCTION people_of(whom bigint) RETURNS SETOF bigint LANGUAGE sql STABLE ROWS 1 AS $$
        WITH RECURSIVE own(id) AS (
            SELECT whom UNION SELECT p.id FROM own JOIN person p ON p.merged_into = own.id
        ) SELECT id FROM own
    $$
    """,
    """
    CREATE FUNCTION heir_of_person(whom bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
        WITH RECURSIVE up(id, merged_into) AS (
            SELECT id, merged_into FROM person WHERE id = whom
            UNION SELECT p.id, p.merged_into FROM up JOIN person p ON p.id = up.merged_into
        ) SELECT id FROM up WHERE merged_into IS NULL
    $$
    """,
    # Somebody's no on one channel that no later yes of the same person has taken back.
    """
    CREATE FUNCTION own_no(whom bigint, what text, way text) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM consent_event e WHERE e.person_id = whom AND e.purpose = what AND e.channel = way
            AND e.event IN ('refused', 'withdrawn', 'objected') AND NOT EXISTS (
                SELECT FROM consent_event g WHERE g.person_id = whom AND g.purpose = what AND g.channel = way
                AND g.event = 'given' AND g.at > e.at))
    $$
    """,
    # What one person has said alone; the rule of crm.consents.ledger.state_of. At the same time a no wins.
    """
    CREATE FUNCTION own_consent_that_holds(whom bigint, what text, way text) RETURNS bigint LANGUAGE sql STABLE AS $$
        WITH said AS (
            SELECT id, event, source, at FROM consent_event WHERE person_id = whom AND purpose = what AND channel = way
        ), yes AS (
            SELECT * FROM said WHERE event IN ('given', 'confirmed') AND at > coalesce(
                (SELECT max(at) FROM said WHERE event IN ('refused', 'withdrawn', 'objected', 'expired')), '-infinity')
        )
        SELECT y.id FROM yes y JOIN purpose p ON p.code = what
        WHERE CASE WHEN y.event = 'given' THEN NOT (p.needs_confirmation AND way = 'email') OR y.source = 'paper'
            ELSE EXISTS (SELECT FROM yes g WHERE g.event = 'given' AND (g.at, g.id) < (y.at, y.id)) END
        ORDER BY is_explicit_consent(y.id) DESC, y.at, y.id LIMIT 1
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION consent_that_holds(whom bigint, what text, way text) RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT held.id FROM people_of(whom) one, LATERAL (SELECT own_consent_that_holds(one, what, way) AS id) held
        WHERE held.id IS NOT NULL AND NOT EXISTS (SELECT FROM people_of(whom) other WHERE own_no(other, what, way))
        ORDER BY is_explicit_consent(held.id) DESC, held.id LIMIT 1
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION consents_that_hold(whom bigint, what text) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
        SELECT held.id FROM (
            SELECT DISTINCT channel FROM consent_event WHERE person_id IN (SELECT people_of(whom)) AND purpose = what) way,
            LATERAL (SELECT consent_that_holds(whom, what, way.channel) AS id) held
        WHERE held.id IS NOT NULL
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION has_said_no(whom bigint, what text) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM consent_event e WHERE e.person_id IN (SELECT people_of(whom)) AND e.purpose = what
            AND e.event IN ('refused', 'withdrawn', 'objected') AND NOT EXISTS (
                SELECT FROM consent_event g WHERE g.person_id = e.person_id AND g.purpose = what AND g.channel = e.channel
                AND g.event = 'given' AND g.at > e.at))
    $$
    """,
)


def _renewed(name: str) -> str:
    """A function as it was, ready to take the place of what it is now."""
    (found,) = (each for each in BEFORE if f"CREATE FUNCTION {name}(" in each)
    return found.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def _changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


_CHECK = _changed(
    _renewed("check_attribute_basis"),
    "person_id = NEW.person AND purpose = NEW.purpose",
    "person_id IN (SELECT people_of(NEW.person)) AND purpose = NEW.purpose",
)
# Whoever was merged says no: it ends what rests with the one who is left, and what was left with the merged one.
_END = _renewed("end_what_rested_on_consent")
for old, new in (
    (
        "    BEGIN\n        PERFORM FROM person WHERE id = NEW.person_id FOR NO KEY UPDATE;",
        "    DECLARE\n        heir bigint;\n    BEGIN\n        PERFORM FROM person WHERE id = NEW.person_id FOR NO KEY UPDATE;\n"
        "        heir := coalesce(heir_of_person(NEW.person_id), NEW.person_id);\n"
        "        PERFORM FROM person WHERE id = heir FOR NO KEY UPDATE;",
    ),
    ("WHERE b.person = NEW.person_id AND b.purpose", "WHERE b.person IN (heir, NEW.person_id) AND b.purpose"),
    ("has_said_no(NEW.person_id, NEW.purpose)", "has_said_no(heir, NEW.purpose)"),
    ("WHERE v.person = NEW.person_id AND", "WHERE v.person IN (heir, NEW.person_id) AND"),
    ("profiling_is_allowed(NEW.person_id)", "profiling_is_allowed(heir)"),
    ("WHERE person = NEW.person_id AND is_self", "WHERE person IN (heir, NEW.person_id) AND is_self"),
):
    _END = _changed(_END, old, new)


EARLIER = import_module("crm.piccolo_migrations.2026_11_26t17_02_00_000001_no_rows_for_merged")
LOOSER = {
    "refuse_merged_customer_person_id": (("customer", "customer"),),
    "refuse_merged_customer_id_person_id": (("customer_id", "customer"),),
}
"""Functions of triggers -> what is left of their checks."""
MESSAGES = (("person_id", "person"),)


def _watching(name: str, columns: tuple[tuple[str, str], ...]) -> str:
    checks = "".join(EARLIER._check(*each) for each in columns)
    made: str = EARLIER._FUNCTION.format(name=name, checks=checks)
    return made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in (*NEW, _CHECK, _END):
            await execute(statement)
        for name, columns in LOOSER.items():
            await execute(_watching(name, columns))
        for end in ("not_for_merged", "not_to_merged"):
            await execute(f"DROP TRIGGER ticket_message_{end} ON ticket_message")
        await execute("DROP FUNCTION refuse_merged_person_id")

    async def undo() -> None:
        from crm.database import execute

        await execute(_watching("refuse_merged_person_id", MESSAGES))
        for statement in EARLIER.TRIGGERS:
            if " ON ticket_message " in statement:
                await execute(statement)
        for name in LOOSER:
            (columns,) = (each for each in EARLIER.WATCHED.values() if EARLIER._name(each) == name)
            await execute(_watching(name, columns))
        for name in REPLACED:
            await execute(_renewed(name))
        for name in ("own_consent_that_holds", "own_no"):
            await execute(f"DROP FUNCTION {name}(bigint, text, text)")
        for name in ("heir_of_person", "people_of"):
            await execute(f"DROP FUNCTION {name}(bigint)")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
