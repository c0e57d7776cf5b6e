"""The verbs of intended journeys: plan one, change it, move a step, delete it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from crm.accounts.audit import changes, record
from crm.accounts.current import CurrentUser
from crm.customers.lists.views import view_for
from crm.database import execute, fetch, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.improvement.intended.queries import Intended, intended_for
from crm.improvement.intended.rules import IntendedData, Segment, StepData, moved
from crm.improvement.intended.tables import SegmentKind
from crm.web.i18n import _

_ALONE = "LOCK TABLE intended_journey IN SHARE ROW EXCLUSIVE MODE"
"""Whoever writes waits for whoever writes: a segment has one intended journey, and its steps are one list."""


async def plan_journey(data: IntendedData, user: CurrentUser, *, now: datetime) -> int:
    """A new intended journey; its id. Raises Invalid for a segment that has one already or cannot be chosen, for a touchpoint or a
    colleague that isn't there."""
    async with transaction():
        await execute(_ALONE)
        places = await _fitting(data, None, user)
        segment = data.segment
        intended_id = int(
            await fetch_value(
                'INSERT INTO intended_journey (name, goal, segment, "view", persona, created_by, created_at, version) '
                "VALUES ($1, $2, $3, $4, $5, $6, $7, 1) RETURNING id",
                data.name, data.goal, segment.kind.value, segment.view_id, segment.persona_id, user.id, now,
            )
        )  # fmt: skip
        await _write_steps(intended_id, data.steps, places)
        told = {name: [None, value] for name, value in data.recorded().items()}
        await record("intended_journey.planned", "intended_journey", intended_id, by=user.id, now=now, fields=told)
        return intended_id


async def change_journey(
    intended_id: int, data: IntendedData, version: int, user: CurrentUser, *, now: datetime
) -> int:
    """Write what differs; answers the version. Raises NotFound, Invalid, and Conflict with both versions if somebody else changed it
    since `version`."""
    return await _change(intended_id, lambda _before: data, version, user, now=now)


async def move_step(
    intended_id: int, touchpoint: str, by: int, version: int, user: CurrentUser, *, now: datetime
) -> int:
    """One step a place further up (-1) or down (1); answers the version. Raises NotFound, and Conflict if somebody else changed the
    journey since `version`: the place may be another one by now."""

    def wanted(before: IntendedData) -> IntendedData:
        return IntendedData(before.name, before.goal, before.segment, moved(before.steps, touchpoint, by))

    return await _change(intended_id, wanted, version, user, now=now)


async def delete_journey(intended_id: int, *, by: int, now: datetime) -> None:
    """It is gone; that it was there stays in the audit trail. Raises NotFound."""
    async with transaction():
        before = await intended_for(intended_id)
        if not await fetch_value("DELETE FROM intended_journey WHERE id = $1 RETURNING id", intended_id):
            raise NotFound()
        told = {"journey_name": before.name, "journey_goal": before.goal}
        await record("intended_journey.deleted", "intended_journey", intended_id, by=by, now=now, fields=told)


async def _change(
    intended_id: int, wish: Callable[[IntendedData], IntendedData], version: int, user: CurrentUser, *, now: datetime
) -> int:
    async with transaction():
        await execute(_ALONE)
        before = await intended_for(intended_id)
        data = wish(before.data)
        old, new = before.data.recorded(), data.recorded()
        if old == new:
            return before.version
        if version != before.version:
            raise Conflict(
                _("Somebody else changed this intended journey meanwhile."), _differences(before.data, data), before.version
            )  # fmt: skip
        places = await _fitting(data, before, user)
        segment = data.segment
        await execute(
            'UPDATE intended_journey SET name = $2, goal = $3, segment = $4, "view" = $5, persona = $6, version = version + 1 '
            "WHERE id = $1",
            intended_id, data.name, data.goal, segment.kind.value, segment.view_id, segment.persona_id,
        )  # fmt: skip
        if old["journey_steps"] != new["journey_steps"]:
            await execute("DELETE FROM intended_step WHERE journey = $1", intended_id)
            await _write_steps(intended_id, data.steps, places)
        fields = changes(old, new)
        await record("intended_journey.changed", "intended_journey", intended_id, by=user.id, now=now, fields=fields)
        return before.version + 1


