"""Looking through a guide when its date has come: who is told of it, once, and what is kept of who has done so."""

from __future__ import annotations

from datetime import date, datetime

from crm.accounts.audit import record
from crm.accounts.permissions import Permission, Role, roles_with
from crm.accounts.queries import staff_of
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import NotFound
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.touchpoints.guides.rules import next_review
from crm.web.formats import local

_DUE = """
    SELECT g.id, g.name_de, g.name_en, g.review_on, o.id AS owner FROM guide g
    LEFT JOIN staff o ON o.id = g.owner AND o.deactivated_at IS NULL AND o.role = ANY($2)
    WHERE g.is_active AND g.review_on <= $1 AND g.reminded_for IS DISTINCT FROM g.review_on ORDER BY g.review_on, g.id
"""
_CLAIM = """
    UPDATE guide SET reminded_for = review_on
    WHERE id = $1 AND review_on = $2 AND is_active AND reminded_for IS DISTINCT FROM review_on RETURNING code
"""


async def remind_of_guide_reviews(*, now: datetime) -> int:
    """Tell the owner of each guide that is due for review, once for each date; the leads where nobody owns it who works here and may
    change it. How many guides."""
    told = 0
    for row in await fetch(_DUE, local(now).date(), roles_with(Permission.CATALOGUES_EDIT)):
        async with transaction():
            code = await fetch_value(_CLAIM, row.id, row.review_on)
            if code is None:  # another worker told of it, or somebody has looked through it meanwhile
                continue
            told += 1
            readers = [row.owner] if row.owner else await staff_of(Role.LEAD)
            for reader in await fetch("SELECT id, language FROM staff WHERE id = ANY($1) ORDER BY id", readers):
                name = (row.name_en or row.name_de) if reader.language == "en" else row.name_de
                await notify(
                    reader.id, Kind.GUIDE_DUE, detail={"name": name, "on": row.review_on.isoformat()}, link=f"/guides/{code}",
                    now=now, dedupe_key=f"guide-due-{row.id}-{row.review_on}-{reader.id}",
                )  # fmt: skip
    return told


async def review_guide(code: str, due_on: date | None, *, by: int, now: datetime) -> date:
    """Keep that somebody has looked through the guide that was due on `due_on`; the next date, its months later. If the date is another
    one meanwhile, somebody has done so already and nothing is written. Raises NotFound."""
    async with transaction():
        guide = await fetch_one(
            "SELECT id, version, review_on, review_months FROM guide WHERE code = $1 FOR UPDATE",
            code.replace("\x00", "")[:40],
        )
        if guide is None:
            raise NotFound()
        if guide.review_on is not None and guide.review_on != due_on:
            return guide.review_on  # type: ignore[no-any-return]
        following = next_review(local(now).date(), guide.review_months)
        await execute(
            "INSERT INTO guide_review (guide, version, at, by_user, due_on, next_on) VALUES ($1, $2, $3, $4, $5, $6)",
            guide.id, guide.version, now, by, guide.review_on, following,
        )  # fmt: skip
        await execute("UPDATE guide SET review_on = $2 WHERE id = $1", guide.id, following)
        fields = {"review_on": following.isoformat()}
        await record("guide.reviewed", "guide", guide.id, by=by, now=now, fields=fields)
    return following
