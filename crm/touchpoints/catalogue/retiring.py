"""Taking a touchpoint out of use and into use again. Nothing is moved and nothing deleted, so that it can be undone."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.database import Lock, Row, execute, fetch_one, take_lock, transaction
from crm.errors import Invalid, RuleBroken
from crm.touchpoints.catalogue.queries import touchpoint_for
from crm.touchpoints.tables import TouchpointState
from crm.web.i18n import _


async def retire_touchpoint(code: str, replacement: str, *, by: int, now: datetime) -> None:
    """Retire it: contacts keep it, forms offer it no more, and offer its replacement (a code; empty: none) where it was proposed.
    One that is retired already stays as it is. Raises Invalid for a replacement that is not in use."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        kept = await touchpoint_for(code)
        if kept.row.state == TouchpointState.RETIRED:
            return
        other = await _in_use(replacement, kept.row.id)
        await execute(
            "UPDATE touchpoint SET state = 'retired', retired_at = $2, replacement = $3, version = version + 1 WHERE id = $1",
            kept.row.id, now, other.id if other else None,
        )  # fmt: skip
        if other:
            # whatever it stood in for is stood in for by the other one now: readers go one step
            await execute("UPDATE touchpoint SET replacement = $2 WHERE replacement = $1", kept.row.id, other.id)
        told = {"replacement": other.name_de} if other else None
        await record("touchpoint.retired", "touchpoint", kept.row.id, by=by, now=now, fields=told)


async def use_touchpoint(code: str, *, by: int, now: datetime) -> None:
    """Take a planned or a retired one into use. Doing it twice changes nothing. Raises RuleBroken if another one in use has got its
    name, or if its phase is retired."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        kept = await touchpoint_for(code)
        if kept.row.state == TouchpointState.ACTIVE:
            return
        facts = await fetch_one(
            "SELECT (SELECT retired_at IS NOT NULL FROM phase WHERE code = $1) AS is_phase_retired, "
            "EXISTS (SELECT FROM touchpoint WHERE lower(name_de) = lower($2) AND state <> 'retired' AND id <> $3) AS is_taken",
            kept.row.phase, kept.row.name_de, kept.row.id,
        )  # fmt: skip
        assert facts is not None
        if facts.is_taken:
            raise RuleBroken(_("Another touchpoint has got this name meanwhile. Rename that one first."))
        if facts.is_phase_retired:
            raise RuleBroken(_("Its phase is retired. Take the phase into use again first."))
        await execute(
            "UPDATE touchpoint SET state = 'active', retired_at = NULL, replacement = NULL, version = version + 1 WHERE id = $1",
            kept.row.id,
        )
        await record("touchpoint.activated", "touchpoint", kept.row.id, by=by, now=now)


async def _in_use(code: str, retired_id: int) -> Row | None:
    if not code:
        return None
    row = await fetch_one(
        "SELECT id, name_de FROM touchpoint WHERE code = $1 AND state = 'active' AND id <> $2", code, retired_id
    )
    if row is None:
        raise Invalid({"replacement": _("Choose another touchpoint that is in use.")})
    return row
