"""The verbs that keep the guides: write a new one, change one. Each change of the steps makes a version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from crm.accounts.audit import changes, record
from crm.accounts.permissions import Permission, roles_with
from crm.database import execute, fetch, fetch_value, transaction
from crm.errors import Invalid, RuleBroken
from crm.touchpoints.guides.queries import guide_named
from crm.touchpoints.guides.rules import REVIEW_MONTHS, GuideView, Step, keyed, stored_step
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class GuideData:
    """A guide as a lead wants it; a step without a key is new. Without an owner the leads look after it."""

    name_de: str
    name_en: str
    touchpoints: tuple[str, ...]
    channels: tuple[str, ...]
    review_on: date | None
    is_active: bool
    steps: tuple[Step, ...]
    review_months: int = REVIEW_MONTHS
    owner_id: int | None = None


async def create_guide(data: GuideData, *, by: int, now: datetime) -> str:
    """A new guide at the end of the list; answers its code. Raises Invalid for an owner who may not change guides."""
    async with transaction():
        await _demand_owner(data.owner_id)
        row = await fetch_value(
            "INSERT INTO guide (code, name_de, name_en, touchpoints, channels, position, is_active, review_on, review_months, owner, "
            "version) SELECT 'g' || nextval('guide_id_seq'), $1, $2, $3, $4, coalesce(max(position) + 1, 0), $5, $6, $7, $8, 1 "
            "FROM guide RETURNING id",
            data.name_de, data.name_en, ",".join(data.touchpoints), ",".join(data.channels), data.is_active, data.review_on,
            data.review_months, data.owner_id,
        )  # fmt: skip
        steps = keyed(data.steps, ())
        await _write_version(row, 1, steps, by=by, now=now)
        told = {name: value for name, value in _told(data, steps).items() if value not in ("", None)}
        await record("guide.created", "guide", row, by=by, now=now, fields=told)
        return str(await fetch_value("SELECT code FROM guide WHERE id = $1", row))


async def change_guide(
    code: str, data: GuideData, version: int, *, by: int, now: datetime, review_was: date | None = None
) -> None:
    """Write what differs. Contacts go on showing the version that they were logged with.

    Raises NotFound, RuleBroken if somebody else saved since `version` or looked through the guide since it was to be reviewed on
    `review_was`, and Invalid for a new owner who may not change guides."""
    async with transaction():
        await execute("SELECT FROM guide WHERE code = $1 FOR UPDATE", code)
        before = await guide_named(code)
        if version != before.version or (review_was is not None and review_was != before.review_on):
            raise RuleBroken(
                _("Somebody else changed this guide meanwhile. What you typed is kept; saving again replaces theirs.")
            )
        steps = keyed(_with_own_keys(data.steps, before), await _keys(before.id))
        if data.owner_id != before.owner_id:
            await _demand_owner(data.owner_id)
        differing = changes(_told(before, before.steps), _told(data, steps))
        if not differing:
            return
        new = before.version + 1  # also for another name or touchpoint: whoever saves next must have seen it
        await _write_version(before.id, new, steps, by=by, now=now)
        await execute(
            "UPDATE guide SET name_de = $2, name_en = $3, touchpoints = $4, channels = $5, is_active = $6, review_on = $7, "
            "version = $8, review_months = $9, owner = $10 WHERE id = $1",
            before.id, data.name_de, data.name_en, ",".join(data.touchpoints), ",".join(data.channels), data.is_active,
            data.review_on, new, data.review_months, data.owner_id,
        )  # fmt: skip
        await record("guide.changed", "guide", before.id, by=by, now=now, fields=differing)


async def _write_version(guide_id: int, version: int, steps: tuple[Step, ...], *, by: int, now: datetime) -> None:
    await execute(
        "INSERT INTO guide_version (guide, version, steps, at, by_user) VALUES ($1, $2, $3, $4, $5)",
        guide_id, version, msgspec.json.encode([stored_step(step) for step in steps]).decode(), now, by,
    )  # fmt: skip


async def _demand_owner(owner_id: int | None) -> None:
    """Whoever looks after a guide works here and may change it, or nobody does. Raises Invalid."""
    roles = roles_with(Permission.CATALOGUES_EDIT)
    is_fit = "SELECT true FROM staff WHERE id = $1 AND deactivated_at IS NULL AND role = ANY($2) FOR SHARE"
    if owner_id is not None and not await fetch_value(is_fit, owner_id, roles):
        raise Invalid({"owner": _("Choose somebody who works here and may change guides.")})


async def _keys(guide_id: int) -> list[str]:
    """The keys of all steps that this guide ever had."""
    rows = await fetch(
        "SELECT DISTINCT s->>'key' AS key FROM guide_version v, jsonb_array_elements(v.steps) s WHERE v.guide = $1",
        guide_id,
    )
    return [row.key for row in rows]


def _with_own_keys(steps: tuple[Step, ...], before: GuideView) -> tuple[Step, ...]:
    """Only keys of this guide count, each once: what else a form sends is a new step."""
    left = {step.key for step in before.steps}
    found = []
    for step in steps:
        key = step.key if step.key in left else ""
        left.discard(key)
        found.append(Step(key, step.meant_for, step.text_de, step.text_en))
    return tuple(found)


def _told(guide: GuideData | GuideView, steps: tuple[Step, ...]) -> dict[str, Any]:
    """A guide by the words of the audit trail."""
    english = "" if guide.name_en == guide.name_de else guide.name_en
    return {
        "name_de": guide.name_de, "name_en": english, "touchpoints": ", ".join(guide.touchpoints),
        "guide_channels": ", ".join(guide.channels), "review_on": guide.review_on.isoformat() if guide.review_on else "",
        "in_use": guide.is_active, "review_months": guide.review_months, "guide_owner": guide.owner_id,
        "steps": "\n".join(f"{step.meant_for}: {step.text_de} | {step.text_en}" for step in steps),
    }  # fmt: skip
