"""Who wrote a mail is told when it could not be delivered, or may not leave any more; once."""

from __future__ import annotations

from datetime import datetime

from crm.customers.figures import lock_figures
from crm.database import fetch, fetch_one, transaction
from crm.interactions.mails.event_mails import remind_of_failed
from crm.interactions.rhythm import no_contact_after_all
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind

AT_ONCE = 50

_FAILED = """
    SELECT m.id, i.customer FROM interaction_mail m JOIN outbox_message o ON o.id = m.outbox_id JOIN interaction i ON i.id = m.interaction
    WHERE m.told_at IS NULL AND o.status IN ('failed', 'refused') AND ($1::bigint IS NULL OR o.id = $1) ORDER BY m.id LIMIT $2
"""
_CLAIM = """
    UPDATE interaction_mail m SET told_at = $2 FROM outbox_message o, interaction i
    WHERE m.id = $1 AND m.told_at IS NULL AND o.id = m.outbox_id AND o.status IN ('failed', 'refused') AND i.id = m.interaction
    RETURNING m.interaction, m.follow_up::text AS follow_up, i.by_user, i.at, i.counts, o.subject, o.to_address, o.attempts, o.status,
        o.permission::text AS permission, o.purpose, o.error, i.customer AS customer_id,
        (SELECT c.name FROM customer c WHERE c.id = i.customer AND c.restricted_at IS NULL AND c.deleted_at IS NULL) AS customer
"""


async def tell_writers(now: datetime, outbox_id: int | None = None) -> int:
    """Tell whoever wrote a mail that it did not go out: of this one, or of all that nobody was told of; how many. A mail that was
    never delivered is no contact: the customer waits as before. In the place of a rule's mail comes a follow-up. Safe to run
    twice and at once."""
    told = 0
    for row in await fetch(_FAILED, outbox_id, AT_ONCE):
        async with transaction():
            if row.customer is not None:
                await lock_figures([row.customer])
            mail = await fetch_one(_CLAIM, row.id, now)
            if mail is None:
                continue
            if mail.counts and mail.customer_id is not None:
                await no_contact_after_all(mail.interaction)
            if mail.customer is None:
                continue
            if mail.follow_up != "{}":
                await remind_of_failed(mail, now=now)
            elif mail.by_user is not None:
                await notify(
                    mail.by_user, Kind.MAIL_FAILED, detail={"subject": mail.subject, "customer": mail.customer},
                    link=f"/interactions/{mail.interaction}", now=now, dedupe_key=f"mail failed {row.id} {now.isoformat()}",
                )  # fmt: skip
            told += 1
    return told
