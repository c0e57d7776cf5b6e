"""What came by a form and looks like spam: somebody says that it is none, or does without all of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.accounts.audit import record
from crm.database import Lock, execute, fetch_one, fetch_value, take_lock, transaction
from crm.errors import NotFound
from crm.interactions.incoming.deciding import Way
from crm.interactions.incoming.entry_filing import entry_place, facts_of_entry, open_entry
from crm.interactions.incoming.queries import EMPTIED, IS_SPAM, SPAM, STATE
from crm.interactions.incoming.tables import IncomingState
from crm.interactions.web_forms.entries import packed, unpacked


async def rescue(mail_id: int, *, by: int, now: datetime) -> tuple[IncomingState, int | None]:
    """It is no spam: it goes where it would have gone at once. Answers what became of it, and the enquiry if it is one; what more than
    one customer may have written waits among what has to be decided. Raises NotFound if somebody was quicker."""
    async with transaction():
        await take_lock(Lock.INCOMING)
        row = await fetch_one(
            f"SELECT content, received_at FROM incoming_mail m WHERE id = $1 AND {STATE} = $2 FOR UPDATE OF m",
            mail_id,
            SPAM,
        )
        if row is None:
            raise NotFound()
        entry = msgspec.structs.replace(unpacked(bytes(row.content)), suspicion="")
        place = entry_place(await facts_of_entry(entry))
        await record("incoming_mail.rescued", "incoming_mail", mail_id, by=by, now=now)
        if place.way not in (Way.OPEN, Way.PROSPECT):
            state = IncomingState.OFFICER if place.way == Way.OFFICER else IncomingState.QUARANTINE
            await execute(
                "UPDATE incoming_mail SET state = $2, reason = $3, content = $4 WHERE id = $1",
                mail_id, state.value, place.reason, packed(entry),
            )  # fmt: skip
            return state, None
        ticket_id = await open_entry(entry, place.sender, row.received_at, by=by, now=now)
        await execute(
            f"UPDATE incoming_mail SET state = 'filed', ticket = $2, {EMPTIED}, settled_at = $3 WHERE id = $1",
            mail_id, ticket_id, now,
        )  # fmt: skip
        return IncomingState.FILED, ticket_id


async def dismiss_spam(until: int, *, by: int, now: datetime) -> int:
    """Nobody needs what looks like spam, as far as somebody has seen it: up to the entry with this id. What it said is deleted; how
    many there were. What belongs to a restricted person stays for the officer."""
    async with transaction():
        dropped = await fetch_value(
            f"WITH gone AS (UPDATE incoming_mail m SET state = 'dropped', {EMPTIED}, settled_at = $2 "
            f"WHERE m.id <= $1 AND {IS_SPAM} AND {STATE} = 'spam' RETURNING 1) SELECT count(*) FROM gone",
            until, now,
        )  # fmt: skip
        if dropped:
            await record(
                "incoming_mail.spam_dismissed",
                "incoming_mail",
                None,
                by=by,
                now=now,
                fields={"dropped_entries": dropped},
            )
        return int(dropped)
