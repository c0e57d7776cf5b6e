"""The verbs of events (fairs, evenings, webinars): make, change, delete one, and log a talk or a new prospect in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from crm.accounts.audit import changes, record
from crm.customers.actions import create_customer
from crm.customers.data import NewCustomer
from crm.customers.informing import owe_information
from crm.database import HIGHEST_ID, Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.interactions.actions import Logged, NewInteraction, log_interaction
from crm.interactions.events.when import moment_of
from crm.interactions.tables import Channel
from crm.web.i18n import _, zone


@dataclass(frozen=True, slots=True)
class EventData:
    """What is known of an event. `touchpoint` is a code or empty; `ends_on` None for one of a single day."""

    name: str
    held_on: date
    channel: Channel = Channel.FAIR
    touchpoint: str = ""
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """A new customer met at an event, and whether they were told there what is kept about them (GDPR Art. 13)."""

    customer: NewCustomer
    is_informed: bool = False


async def create_event(data: EventData, *, by: int, now: datetime) -> int:
    """A new event; answers its id. Raises Invalid for a touchpoint that is not there."""
    async with transaction():
        event_id = await fetch_value(
            "INSERT INTO gathering (name, held_on, ends_on, channel, touchpoint, created_at, created_by, version) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, 1) RETURNING id",
            data.name, data.held_on, data.ends_on, data.channel, await _touchpoint_id(data.touchpoint), now, by,
        )  # fmt: skip
        await record("event.created", "event", event_id, by=by, now=now, fields=_told(data))
        return int(event_id)


async def change_event(event_id: int, data: EventData, version: int | None, *, by: int, now: datetime) -> int:
    """Another name, day, channel or touchpoint; what is logged already stays as it is. Answers the new version. Conflict if
    somebody else changed it meanwhile."""
    async with transaction():
        before = await _locked(event_id)
        old = EventData(before.name, before.held_on, Channel(before.channel), before.touchpoint, before.ends_on)
        if version is not None and version != before.version:
            raise Conflict(_("Somebody else changed this event meanwhile."), [], before.version)
        if old == data:
            return int(before.version)
        await execute(
            "UPDATE gathering SET name = $2, held_on = $3, ends_on = $4, channel = $5, touchpoint = $6, version = version + 1 "
            "WHERE id = $1",
            event_id, data.name, data.held_on, data.ends_on, data.channel, await _touchpoint_id(data.touchpoint),
        )  # fmt: skip
        await record("event.changed", "event", event_id, by=by, now=now, fields=changes(_told(old), _told(data)))
        return int(before.version) + 1


async def delete_event(event_id: int, *, by: int, now: datetime) -> None:
    """Take away an event in which nothing was logged. RuleBroken if something was: its contacts are deleted one by one."""
    async with transaction():
        before = await _locked(event_id)
        if await fetch_value("SELECT 1 FROM interaction WHERE gathering = $1 LIMIT 1", event_id):
            raise RuleBroken(
                _("Contacts were logged at this event, so it stays. Delete them first, if they are wrong.")
            )
        await execute("DELETE FROM gathering WHERE id = $1", event_id)
        await record("event.deleted", "event", event_id, by=by, now=now, fields={"name": before.name})


async def log_talk(event_id: int, talk: NewInteraction, *, by: int, now: datetime) -> Logged:
    """Log what one customer said at the event, in their own history: on its channel and touchpoint, now while it runs, else on
    its last day. Raises NotFound, and Invalid as logging does: also before the event has begun."""
    async with transaction():
        return await _log_at(await _locked(event_id, "KEY SHARE"), talk, by=by, now=now)


async def _log_at(event: Row, talk: NewInteraction, *, by: int, now: datetime) -> Logged:
    at = talk.at or moment_of(event.held_on, event.ends_on, now, zone.get())
    talk = replace(talk, event_id=event.id, channel=Channel(event.channel), touchpoint=event.touchpoint, at=at)
    return await log_interaction(talk, by=by, now=now)


async def log_prospect(event_id: int, prospect: Prospect, talk: NewInteraction, *, by: int, now: datetime) -> Logged:
    """Create a new customer who was met at the event, log the talk, and note that the person is owed information about what is
    kept (GDPR Art. 13 and 14), or had it there; all or nothing."""
    async with transaction():
        event = await _locked(event_id, "KEY SHARE")
        created = await create_customer(prospect.customer, by=by, now=now)
        if created.person_id is not None:
            today = now.astimezone(zone.get()).date()
            await owe_information(
                [created.person_id], event.name, informed_on=today if prospect.is_informed else None, now=now
            )
        talk = replace(talk, customer_id=created.customer_id, person_id=created.person_id)
        return await _log_at(event, talk, by=by, now=now)


async def _locked(event_id: int, how: str = "UPDATE") -> Row:
    row = None
    if 0 < event_id <= HIGHEST_ID:
        row = await fetch_one(
            "SELECT g.id, g.name, g.held_on, g.ends_on, g.channel, g.version, coalesce(t.code, '') AS touchpoint FROM gathering g "
            f"LEFT JOIN touchpoint t ON t.id = g.touchpoint WHERE g.id = $1 FOR {how} OF g",
            event_id,
        )
    if row is None:
        raise NotFound()
    return row


async def _touchpoint_id(code: str) -> int | None:
    if not code:
        return None
    found = await fetch_value("SELECT id FROM touchpoint WHERE code = $1", code)
    if found is None:
        raise Invalid({"touchpoint": _("There is no touchpoint with this code.")})
    return int(found)


def _told(data: EventData) -> dict[str, str]:
    fields = {
        "name": data.name, "from": f"{data.held_on:%Y-%m-%d}", "until": f"{data.ends_on:%Y-%m-%d}" if data.ends_on else "",
        "channel": data.channel.value, "touchpoint": data.touchpoint,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value}
