"""Planned hand-overs that cannot happen any more: they are called off, and whoever planned them is told."""

from __future__ import annotations

from datetime import datetime

from crm.accounts import audit
from crm.database import fetch, transaction
from crm.notifications.actions import notify
from crm.notifications.sentences import Kind

PLANNED = "done_at IS NULL AND cancelled_at IS NULL"


async def call_off(handover_ids: list[int], *, by: int | None, now: datetime) -> None:
    """The colleague cannot take over (any more). Whoever planned it and whose customers they are are told; those who have left
    are not."""
    async with transaction():
        rows = await fetch(
            f"UPDATE portfolio_handover h SET cancelled_at = $2 FROM staff f, staff t WHERE h.id = ANY($1::bigint[]) AND {PLANNED} "
            "AND f.id = h.from_user AND t.id = h.to_user "
            "RETURNING h.id, h.from_user, h.to_user, h.planned_by, f.name AS from_name, t.name AS to_name",
            handover_ids, now,
        )  # fmt: skip
        for row in rows:
            fields = {"colleague": [row.to_user, row.from_user]}
            await audit.record("portfolio.called_off", "user", row.from_user, by=by, now=now, fields=fields)
            for user_id in {row.planned_by, row.from_user} - {None}:
                owner = "" if user_id == row.from_user else f"?owner={row.from_user}"
                await notify(
                    user_id, Kind.HANDOVER_REFUSED, detail={"from": row.from_name, "to": row.to_name},
                    link=f"/portfolio/hand-over{owner}", now=now, dedupe_key=f"hand-over {row.id} {user_id}",
                )  # fmt: skip


async def settle_plans_of_leaver(user_id: int, *, by: int, now: datetime) -> None:
    """Somebody leaves: what was planned to go to them is called off, and what was to go from them has just gone elsewhere."""
    rows = await fetch(
        f"SELECT id, to_user FROM portfolio_handover WHERE {PLANNED} AND (to_user = $1 OR from_user = $1)", user_id
    )
    await call_off([row.id for row in rows], by=by, now=now)
