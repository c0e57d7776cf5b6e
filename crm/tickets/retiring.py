"""Retiring a service level or a calendar: what is in use moves to another one, with the same preview of due times as a change; what
is over keeps what it had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.accounts.audit import record, record_many
from crm.customers.figures import follow_rhythm
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, RuleBroken
from crm.queue import enqueue
from crm.service_levels.editing import lock_calendar, lock_level, save_level
from crm.service_levels.queries import CURRENT_TERMS
from crm.service_levels.versions import Level, NamedCalendar, calendar_named, level_named, levels_by
from crm.tickets.locking import take_routing_lock
from crm.tickets.repromising import (
    APPLIED_WITHIN,
    WRITTEN_AT_ONCE,
    Foreseen,
    apply_new_terms,
    apply_version,
    foresee,
    terms_text,
)
from crm.tickets.tables import OPEN_SQL
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class LevelUses:
    """What a service level is in use for: customers, open enquiries, and whether new prospects get it."""

    customers: int
    enquiries: int
    is_for_prospects: bool

    @property
    def is_free(self) -> bool:
        return not (self.customers or self.enquiries or self.is_for_prospects)


async def uses_of_level(level_id: int) -> LevelUses:
    """One statement."""
    row = await fetch_one(
        "SELECT (SELECT count(*) FROM customer WHERE service_level = $1) AS customers, "
        f"(SELECT count(*) FROM ticket WHERE service_level = $1 AND status IN {OPEN_SQL}) AS enquiries, "
        "EXISTS (SELECT FROM company o JOIN service_level s ON s.code = o.prospect_service_level WHERE s.id = $1) AS is_for_prospects",
        level_id,
    )
    assert row is not None
    return LevelUses(row.customers, row.enquiries, row.is_for_prospects)


async def foresee_level_retirement(level_id: int, replacement_id: int | None, *, now: datetime) -> Foreseen:
    """Which open enquiries would get which due times from the replacement. Writes nothing. Raises NotFound, Invalid, RuleBroken."""
    level, uses = await level_named(level_id), await uses_of_level(level_id)
    other = await _level_instead(level, replacement_id, uses)
    if other is None:
        return Foreseen(fingerprint=f"{level.version}")
    calendar = (await calendar_named(code=other.content.calendar)).content
    basis = f"{level.version} {other.id} {other.version} {uses.customers}"
    return await foresee({level_id: terms_text(other.content, calendar)}, basis, now)


async def _level_instead(level: Level, replacement_id: int | None, uses: LevelUses) -> Level | None:
    if level.retired_at is not None:
        raise RuleBroken(_("This is retired already."))
    if replacement_id is None:
        if not uses.is_free:
            raise Invalid({"replacement": _("It is in use: choose what takes its place.")})
        if not await fetch_value(
            "SELECT EXISTS (SELECT FROM service_level WHERE id <> $1 AND retired_at IS NULL)", level.id
        ):
            raise RuleBroken(_("This is the only one. Add another one first."))
        return None
    other = await level_named(replacement_id)
    if other.id == level.id or other.retired_at is not None:
        raise Invalid({"replacement": _("Choose another one that is in use.")})
    return other


async def retire_level(
    level_id: int, replacement_id: int | None, *, seen: str | None, by: int, now: datetime
) -> Foreseen | None:
    """Customers, open enquiries and the level of new prospects move to the replacement, enquiries with the due times that were
    `seen` (None retires in any case); if other ones would follow by now, nothing happens and they are answered. Enquiries that are
    solved keep it. Raises NotFound, Invalid, RuleBroken."""
    async with transaction():
        await take_routing_lock()
        for one in sorted({level_id, replacement_id or level_id}):
            await lock_level(one)
        level, foreseen = await level_named(level_id), await foresee_level_retirement(level_id, replacement_id, now=now)
        if seen is not None and seen != foreseen.fingerprint:
            return foreseen
        other = await level_named(replacement_id) if replacement_id is not None else None
        if other is not None:
            await _move_customers(level, other, by=by, now=now)
            await _move_enquiries(level_id, other.id, now)
        await execute("UPDATE service_level SET retired_at = $2 WHERE id = $1", level_id, now)
        fields = {"service_level": [level.code, other.code if other else None]}
        await record("service_level.retired", "service_level", level_id, by=by, now=now, fields=fields)
    return None


async def _move_customers(level: Level, other: Level, *, by: int, now: datetime) -> None:
    moved = await fetch(
        "UPDATE customer SET service_level = $2, version = version + 1 WHERE service_level = $1 RETURNING id",
        level.id,
        other.id,
    )
    fields = {"service_level": [level.code, other.code]}
    await record_many("customer.changed", "customer", [row.id for row in moved], by=by, now=now, fields=fields)
    await execute(
        "UPDATE company SET prospect_service_level = $2, version = version + 1 WHERE prospect_service_level = $1",
        level.code, other.code,
    )  # fmt: skip
    await follow_rhythm(other.id)


async def _move_enquiries(level_id: int, other_id: int, now: datetime) -> None:
    terms_id = await fetch_value(
        f"SELECT {CURRENT_TERMS.format(level='s')} FROM service_level s WHERE s.id = $1", other_id
    )
    while moved := await fetch(
        "UPDATE ticket SET service_level = $2 WHERE id IN (SELECT id FROM ticket WHERE service_level = $1 "
        f"AND status IN {OPEN_SQL} ORDER BY id LIMIT {WRITTEN_AT_ONCE}) RETURNING id",
        level_id, other_id,
    ):  # fmt: skip
        await apply_version(sorted(row.id for row in moved), terms_id, now)


async def foresee_calendar_retirement(calendar_id: int, replacement_id: int | None, *, now: datetime) -> Foreseen:
    """As foresee_level_retirement, for all service levels by this calendar."""
    calendar, levels = await calendar_named(calendar_id), await levels_by(calendar_id)
    other = await _calendar_instead(calendar, replacement_id, levels)
    if other is None:
        return Foreseen(fingerprint=f"{calendar.version}")
    proposed = {level.id: terms_text(level.content, other.content) for level in levels}
    basis = f"{calendar.version} {other.id} {other.version} {[(level.id, level.version) for level in levels]}"
    return await foresee(proposed, basis, now)


async def _calendar_instead(
    calendar: NamedCalendar, replacement_id: int | None, levels: list[Level]
) -> NamedCalendar | None:
    if calendar.retired_at is not None:
        raise RuleBroken(_("This is retired already."))
    if calendar.id == await fetch_value("SELECT min(id) FROM business_calendar"):
        raise RuleBroken(
            _("This is the company's own calendar: nights, reports and reminders go by it. Change it instead.")
        )
    if replacement_id is None:
        if levels:
            raise Invalid({"replacement": _("It is in use: choose what takes its place.")})
        return None
    other = await calendar_named(replacement_id)
    if other.id == calendar.id or other.retired_at is not None:
        raise Invalid({"replacement": _("Choose another one that is in use.")})
    return other


async def retire_calendar(
    calendar_id: int, replacement_id: int | None, *, seen: str | None, by: int, now: datetime
) -> Foreseen | None:
    """Its service levels run by the replacement from now on, each with a version that says so. Otherwise as retire_level."""
    async with transaction():
        for one in sorted({calendar_id, replacement_id or calendar_id}):
            await lock_calendar(one)
        foreseen = await foresee_calendar_retirement(calendar_id, replacement_id, now=now)
        if seen is not None and seen != foreseen.fingerprint:
            return foreseen
        other = await calendar_named(replacement_id) if replacement_id is not None else None
        for level in await levels_by(calendar_id) if other is not None else []:
            moved = msgspec.structs.replace(level.content, calendar=other.code if other else "")
            await save_level(level.id, level.content, moved, by=by, now=now)
        await execute("UPDATE business_calendar SET retired_at = $2 WHERE id = $1", calendar_id, now)
        await record("calendar.retired", "calendar", calendar_id, by=by, now=now)
    if foreseen.enquiries <= APPLIED_WITHIN:
        await apply_new_terms(now=now)
    else:
        await enqueue("apply_new_terms")
    return None
