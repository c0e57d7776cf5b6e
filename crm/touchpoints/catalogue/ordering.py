"""The order of the journey: touchpoints within their phase, and the phases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crm.accounts.audit import record
from crm.database import Lock, Row, execute, fetch, fetch_value, take_lock, transaction
from crm.errors import Invalid
from crm.touchpoints.catalogue.editing import write_order
from crm.touchpoints.catalogue.queries import phase_for, touchpoint_for
from crm.touchpoints.catalogue.rules import stepped
from crm.web.i18n import _


async def move_touchpoint(code: str, step: int, *, by: int, now: datetime) -> None:
    """Move it by so many places within its phase, among those that are not retired; at an end it stays."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        kept = await touchpoint_for(code)
        phase = await phase_for(kept.row.phase)
        rows = await _touchpoints_of(phase.id)
        shown = [row.code for row in rows if row.state != "retired"]
        if code in shown:
            await _write(phase, rows, stepped(shown, code, step), by=by, now=now)


async def order_touchpoints(phase_code: str, codes: Sequence[str], *, by: int, now: datetime) -> None:
    """Put the touchpoints of a phase in this order. Raises Invalid unless each that is not retired is named exactly once: whoever
    has not seen a new one must not put it somewhere."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        phase = await phase_for(phase_code)
        rows = await _touchpoints_of(phase.id)
        shown = {row.code for row in rows if row.state != "retired"}
        if len(codes) != len(shown) or set(codes) != shown:
            raise Invalid(
                {"codes": _("Name each touchpoint of the phase once: %(codes)s.") % {"codes": ", ".join(sorted(shown))}}
            )
        await _write(phase, rows, codes, by=by, now=now)


async def order_phases(codes: Sequence[str], *, by: int, now: datetime) -> None:
    """Put the phases in this order; the retired ones follow. Raises Invalid unless each that is in use is named exactly once."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        rows = await fetch("SELECT id, code, retired_at FROM phase ORDER BY position, id")
        shown = {row.code: row.id for row in rows if row.retired_at is None}
        if len(codes) != len(shown) or set(codes) != set(shown):
            raise Invalid({"codes": _("Name each phase once: %(codes)s.") % {"codes": ", ".join(sorted(shown))}})
        if list(codes) == list(shown):
            return
        order = [*(shown[code] for code in codes), *(row.id for row in rows if row.retired_at is not None)]
        await execute(
            "UPDATE phase SET position = o.place - 1 FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, place) WHERE phase.id = o.id",
            order,
        )
        told = {"touchpoint_order": [", ".join(shown), ", ".join(codes)]}
        await record("phase.ordered", "phase", None, by=by, now=now, fields=told)


async def move_phase(code: str, step: int, *, by: int, now: datetime) -> None:
    """Move a phase by so many places among those in use."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        await phase_for(code)
        rows = await fetch("SELECT code FROM phase WHERE retired_at IS NULL ORDER BY position, id")
        codes = [row.code for row in rows]
        if code in codes:
            await order_phases(stepped(codes, code, step), by=by, now=now)


async def next_place() -> int:
    """The place after the last phase."""
    return int(await fetch_value("SELECT coalesce(max(position) + 1, 0) FROM phase"))


async def _touchpoints_of(phase_id: int) -> list[Row]:
    return await fetch("SELECT id, code, state FROM touchpoint WHERE phase = $1 ORDER BY position, id", phase_id)


async def _write(phase: Row, rows: Sequence[Row], codes: Sequence[str], *, by: int, now: datetime) -> None:
    """The order of those that are shown; each retired one keeps its place among the numbers."""
    before = [row.code for row in rows if row.state != "retired"]
    if list(codes) == before:
        return
    ids, queue = {row.code: row.id for row in rows}, iter(codes)
    await write_order([row.id if row.state == "retired" else ids[next(queue)] for row in rows])
    told = {"touchpoint_order": [", ".join(before), ", ".join(codes)]}
    await record("phase.ordered", "phase", phase.id, by=by, now=now, fields=told)