async def _write_steps(intended_id: int, steps: tuple[StepData, ...], places: dict[str, int]) -> None:
    await execute(
        "INSERT INTO intended_step (journey, touchpoint, position, channels, aim, responsible, note) "
        "SELECT $1, s.touchpoint, s.place - 1, s.channels, s.aim, s.responsible, s.note "
        "FROM unnest($2::bigint[], $3::text[], $4::numeric[], $5::bigint[], $6::text[]) WITH ORDINALITY "
        "AS s (touchpoint, channels, aim, responsible, note, place)",
        intended_id, [places[step.touchpoint] for step in steps], [",".join(step.channels) for step in steps],
        [step.aim for step in steps], [step.responsible_id for step in steps], [step.note for step in steps],
    )  # fmt: skip


async def _fitting(data: IntendedData, before: Intended | None, user: CurrentUser) -> dict[str, int]:
    """The ids of the touchpoints by their codes. What was chosen before stays allowed: a retired touchpoint, a colleague who left, the
    view of another team. Raises Invalid with every error."""
    errors: dict[str, str] = {}
    codes = [step.touchpoint for step in data.steps]
    rows = await fetch("SELECT id, code, state FROM touchpoint WHERE code = ANY($1)", codes)
    known = set() if before is None else {step.code for step in before.steps}
    places = {row.code: row.id for row in rows if row.state != "retired" or row.code in known}
    if missing := [code for code in codes if code not in places]:
        errors["steps"] = _("There is no touchpoint in use with the code “%(code)s”.") % {"code": missing[0][:40]}
    elif len({*codes}) < len(codes):
        errors["steps"] = _("Each touchpoint can stand on an intended journey once.")
    asked = {step.responsible_id for step in data.steps if step.responsible_id is not None}
    asked -= set() if before is None else {step.responsible_id for step in before.steps}
    here = await fetch("SELECT id FROM staff WHERE id = ANY($1) AND deactivated_at IS NULL", list(asked))
    if len(here) < len(asked):
        errors["steps"] = _("Choose somebody who works here.")
    if before is None or data.segment != before.data.segment:
        errors |= await _wrong_segment(data.segment, before, user)
    if errors:
        raise Invalid(errors)
    return places


async def _wrong_segment(segment: Segment, before: Intended | None, user: CurrentUser) -> dict[str, str]:
    """Why a segment cannot be chosen; by field. It is one that others see too: all, a view that the team shares, or a persona."""
    if segment.kind is SegmentKind.VIEW:
        try:
            shared = (await view_for(user, segment.id or 0)).team is not None
        except NotFound:
            shared = False
        if not shared:
            return {"segment": _("Choose a view of customers that your team shares, or a persona.")}
    if segment.kind is SegmentKind.PERSONA and not await fetch_value("SELECT 1 FROM persona WHERE id = $1", segment.id):
        return {"segment": _("Choose a view of customers that your team shares, or a persona.")}
    taken = await fetch_value(
        'SELECT name FROM intended_journey WHERE segment = $1 AND "view" IS NOT DISTINCT FROM $2 '
        "AND persona IS NOT DISTINCT FROM $3 AND (segment = 'all' OR coalesce(\"view\", persona) IS NOT NULL) "
        "AND ($4::bigint IS NULL OR id <> $4)",
        segment.kind.value, segment.view_id, segment.persona_id, None if before is None else before.id,
    )  # fmt: skip
    if taken is not None:
        return {
            "segment": _("These customers have an intended journey already: “%(name)s”. Change that one.")
            % {"name": taken}
        }
    return {}


def _differences(before: IntendedData, after: IntendedData) -> list[Difference]:
    """Field by field; the steps as the codes of their touchpoints, which the page puts into names."""

    def way(data: IntendedData) -> str:
        return " → ".join(step.touchpoint for step in data.steps)

    found = [
        ("name", _("Name"), before.name, after.name), ("goal", _("Goal"), before.goal, after.goal),
        ("segment", _("Customers"), before.segment.code, after.segment.code), ("steps", _("Steps"), way(before), way(after)),
    ]  # fmt: skip
    told = [Difference(name, label, old, new) for name, label, old, new in found if old != new]
    if before.steps != after.steps and way(before) == way(after):
        told.append(Difference("steps", _("Steps"), _("as they are saved"), _("with what you changed in them")))
    return told
