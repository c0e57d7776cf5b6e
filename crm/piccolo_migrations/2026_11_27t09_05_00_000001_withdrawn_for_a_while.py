"""A follow-up that goes with its customer (merged, restricted, without an owner) can come again for whoever has them afterwards; what is
withdrawn is read for the deputy, too; and mails that did not go out are found without looking through all that did."""

from importlib import import_module

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T09:05:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Withdrawn for a while"

_EARLIER = import_module("crm.piccolo_migrations.2026_11_27t07_21_26_000001_follow_up_rules").FORWARDS
_WITHDRAW = next(each for each in _EARLIER if "FUNCTION withdraw_follow_ups" in each)
_BY_CUSTOMER = next(each for each in _EARLIER if "FUNCTION withdraw_by_customer" in each)


def _replacing(statement: str, *changes: tuple[str, str]) -> str:
    for before, after in (("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"), *changes):
        assert before in statement, before
        statement = statement.replace(before, after)
    return statement


FORWARDS = (
    _replacing(
        _WITHDRAW,
        ('RETURNING id, "user"', 'RETURNING id, "user", customer'),
        (
            "n.\"user\" = g.\"user\" AND n.read_at IS NULL AND n.kind IN ('reminder_due', 'reminder_given')",
            'n."user" IN (g."user", (SELECT deputy FROM customer WHERE id = g.customer)) AND n.read_at IS NULL '
            "AND n.kind IN ('reminder_due', 'reminder_due_for', 'reminder_given')",
        ),
    ),
    _replacing(
        _BY_CUSTOMER,
        (
            'AND (NEW.owner IS NOT NULL OR "user" = OLD.owner);',
            'AND (NEW.owner IS NOT NULL OR "user" = OLD.owner);\n'
            "            UPDATE reminder SET cause_key = NULL WHERE customer = NEW.id AND cause <> '' AND withdrawn_at = now();",
        ),
    ),
    "CREATE INDEX ix_outbox_not_out ON outbox_message (id) WHERE status IN ('failed', 'refused')",
)
BACKWARDS = (
    "DROP INDEX IF EXISTS ix_outbox_not_out",
    _replacing(_BY_CUSTOMER),
    _replacing(_WITHDRAW),
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
