"""Who wrote a mail is told when it could not be delivered, or may not leave any more; once."""

from __future__ import annotations

from datetime import datetime

from crm.database import fetch, fetch_one, transaction
from crm.notifications.actions import notify
from crm.notifications.sentences import Kind

AT_ONCE = 50

_FAILED = """
    SELECT m.id FROM interaction_mail m JOIN outbox_message o ON o.id = m.outbox_id
    WHERE m.told_at IS NULL AND o.status IN ('failed', 'refused') AND ($1::bigint IS NULL OR o.id = $1) ORDER BY m.id LIMIT $2
"""
_CLAIM = """
    UPDATE interaction_mail m SET told_at = $2 FROM outbox_message o, interaction i
    WHERE m.id = $1 AND m.told_at IS NULL AND o.id = m.outbox_id AND o.status IN ('failed', 'refused') AND i.id = m.interaction
    RETURNING m.interaction, i.by_user, o.subject, o.to_address, o.attempts,
        (SELECT c.name FROM customer c WHERE c.id = i.customer AND c.restricted_at IS NULL AND c.deleted_at IS NULL) AS customer
"""


async def tell_writers(now: datetime, outbox_id: int | None = None) -> int:
    """Tell whoever wrote a mail that it did not go out: of this one, or of all that nobody was told of; how many. Safe to run
    twice and at once."""
    told = 0
    for row in await fetch(_FAILED, outbox_id, AT_ONCE):
        async with transaction():
            mail = await fetch_one(_CLAIM, row.id, now)
            if mail is None or mail.by_user is None or mail.customer is None:
                continue
            await notify(
                mail.by_user, Kind.MAIL_FAILED, detail={"subject": mail.subject, "customer": mail.customer},
                link=f"/interactions/{mail.interaction}", now=now, dedupe_key=f"mail failed {row.id} {now.isoformat()}",
            )  # fmt: skip
            told += 1
    return told
