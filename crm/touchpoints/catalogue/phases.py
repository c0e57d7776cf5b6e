"""The verbs that keep the phases of the journey: add one, change one, retire it and take it into use again."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.database import Lock, execute, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Conflict, Difference, Invalid, RuleBroken
from crm.touchpoints.catalogue.editing import free_code
from crm.touchpoints.catalogue.forms import PhaseData
from crm.touchpoints.catalogue.ordering import next_place
from crm.touchpoints.catalogue.queries import phase_for
from crm.touchpoints.catalogue.words import PHASE_LABELS, STAGES
from crm.touchpoints.tables import Stage
from crm.web.i18n import _, ngettext

FIELDS = ("name_de", "name_en", "stage")


async def create_phase(data: PhaseData, *, by: int, now: datetime) -> str:
    """A new phase at the end of the journey; answers its code. Raises Invalid for a name that is there already."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        await _demand_free_name(data, None)
        code = await free_code("phase", data.name_de)
        row = await fetch_value(
            "INSERT INTO phase (code, name_de, name_en, stage, position, version) VALUES ($1, $2, $3, $4, $5, 1) RETURNING id",
            code, data.name_de, data.name_en, data.stage, await next_place(),
        )  # fmt: skip
        told = {"name_de": data.name_de, "name_en": data.name_en, "stage": data.stage}
        await record("phase.created", "phase", row, by=by, now=now, fields=told)
        return code


async def change_phase(code: str, data: PhaseData, version: int | None, *, by: int, now: datetime) -> int:
    """Write what differs and answer the version. Raises Conflict if somebody else saved since `version`."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        row = await phase_for(code)
        before = {name: row[name] for name in FIELDS}
        wanted = {name: getattr(data, name) for name in FIELDS if getattr(data, name) != before[name]}
        if version is not None and version != row.version:
            sentence = _("Somebody else saved this phase meanwhile. Compare both versions and send yours again.")
            told = [
                Difference(name, _(PHASE_LABELS[name]), _shown(name, before[name]), _shown(name, value))
                for name, value in wanted.items()
            ]
            raise Conflict(sentence, told, row.version)
        if not wanted:
            return int(row.version)
        await _demand_free_name(data, row.id)
        await execute(
            "UPDATE phase SET name_de = $2, name_en = $3, stage = $4, version = version + 1 WHERE id = $1",
            row.id, data.name_de, data.name_en, data.stage,
        )  # fmt: skip
        old = {name: before[name] for name in wanted}
        await record("phase.changed", "phase", row.id, by=by, now=now, fields=audited(old, wanted))
        return int(row.version) + 1


async def retire_phase(code: str, is_retired: bool, *, by: int, now: datetime) -> None:
    """A retired phase is offered no more; it can be brought back. Raises RuleBroken while touchpoints lie in it, and for the last
    one. Doing it twice changes nothing."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        row = await phase_for(code)
        if (row.retired_at is not None) == is_retired:
            return
        if is_retired:
            await _demand_free(row.touchpoints)
        await execute(
            "UPDATE phase SET retired_at = $2, version = version + 1 WHERE id = $1",
            row.id, now if is_retired else None,
        )  # fmt: skip
        action = "phase.retired" if is_retired else "phase.restored"
        await record(action, "phase", row.id, by=by, now=now)


async def _demand_free(touchpoints: int) -> None:
    if touchpoints:
        sentence = ngettext(
            "One touchpoint lies in this phase. Put it into another phase or retire it first.",
            "%(num)s touchpoints lie in this phase. Put them into another phase or retire them first.",
            touchpoints,
        )
        raise RuleBroken(sentence % {"num": touchpoints})
    if await fetch_value("SELECT count(*) FROM phase WHERE retired_at IS NULL") <= 1:
        raise RuleBroken(_("This is the only phase in use. Add another one first."))


async def _demand_free_name(data: PhaseData, phase_id: int | None) -> None:
    """In both languages, the retired ones included: on the journey of the past both may stand side by side."""
    row = await fetch_one(
        "SELECT bool_or(lower(name_de) = lower($1)) AS de, bool_or(lower(name_en) = lower($2)) AS en FROM phase "
        "WHERE id IS DISTINCT FROM $3",
        data.name_de, data.name_en, phase_id,
    )  # fmt: skip
    taken = {"name_de": row.de, "name_en": row.en} if row else {}
    errors = {name: _("There is a phase with this name already.") for name, is_taken in taken.items() if is_taken}
    if errors:
        raise Invalid(errors)


def _shown(name: str, value: str) -> str:
    return _(STAGES[Stage(value)]) if name == "stage" else value
