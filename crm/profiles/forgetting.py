"""What goes at night: values whose basis has ended, whose time is over, or whose attribute is not used any more."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import structlog

from crm.accounts.audit import record_many
from crm.database import fetch, transaction

log = structlog.get_logger()

AT_ONCE = 5000
"""Values per transaction, so that nobody waits long for a row."""

_DUE = """
    DELETE FROM attribute_value WHERE id IN (
        SELECT v.id FROM attribute_value v JOIN attribute a ON a.id = v.attribute
        WHERE v.blocked_at IS NOT NULL
            OR v.person IS NOT NULL AND NOT EXISTS (SELECT FROM attribute_basis b WHERE b.person = v.person
                AND b.purpose = a.purpose AND b.basis = a.legal_basis AND b.ended_at IS NULL)
            OR (a.retired_at IS NOT NULL
                OR v.recorded_at + CASE WHEN a.retention_unit = 'days' THEN make_interval(days => a.retention)
                    ELSE make_interval(months => a.retention) END <= $1)
                AND NOT EXISTS (SELECT FROM person p WHERE p.id = v.person AND p.restricted_at IS NOT NULL)
        ORDER BY v.id LIMIT $2 FOR UPDATE OF v SKIP LOCKED)
    RETURNING person, customer, (SELECT code FROM attribute a WHERE a.id = attribute) AS code
"""


async def forget_attributes(*, now: datetime) -> int:
    """Delete what is due; the number of values. Each deletion is on record, without the value. Restricted people's values
    stay, since restricted data are stored until somebody decides (GDPR Art. 18), unless their consent was withdrawn."""
    total = 0
    while True:
        async with transaction():
            gone = await fetch(_DUE, now, AT_ONCE)
            groups: dict[tuple[str, str], list[int]] = defaultdict(list)
            for row in gone:
                groups["customer" if row.person is None else "person", row.code].append(row.person or row.customer)
            for (kind, code), ids in groups.items():
                await record_many("attribute.expired", kind, ids, by=None, now=now, fields={"attribute": code})
        total += len(gone)
        if len(gone) < AT_ONCE:
            break
    if total:
        log.info("attributes_forgotten", values=total)
    return total
