"""The verbs that keep touchpoints: add one, change one. Each change counts the version up and stands in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from anyascii import anyascii

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.database import Lock, Row, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Conflict, Difference, Invalid, RuleBroken
from crm.touchpoints.catalogue.forms import FIRST, UNCHANGED, TouchpointData
from crm.touchpoints.catalogue.queries import Kept, form_choices, touchpoint_for
from crm.touchpoints.catalogue.rules import placed_after, would_descend
from crm.touchpoints.catalogue.words import LABELS, STATES
from crm.touchpoints.tables import TouchpointState
from crm.web.i18n import _, local_name

LONGEST_CODE = 34
FIELDS = (
    "name_de", "name_en", "phase", "channels", "is_direct", "department", "responsible", "is_moment_of_truth", "moments", "importance",
    "target", "parent", "state",
)  # fmt: skip
_FACTS = """
    SELECT (SELECT id FROM phase WHERE code = $1 AND (retired_at IS NULL OR id = (SELECT phase FROM touchpoint WHERE id = $5))) AS phase_id,
        (SELECT id FROM touchpoint WHERE code = $2 AND (state <> 'retired' OR id = (SELECT parent FROM touchpoint WHERE id = $5)))
            AS parent_id,
        EXISTS (SELECT FROM staff WHERE id = $3 AND (deactivated_at IS NULL OR id = (SELECT responsible FROM touchpoint WHERE id = $5)))
            AS is_staff,
        EXISTS (SELECT FROM touchpoint WHERE lower(name_de) = lower($4) AND state <> 'retired' AND id IS DISTINCT FROM $5) AS is_taken
"""


async def create_touchpoint(data: TouchpointData, after: str, *, by: int, now: datetime) -> str:
    """A new touchpoint; answers its code. Raises Invalid for a name that is there already, or for a phase, parent or person that
    cannot be chosen."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        facts = await _fitting(data, None)
        code = await free_code("touchpoint", data.name_de)
        row = await fetch_value(
            "INSERT INTO touchpoint (code, name_de, name_en, phase, channels, is_direct, department, responsible, is_moment_of_truth, "
            "moments, importance, target, parent, state, position, version) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 1) RETURNING id",
            code, *_columns(data, facts),
        )  # fmt: skip
        await _place(row, facts.phase_id, after)
        told = {name: value for name, value in _told(_plain(data)).items() if value not in ("", None)}
        await record("touchpoint.created", "touchpoint", row, by=by, now=now, fields=told)
        return code


async def change_touchpoint(
    code: str, data: TouchpointData, after: str, version: int | None, *, by: int, now: datetime
) -> int:
    """Write what differs and answer the version. Raises Conflict if somebody else saved since `version`, RuleBroken for a retired
    one, Invalid for what cannot be chosen."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        kept = await touchpoint_for(code)
        before, wanted = _before(kept), _plain(data)
        differing = {name: wanted[name] for name in FIELDS if wanted[name] != before[name]}
        if version is not None and version != kept.row.version:
            raise await _conflict(before, differing, kept.row.version)
        if kept.row.state == TouchpointState.RETIRED:
            raise RuleBroken(_("This touchpoint is retired. Take it into use again before you change it."))
        facts = await _fitting(data, kept.row.id)
        if differing:
            await execute(
                "UPDATE touchpoint SET name_de = $2, name_en = $3, phase = $4, channels = $5, is_direct = $6, department = $7, "
                "responsible = $8, is_moment_of_truth = $9, moments = $10, importance = $11, target = $12, parent = $13, state = $14, "
                "version = version + 1 WHERE id = $1",
                kept.row.id, *_columns(data, facts),
            )  # fmt: skip
            old = _told({name: before[name] for name in differing})
            await record(
                "touchpoint.changed", "touchpoint", kept.row.id, by=by, now=now, fields=audited(old, _told(differing))
            )
        if after != UNCHANGED or "phase" in differing:
            await _place(kept.row.id, facts.phase_id, after)
        return int(kept.row.version) + bool(differing)


async def free_code(table: str, name: str) -> str:
    """A code from the name, in small ASCII letters, with a number if it is taken; of a name without any letter: the table's."""
    stem = re.sub(r"[^a-z0-9]+", "_", anyascii(name).lower()).strip("_")[:LONGEST_CODE].strip("_") or table
    if stem in ("new", "order", "phases"):  # pages of the catalogue
        stem = f"{stem}_{table}"
    taken = {row.code for row in await fetch(f"SELECT code FROM {table} WHERE starts_with(code, $1)", stem)}
    return next(code for n in range(1, len(taken) + 2) if (code := stem if n == 1 else f"{stem}_{n}") not in taken)


