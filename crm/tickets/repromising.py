"""A service level or a calendar changes: which open enquiries get which due times is shown first; saving gives them exactly
those, counted from their original start with every pause."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import msgspec

from crm.accounts.audit import record_many
from crm.customers.figures import follow_rhythm
from crm.database import Row, execute, fetch, fetch_value, transaction
from crm.errors import RuleBroken
from crm.queue import enqueue
from crm.service_levels.content import CalendarContent, LevelContent, stored
from crm.service_levels.creating import demand_own_name
from crm.service_levels.editing import lock_calendar, lock_level, save_calendar, save_level
from crm.service_levels.promises import Target
from crm.service_levels.queries import Terms, terms_from
from crm.service_levels.versions import Level, NamedCalendar, calendar_named, level_named, levels_by
from crm.tickets.clocks import CLOCK_KINDS, ClockKind
from crm.tickets.promising import CLOCK_COLUMNS, COLUMNS, apply_terms, due_times, store_due_times, target_of, terms_of
from crm.tickets.tables import OPEN_SQL
from crm.web.i18n import _

T = TypeVar("T", Level, NamedCalendar)

READ_AT_ONCE = 500
WRITTEN_AT_ONCE = 200
APPLIED_WITHIN = 500
"""So many open enquiries get their new due times while one waits; more get them in the background."""
LISTED = 200

_OPEN = f"""
    SELECT k.id, k.subject, k.priority, k.service_level, c.name AS customer, {CLOCK_COLUMNS}
    FROM ticket k JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    WHERE k.service_level = ANY($1) AND k.status IN {OPEN_SQL} AND k.id > $2 ORDER BY k.id LIMIT {READ_AT_ONCE}
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """One promise of one enquiry that gets another due time; `after` is None where it stands still, and with `is_overtaken` it
    is due now."""

    ticket_id: int
    subject: str
    customer: str
    priority: str
    promise: ClockKind
    before: datetime | None
    after: datetime | None
    is_overtaken: bool


@dataclass
class Foreseen:
    """What saving would do: how many open enquiries there are, the promises that move (the first of them listed), and the
    fingerprint by which saving knows that this was seen."""

    enquiries: int = 0
    touched: int = 0
    earlier: int = 0
    later: int = 0
    overtaken: int = 0
    stopped: int = 0
    moved: list[Moved] = field(default_factory=list)
    fingerprint: str = ""

    @property
    def unlisted(self) -> int:
        return self.earlier + self.later + self.overtaken + self.stopped - len(self.moved)


async def foresee_level(level_id: int, content: LevelContent, *, now: datetime) -> Foreseen:
    """What this content of a service level would do to its open enquiries. Writes nothing. Raises NotFound."""
    level = await level_named(level_id)
    calendar = (await calendar_named(code=content.calendar)).content
    return await foresee({level_id: terms_text(content, calendar)}, f"{level.version} {stored(content)}", now)


async def foresee_calendar(calendar_id: int, content: CalendarContent, *, now: datetime) -> Foreseen:
    """What this content of a calendar would do to the open enquiries of every service level by it. Writes nothing."""
    calendar = await calendar_named(calendar_id)
    proposed = {level.id: terms_text(level.content, content) for level in await levels_by(calendar_id)}
    return await foresee(proposed, f"{calendar.version} {stored(content)}", now)


def terms_text(level: LevelContent, calendar: CalendarContent) -> str:
    """What `foresee` compares with: a service level by a calendar, as terms_from reads it."""
    return msgspec.json.encode({"level": level, "calendar": calendar}).decode()


async def foresee(proposed: Mapping[int, str], basis: str, now: datetime) -> Foreseen:
    """What would become of the open enquiries of these service levels (by id) under the terms proposed for each; `basis` says what
    else the fingerprint must notice. Writes nothing."""
    found, seen, last = Foreseen(), hashlib.sha256(basis.encode()), 0
    while rows := await fetch(_OPEN, list(proposed), last):
        for row in rows:
            found.enquiries += 1
            moved = list(_moved(row, terms_from(proposed[row.service_level], row.opened_at, now), now))
            found.touched += bool(moved)
            for one in moved:
                _count(found, one)
                seen.update(repr((one.ticket_id, one.promise, one.before, one.is_overtaken or one.after)).encode())
        last = rows[-1].id
    found.fingerprint = seen.hexdigest()
    return found


def _moved(row: Row, terms: Terms, now: datetime) -> Iterator[Moved]:
    target = target_after(row, terms)
    if target is None:
        return
    promised = due_times(row, now, terms=terms, target=target, after_change=True)
    for kind in CLOCK_KINDS:
        if kind == "first_response" and row.first_responded_at is not None:
            continue
        before, after = row[f"{kind}_due_at"], promised.due.get(kind)
        is_overtaken = promised.overtaken[kind] is not None and row[f"{COLUMNS[kind]}_overtaken_at"] is None
        if before != after:
            yield Moved(row.id, row.subject, row.customer, row.priority, kind, before, after, is_overtaken)


