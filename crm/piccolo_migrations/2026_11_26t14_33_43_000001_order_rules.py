"""What the database itself holds to about orders and quotations, their indexes, and the figures of the orders that were there
before."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T14:33:43:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules and indexes of orders, figures from earlier orders"

CHECKS = (
    ("customer_order", "order_delivered_on", "status <> 'delivered' OR delivered_on IS NOT NULL"),
    ("customer_order", "order_amount", "amount >= 0"),
    ("order_item", "item_quantity", "quantity > 0"),
    ("order_item", "item_price", "price >= 0"),
    ("quotation", "quotation_amount", "amount >= 0"),
    ("quotation", "quotation_sent_at", "status IN ('requested', 'declined') OR sent_at IS NOT NULL"),
    ("quotation", "quotation_decided_at", "(status IN ('accepted', 'declined')) = (decided_at IS NOT NULL)"),
)
INDEXES = {
    "uq_product_code": "UNIQUE INDEX uq_product_code ON product (lower(code))",
    "uq_quotation_product": "UNIQUE INDEX uq_quotation_product ON quotation_product (quotation, product)",
    "ix_order_on": "INDEX ix_order_on ON customer_order (ordered_on DESC, id DESC)",
    "ix_order_item": "INDEX ix_order_item ON order_item (customer_order, position)",
    "ix_order_item_product": "INDEX ix_order_item_product ON order_item (product, customer_order) WHERE product IS NOT NULL",
    "ix_quotation_customer": "INDEX ix_quotation_customer ON quotation (customer, requested_at DESC)",
    "ix_quotation_at": "INDEX ix_quotation_at ON quotation (requested_at DESC, id DESC)",
    "ix_quotation_waiting": "INDEX ix_quotation_waiting ON quotation (requested_at, id) WHERE status IN ('requested', 'sent')",
    "ix_quotation_product": "INDEX ix_quotation_product ON quotation_product (product)",
    "ix_figures_quiet": "INDEX ix_figures_quiet ON customer_figures (quiet_from_on, customer) WHERE quiet_from_on IS NOT NULL",
}

# As crm/customers/orders/rules.py counts them today; every order so far is in euros.
FIGURES = """
    WITH days AS (
        SELECT customer, ordered_on, ordered_on - lag(ordered_on) OVER (PARTITION BY customer ORDER BY ordered_on) AS gap
        FROM (SELECT DISTINCT customer, ordered_on FROM customer_order WHERE status <> 'cancelled') d
    ), rhythms AS (
        SELECT customer, count(*) AS days, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS rhythm FROM days GROUP BY customer
    ), sums AS (
        SELECT customer, count(*) AS n, sum(amount) AS total, max(ordered_on) AS last_on
        FROM customer_order WHERE status <> 'cancelled' GROUP BY customer
    )
    UPDATE customer_figures f SET orders = s.n, revenue = s.total, average_order = round(s.total / s.n, 2),
        last_order_on = s.last_on, order_rhythm_days = r.rhythm,
        next_order_on = CASE WHEN r.days >= 3 THEN s.last_on + ceil(r.rhythm)::int END,
        quiet_from_on = CASE WHEN r.days >= 3 THEN s.last_on + ceil(greatest(r.rhythm * 1.5, r.rhythm + 14))::int END
    FROM sums s JOIN rhythms r ON r.customer = s.customer WHERE f.customer = s.customer
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        await execute(
            "UPDATE customer_order SET delivered_on = ordered_on WHERE status = 'delivered' AND delivered_on IS NULL"
        )
        for table, name, condition in CHECKS:
            await execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})")
        for statement in INDEXES.values():
            await execute(f"CREATE {statement}")
        await execute(FIGURES)

    async def undo() -> None:
        from crm.database import execute

        for name in INDEXES:
            await execute(f"DROP INDEX {name}")
        for table, name, _condition in CHECKS:
            await execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
