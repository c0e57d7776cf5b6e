"""Copies of a message: the gate is asked about each address of its own, when the message is written and when it leaves. One that is
refused stops neither the message nor the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from crm.consents.gate import permission_for
from crm.database import Row, execute, fetch
from crm.mail.message import Copy, on_the_wire


async def write_copies(
    outbox_id: int, copies: Sequence[Copy], *, besides: str, purpose: str, by: int | None, now: datetime
) -> None:
    """Who gets a copy of a message that was just written, each address once and never the addressee's (`besides`)."""
    known = {copy.address.casefold(): copy for copy in copies if copy.address.casefold() != besides.casefold()}
    for position, copy in enumerate(known.values()):
        await execute(
            "INSERT INTO outbox_copy (message, position, name, address, permission, error) VALUES ($1, $2, $3, $4, $5, '')",
            outbox_id, position, " ".join(copy.name.split())[:200], copy.address[:254],
            await _permission(copy.address, purpose, by, now),
        )  # fmt: skip


async def copies_to_send(message: Row, now: datetime) -> list[Row]:
    """The copies of a message that leaves now and may go: the gate is asked once more. Those that have left are among them, with
    `sent_at`: they stand in the mail, and get no second one."""
    rows = await fetch(
        "SELECT id, name, address, sent_at FROM outbox_copy WHERE message = $1 ORDER BY position, id", message.id
    )
    for row in rows:
        if row.sent_at is None:
            stored = await _permission(row.address, message.purpose, None, now)
            await execute("UPDATE outbox_copy SET permission = $2 WHERE id = $1", row.id, stored)
    return await fetch(
        "SELECT id, name, address, sent_at FROM outbox_copy WHERE message = $1 AND (permission ->> 'allowed')::boolean "
        "ORDER BY position, id",
        message.id,
    ) if rows else []  # fmt: skip


async def note_copies(copies: Sequence[Row], refused: Mapping[str, str], now: datetime) -> None:
    """What became of the copies of a message that has left; `refused` by address, with the mail server's words."""
    for copy in copies:
        error = refused.get(on_the_wire(copy.address), "")
        await execute(
            "UPDATE outbox_copy SET sent_at = CASE WHEN $2 = '' THEN coalesce(sent_at, $3) END, error = $2 "
            "WHERE id = $1 AND sent_at IS NULL",
            copy.id, error[:500], now,
        )  # fmt: skip


async def pass_on_copies(old_id: int, new_id: int) -> None:
    """A message goes out anew: who has a copy stands in it and gets no second one, everybody else gets theirs."""
    await execute(
        "INSERT INTO outbox_copy (message, position, name, address, permission, sent_at, returned_at, error) "
        "SELECT $2, c.position, c.name, c.address, c.permission, c.sent_at, c.returned_at, CASE WHEN c.sent_at IS NULL THEN '' "
        "ELSE c.error END FROM outbox_copy c JOIN outbox_message x ON x.id = $2 "
        "WHERE c.message = $1 AND lower(c.address) <> lower(x.to_address)",
        old_id, new_id,
    )  # fmt: skip


async def _permission(address: str, purpose: str, by: int | None, now: datetime) -> str:
    """The gate's answer as it is stored. Whoever the customer wrote to together with us takes part in what was agreed: the purpose's
    own basis counts, and any no of theirs."""
    answer = await permission_for(address=address, purpose=purpose, channel="email", now=now)
    return msgspec.json.encode(
        {"allowed": answer.allowed, "basis": answer.basis, "code": answer.code, "params": dict(answer.params), "by": by}
    ).decode()
