"""Whatever changes a contact, an answer, or whether a customer or person counts, marks it in the same transaction."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T22:11:20:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of figures per day"

COUNTED = {
    "interaction": "id, at, customer, person, channel, direction, touchpoint, phase, is_moment_of_truth, impression",
    "survey_answer": "id, at, customer, person, touchpoint, metric, score",
}
"""What figures are counted from: a corrected text changes none of them."""


def _marking(name: str, rows: str) -> str:
    return f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO rollup_mark (on_utc) SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM {rows} WHERE at IS NOT NULL;
            RETURN NULL;
        END $$"""


def _differing(columns: str) -> str:
    return (
        f"((SELECT {columns} FROM earlier EXCEPT SELECT {columns} FROM later) UNION ALL "
        f"(SELECT {columns} FROM later EXCEPT SELECT {columns} FROM earlier)) x"
    )


def _watched(table: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {table}_new_day AFTER INSERT ON {table} REFERENCING NEW TABLE AS touched "
        "FOR EACH STATEMENT EXECUTE FUNCTION mark_days()",
        f"CREATE TRIGGER {table}_gone_day AFTER DELETE ON {table} REFERENCING OLD TABLE AS touched "
        "FOR EACH STATEMENT EXECUTE FUNCTION mark_days()",
        f"CREATE TRIGGER {table}_other_day AFTER UPDATE ON {table} REFERENCING OLD TABLE AS earlier NEW TABLE AS later "
        f"FOR EACH STATEMENT EXECUTE FUNCTION mark_days_of_{table}()",
    )


def _subject(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return (
        f"CREATE FUNCTION mark_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN INSERT INTO rollup_mark ({table}) VALUES (NEW.id); RETURN NULL; END $$",
        f"CREATE TRIGGER {table}_counts_otherwise AFTER UPDATE OF {', '.join(columns)} ON {table} "
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION mark_{table}()",
    )


FORWARDS = (
    *(
        f"CREATE INDEX ix_{table} ON {table} (day)"
        for table in ("contact_day", "touchpoint_day", "answer_day", "score_day")
    ),
    "INSERT INTO rollup_zone (zone) VALUES ('')",
    _marking("mark_days", "touched"),
    *(_marking(f"mark_days_of_{table}", _differing(columns)) for table, columns in COUNTED.items()),
    *(statement for table in COUNTED for statement in _watched(table)),
    *_subject("customer", ("restricted_at", "deleted_at", "erased_at")),
    *_subject("person", ("restricted_at",)),
)
BACKWARDS = (
    *(f"DROP TRIGGER {table}_counts_otherwise ON {table}" for table in ("person", "customer")),
    *(f"DROP TRIGGER {table}_{when}_day ON {table}" for table in COUNTED for when in ("new", "gone", "other")),
    *(
        f"DROP FUNCTION mark_{name}()"
        for name in ("person", "customer", "days", *(f"days_of_{table}" for table in COUNTED))
    ),
    "DELETE FROM rollup_zone",
    *(f"DROP INDEX ix_{table}" for table in ("contact_day", "touchpoint_day", "answer_day", "score_day")),
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
