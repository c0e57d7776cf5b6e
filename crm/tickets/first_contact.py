"""First-contact resolution: when an enquiry counts as solved with the first answer. One rule for every figure."""

from __future__ import annotations

from datetime import timedelta

from crm.tickets.merged import FAMILY

REOPENED_WITHIN = timedelta(days=7)
"""What the customer asks again later is another matter."""

AT_FIRST_CONTACT = f"""(
    k.escalations = 0 AND NOT EXISTS (SELECT FROM escalation e WHERE e.ticket = k.id AND e.is_back)
    AND coalesce((SELECT (f.reopened_at IS NULL OR f.reopened_at >= f.at + interval '{REOPENED_WITHIN.days} days')
            AND (SELECT count(*) FROM ticket_message m WHERE m.ticket IN {FAMILY} AND m.kind = 'reply' AND NOT m.is_automatic
                AND m.at <= f.at) <= 1
        FROM closure f WHERE f.ticket = k.id ORDER BY f.at, f.id LIMIT 1), false))"""
"""Whether a solved enquiry `k` was solved at the first contact, as SQL: until it was solved for the first time at most one reply by
a person (what was merged into it counts too), never given to another level, and not reopened within 7 days of that. In words:
crm.reports.definitions, "first_contact"."""