async def _fitting(data: TouchpointData, touchpoint_id: int | None) -> Row:
    """The ids of phase and parent. Raises Invalid with every error."""
    facts = await fetch_one(_FACTS, data.phase, data.parent, data.responsible, data.name_de, touchpoint_id)
    assert facts is not None
    errors = {}
    if facts.is_taken:
        errors["name_de"] = _("There is a touchpoint with this name already.")
    if facts.phase_id is None:
        errors["phase"] = _("There is no phase with this code.")
    if data.parent and facts.parent_id is None:
        errors["parent"] = _("There is no touchpoint with this code that could be chosen.")
    elif touchpoint_id is not None and await _descends(touchpoint_id, facts.parent_id):
        errors["parent"] = _("A touchpoint cannot be part of itself or of one of its own parts. Choose another one.")
    if data.responsible is not None and not facts.is_staff:
        errors["responsible"] = _("Choose somebody who works here.")
    if errors:
        raise Invalid(errors)
    return facts


async def _descends(touchpoint_id: int, parent_id: int | None) -> bool:
    if parent_id is None:
        return False
    rows = await fetch("SELECT id, parent FROM touchpoint")
    return would_descend(touchpoint_id, parent_id, {row.id: row.parent for row in rows})


async def _place(touchpoint_id: int, phase_id: int, after: str) -> None:
    """Give it its place among all of its phase, and number these anew."""
    rows = await fetch(
        "SELECT id, code FROM touchpoint WHERE phase = $1 ORDER BY id = $2, position, id", phase_id, touchpoint_id
    )
    ids = {row.code: row.id for row in rows}
    order = placed_after([row.id for row in rows], touchpoint_id, None if after == FIRST else ids.get(after, -1))
    await write_order(order)


async def write_order(order: Sequence[int]) -> None:
    """The places of touchpoints by their ids, from 0."""
    await execute(
        "UPDATE touchpoint SET position = o.place - 1 FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, place) "
        "WHERE touchpoint.id = o.id AND touchpoint.position <> o.place - 1",
        list(order),
    )


async def _conflict(before: Mapping[str, Any], differing: Mapping[str, Any], version: int) -> Conflict:
    sentence = _("Somebody else saved this touchpoint meanwhile. Compare both versions and send yours again.")
    choices = await form_choices()
    names = {row.code: local_name(row) for row in (*choices.phases, *choices.touchpoints)} | dict(choices.colleagues)
    told = [
        Difference(name, _(LABELS[name]), _shown(name, before[name], names), _shown(name, value, names))
        for name, value in differing.items()
    ]
    return Conflict(sentence, told, version)


def _shown(name: str, value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        if name == "is_direct":
            return _("direct") if value else _("indirect")
        return _("yes") if value else _("no")
    if name in ("phase", "parent", "responsible"):
        return names.get(str(value), str(value or "–"))
    if name == "state":
        return _(STATES[TouchpointState(value)])
    return str(value).replace(",", ", ") or "–"


def _plain(data: TouchpointData) -> dict[str, Any]:
    """The values as they are compared and told."""
    values: dict[str, Any] = {name: getattr(data, name) for name in FIELDS}
    return values | {
        "channels": ",".join(data.channels),
        "moments": ",".join(data.moments),
        "target": f"{data.target:.2f}",
    }


def _before(kept: Kept) -> dict[str, Any]:
    return {name: kept.row[name] for name in FIELDS} | {"target": f"{kept.row.target:.2f}"}


def _columns(data: TouchpointData, facts: Row) -> tuple[Any, ...]:
    return (
        data.name_de, data.name_en, facts.phase_id, ",".join(data.channels), data.is_direct, data.department, data.responsible,
        data.is_moment_of_truth, ",".join(data.moments), data.importance, data.target, facts.parent_id, data.state,
    )  # fmt: skip


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the words of the audit trail."""
    words = {
        "channels": "touchpoint_channels", "phase": "touchpoint_phase", "parent": "part_of", "target": "target_satisfaction",
        "state": "touchpoint_state",
    }  # fmt: skip
    return {
        words.get(name, name): value.replace(",", ", ") if name in ("channels", "moments") else value
        for name, value in values.items()
    }