def _count(found: Foreseen, one: Moved) -> None:
    if one.is_overtaken:
        found.overtaken += 1
    elif one.after is None:
        found.stopped += 1
    elif one.before is not None and one.after < one.before:
        found.earlier += 1
    else:
        found.later += 1
    if len(found.moved) < LISTED:
        found.moved.append(one)


def target_after(row: Row, terms: Terms) -> Target | None:
    """What these terms promise for a row with CLOCK_COLUMNS and its priority; a first response that was given keeps its own."""
    target = terms.level.target(row.priority)
    if target is None or row.first_responded_at is None:
        return target
    return Target(row.first_response_min, target.next_response_min, target.solution_min)


async def change_level(
    level_id: int, content: LevelContent, *, seen: str | None, by: int, now: datetime
) -> Foreseen | None:
    """Save a service level as its next version and give its open enquiries what was `seen` (the fingerprint of what was
    foreseen; None saves in any case). If it is not what would happen now, nothing is saved and what would is answered.
    Raises NotFound."""

    async def save() -> None:
        before = _in_use(await level_named(level_id)).content
        await demand_own_name("service_level", content.name_de, "name_de", besides=level_id)
        await save_level(level_id, before, content, by=by, now=now)
        if before.contact_rhythm_days != content.contact_rhythm_days:
            await follow_rhythm(level_id)

    async with transaction():
        await lock_level(level_id)
        return await _saved(await foresee_level(level_id, content, now=now), save, seen, now)


def _in_use(one: T) -> T:
    if one.retired_at is not None:
        raise RuleBroken(_("This is retired: it can be read, but no longer changed."))
    return one


async def change_calendar(
    calendar_id: int, content: CalendarContent, *, seen: str | None, by: int, now: datetime
) -> Foreseen | None:
    """As change_level, for a calendar and the enquiries of all service levels by it."""

    async def save() -> None:
        before = _in_use(await calendar_named(calendar_id)).content
        await demand_own_name("business_calendar", content.name, "name", besides=calendar_id)
        await save_calendar(calendar_id, before, content, by=by, now=now)

    async with transaction():
        await lock_calendar(calendar_id)
        return await _saved(await foresee_calendar(calendar_id, content, now=now), save, seen, now)


async def _saved(
    foreseen: Foreseen, save: Callable[[], Awaitable[None]], seen: str | None, now: datetime
) -> Foreseen | None:
    if seen is not None and seen != foreseen.fingerprint:
        return foreseen
    await save()
    if foreseen.enquiries <= APPLIED_WITHIN:
        await apply_new_terms(now=now)
    else:
        await enqueue("apply_new_terms")
    return None


_BEHIND = f"""
    SELECT k.id, new.id AS terms FROM service_level_version old
    JOIN service_level s ON s.id = old.service_level AND s.version <> old.number
    JOIN service_level_version new ON new.service_level = s.id AND new.number = s.version
    JOIN ticket k ON k.terms = old.id AND k.status IN {OPEN_SQL}
    WHERE k.id > $1 ORDER BY k.id LIMIT {WRITTEN_AT_ONCE} FOR NO KEY UPDATE OF k SKIP LOCKED
"""


async def apply_new_terms(*, now: datetime) -> int:
    """Let the newest version of its service level apply to every open enquiry for which an older one does; how many. Safe to
    run twice and at the same time: who has the newest version is left alone."""
    last = changed = 0
    while True:
        async with transaction():
            behind = await fetch(_BEHIND, last)
            for terms_id in sorted({row.terms for row in behind}):
                await apply_version([row.id for row in behind if row.terms == terms_id], terms_id, now)
        changed += len(behind)
        if len(behind) < WRITTEN_AT_ONCE:
            return changed
        last = behind[-1].id


async def apply_version(ticket_ids: list[int], terms_id: int, now: datetime) -> None:
    """Let this version of a service level apply to these open enquiries, from their original start."""
    await apply_terms(ticket_ids, terms_id)
    rows = await fetch(f"SELECT k.id, {CLOCK_COLUMNS} FROM ticket k WHERE k.id = ANY($1) ORDER BY k.id", ticket_ids)
    promised = [due_times(row, now, terms=terms_of(row, now), target=target_of(row), after_change=True) for row in rows]
    await store_due_times(promised, now=now, after_change=True)
    await execute("UPDATE ticket SET version = version + 1 WHERE id = ANY($1)", ticket_ids)
    number = await fetch_value("SELECT number FROM service_level_version WHERE id = $1", terms_id)
    await record_many("ticket.promised_anew", "ticket", ticket_ids, by=None, now=now, fields={"level_version": number})
