"""Nothing is written for a customer or a person who was merged into another one at that very instant: it would be lost from
sight. Whoever is too late is refused as one whose transaction could not be put in a row, and tries again with the survivor."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T17:02:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "No new rows for who was merged"

BOTH = (("customer", "customer"), ("person", "person"))
WATCHED = {
    "affiliation": BOTH, "email_address": BOTH, "phone_number": BOTH, "attribute_value": BOTH, "document": BOTH, "interaction": BOTH,
    "survey_answer": BOTH, "ticket": BOTH,
    "timeline_entry": (("customer", "customer"), ("person_id", "person")),
    "outbox_message": (("customer_id", "customer"), ("person_id", "person")),
    "attribute_basis": (("person", "person"),),
    "ticket_message": (("person_id", "person"),),
    "customer": (("parent", "customer"), ("recommended_by", "customer")),
    **{
        table: (("customer", "customer"),)
        for table in (
            "customer_tag", "postal_address", "web_address", "score_review", "customer_order", "quotation", "reminder", "status_change",
        )
    },
}  # fmt: skip
"""What a merge moves (crm/records/references.py): table -> its columns and what they point at."""
UNBOUND = ("customer_id", "person_id")
"""Columns without a foreign key: it would lock the row that is pointed at, so the function does."""

# Rows that were inserted are looked at together, those that go to somebody else one by one. A foreign key was checked before, and
# has waited for a merge that was under way: what is read here is how that ended.
_FUNCTION = """
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        gone bigint;
        heir bigint;
    BEGIN
        {checks}
        RETURN NULL;
    END $$
"""
_CHECK = """
        IF TG_LEVEL = 'ROW' THEN
            {lock_row}
            SELECT id, merged_into INTO gone, heir FROM {table} WHERE id = NEW.{column} AND merged_into IS NOT NULL;
        ELSE
            {lock_rows}
            SELECT id, merged_into INTO gone, heir FROM {table}
            WHERE id IN (SELECT {column} FROM added) AND merged_into IS NOT NULL LIMIT 1;
        END IF;
        IF gone IS NOT NULL THEN
            RAISE EXCEPTION '{table} % was merged into % at the same moment', gone, heir USING ERRCODE = 'serialization_failure',
                TABLE = '{table}', DETAIL = gone || ' ' || heir, HINT = 'Write it for the one that is left.';
        END IF;
"""


def _name(columns: tuple[tuple[str, str], ...]) -> str:
    return "refuse_merged_" + "_".join(column for column, _table in columns)


def _check(column: str, table: str) -> str:
    lock = f"PERFORM FROM {table} WHERE id {{which}} FOR KEY SHARE;" if column in UNBOUND else ""
    return _CHECK.format(
        column=column, table=table, lock_row=lock.format(which=f"= NEW.{column}"),
        lock_rows=lock.format(which=f"IN (SELECT {column} FROM added)"),
    )  # fmt: skip


FUNCTIONS = [
    _FUNCTION.format(name=_name(columns), checks="".join(_check(*each) for each in columns))
    for columns in dict.fromkeys(WATCHED.values())
]
TRIGGERS = [
    statement
    for table, columns in WATCHED.items()
    for statement in (
        f"CREATE TRIGGER {table}_not_for_merged AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_name(columns)}()",
        f"CREATE TRIGGER {table}_not_to_merged AFTER UPDATE OF {', '.join(column for column, _table in columns)} ON {table} "
        f"FOR EACH ROW WHEN ({' OR '.join(f'NEW.{column} IS DISTINCT FROM OLD.{column}' for column, _table in columns)}) "
        f"EXECUTE FUNCTION {_name(columns)}()",
    )
]
BACKWARDS = [
    *(f"DROP TRIGGER {table}_{end} ON {table}" for table in WATCHED for end in ("not_for_merged", "not_to_merged")),
    *(f"DROP FUNCTION {_name(columns)}" for columns in dict.fromkeys(WATCHED.values())),
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in (*FUNCTIONS, *TRIGGERS):
            await execute(statement)

    async def undo() -> None:
        from crm.database import execute

        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
