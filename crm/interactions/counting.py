"""Which contacts count, wherever contacts are counted: the report, the view of the team, the month at a glance.

Everything in the contact history counts, observations without a customer included. Left out are restricted people and
customers (GDPR Art. 18: stored and nothing else) and deleted customers; who was merged into another one counts as deleted. Whoever was
a customer until they were erased (GDPR Art. 17) still counts, without a name: the figures of the past do not change."""

SHUT = """
    shut_person AS MATERIALIZED (SELECT id FROM person WHERE restricted_at IS NOT NULL),
    shut_customer AS MATERIALIZED (SELECT id FROM customer WHERE restricted_at IS NOT NULL
        OR deleted_at IS NOT NULL AND deleted_at IS DISTINCT FROM erased_at)"""
"""Two parts of a WITH, for COUNTED."""

COUNTED = """(i.customer IS NULL OR i.customer NOT IN (SELECT id FROM shut_customer))
            AND (i.person IS NULL OR i.person NOT IN (SELECT id FROM shut_person))"""
"""Whether interaction i counts."""
