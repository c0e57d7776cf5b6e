"""Indexes of the master data, and the status events of customers that were there before: as their history tells them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T12:58:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of master data, status events from the history"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_customer_tag ON customer_tag (customer, tag)",
    "CREATE INDEX ix_customer_tag_tag ON customer_tag (tag, customer)",
    "CREATE INDEX ix_web_address_customer ON web_address (customer)",
    "CREATE INDEX ix_status_change_customer ON status_change (customer, at, id)",
    "CREATE INDEX ix_status_change_at ON status_change (at)",
    "CREATE INDEX ix_customer_parent ON customer (parent) WHERE parent IS NOT NULL",
    "CREATE INDEX ix_customer_recommended_by ON customer (recommended_by) WHERE recommended_by IS NOT NULL",
    "CREATE INDEX ix_customer_team ON customer (team) WHERE team IS NOT NULL",
    "CREATE INDEX ix_customer_deleted ON customer (deleted_at) WHERE deleted_at IS NOT NULL",
    """
    INSERT INTO status_change (customer, before, after, trigger, reason_code, reason, last_touchpoint, at, by_user)
    SELECT c.id, '', coalesce((SELECT e.detail->>'before' FROM timeline_entry e
            WHERE e.customer = c.id AND e.kind = 'change' AND e.detail->>'field' = 'status' ORDER BY e.at, e.id LIMIT 1),
        c.status), 'created', '', '', '', coalesce(c.created_at, now()), c.created_by
    FROM customer c
    """,
    """
    INSERT INTO status_change (customer, before, after, trigger, reason_code, reason, last_touchpoint, at, by_user)
    SELECT e.customer, e.detail->>'before', e.detail->>'after', 'hand', '', '', '', e.at, e.by_user
    FROM timeline_entry e
    WHERE e.kind = 'change' AND e.detail->>'field' = 'status' ORDER BY e.at, e.id
    """,
)
INDEXES = (
    "uq_customer_tag", "ix_customer_tag_tag", "ix_web_address_customer", "ix_status_change_customer",
    "ix_status_change_at", "ix_customer_parent", "ix_customer_recommended_by", "ix_customer_team", "ix_customer_deleted",
)  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)

    async def undo() -> None:
        from crm.database import execute

        for index in INDEXES:
            await execute(f"DROP INDEX {index}")
        await execute("DELETE FROM status_change")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
