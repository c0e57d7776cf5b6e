"""The parts of the customer page's one statement that read orders and quotations."""

from __future__ import annotations

from crm.service_levels.queries import calendar_of

ORDERS_CARD = """
    (SELECT jsonb_build_object(
        'latest', (SELECT coalesce(jsonb_agg(x), '[]') FROM (
            SELECT id, number, ordered_on, amount, currency, status, delivery_due_on FROM customer_order
            WHERE customer = c.id ORDER BY ordered_on DESC, id DESC LIMIT 4) x),
        'all', (SELECT count(*) FROM customer_order WHERE customer = c.id),
        'others', (SELECT coalesce(jsonb_agg(x), '[]') FROM (
            SELECT currency, count(*) AS n, sum(amount) AS total FROM customer_order
            WHERE customer = c.id AND status <> 'cancelled' AND currency <> f.revenue_currency GROUP BY 1 ORDER BY 1) x),
        'gaps', (SELECT coalesce(jsonb_agg(gap ORDER BY gap), '[]') FROM (
            SELECT d.ordered_on - lag(d.ordered_on) OVER (ORDER BY d.ordered_on) AS gap FROM (
                SELECT DISTINCT ordered_on FROM customer_order WHERE customer = c.id AND status <> 'cancelled') d) x
            WHERE gap IS NOT NULL))::text)"""
"""A subselect for a statement with customer c and customer_figures f: the latest orders, and what their figures rest on."""

QUOTATIONS_CARD = f"""
    (SELECT jsonb_build_object(
        'shown', (SELECT coalesce(jsonb_agg(x), '[]') FROM (
            SELECT id, number, subject, amount, currency, status, requested_at, sent_at, decided_at, turnaround_min,
                decline_reason FROM quotation WHERE customer = c.id
            ORDER BY status IN ('accepted', 'declined'), requested_at DESC, id DESC LIMIT 4) x),
        'all', (SELECT count(*) FROM quotation WHERE customer = c.id),
        'calendar', (SELECT {calendar_of("c.service_level")}
            WHERE EXISTS (SELECT FROM quotation w WHERE w.customer = c.id AND w.status IN ('requested', 'sent'))))::text)"""
"""A subselect for a statement with customer c: the open quotations and the latest others, and the calendar by which open ones
wait."""
