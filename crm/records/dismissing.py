"""Somebody says of a pair that they are two customers, or takes that back."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.database import execute, fetch_one, transaction
from crm.errors import NotFound
from crm.records.portraits import pair_fingerprint
from crm.records.searching import known_pair
from crm.records.tables import PairState


async def dismiss_pair(pair_id: int, *, by: int, now: datetime) -> None:
    """No duplicate: the pair is not shown again, unless one of the two changes. Saying it twice changes nothing."""
    await _decide(pair_id, PairState.DISMISSED, by=by, now=now)


async def reopen_pair(pair_id: int, *, by: int, now: datetime) -> None:
    """It is to be decided about after all."""
    await _decide(pair_id, PairState.OPEN, by=by, now=now)


async def _decide(pair_id: int, state: PairState, *, by: int, now: datetime) -> None:
    async with transaction():
        pair = await fetch_one("SELECT one, other, state FROM duplicate_pair WHERE id = $1 FOR UPDATE", pair_id)
        known = await known_pair(pair.one, pair.other) if pair is not None else {}
        if pair is None or len(known) != 2:
            raise NotFound()
        if pair.state == state:
            return
        decided = (now, by) if state is PairState.DISMISSED else (None, None)
        await execute(
            "UPDATE duplicate_pair SET state = $2, decided_at = $3, decided_by = $4, fingerprint = $5 WHERE id = $1",
            pair_id, state.value, *decided, pair_fingerprint(known[pair.one].fingerprint, known[pair.other].fingerprint),
        )  # fmt: skip
        action = "duplicate.dismissed" if state is PairState.DISMISSED else "duplicate.reopened"
        for customer, other in ((pair.one, pair.other), (pair.other, pair.one)):
            await record(action, "customer", customer, by=by, now=now, fields={"customer_id": other})
