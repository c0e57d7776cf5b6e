"""Taking in a request: it is written down with its due day, and the officers are told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from crm.accounts.audit import record
from crm.accounts.permissions import Permission
from crm.accounts.queries import staff_who_may
from crm.customers.merged import survivor_of
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import NotFound
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.privacy.desk.clock import due_on
from crm.privacy.desk.tables import RequestKind, RequestSource
from crm.service_levels.holidays import public_holidays
from crm.web.i18n import zone

LONGEST_TEXT = 20_000


async def file_request(
    kind: RequestKind | str, *, source: RequestSource | str, text: str = "", person_id: int | None = None,
    customer_id: int | None = None, requester_name: str = "", requester_address: str = "", by: int | None = None, now: datetime,
    language: str = "", incoming_id: int | None = None, received_at: datetime | None = None, against: str = "",
) -> int:  # fmt: skip
    """Write a request down, tell the officers, and answer its id. `received_at` is when it reached the company (now, unless it
    lay somewhere): the month counts from that day, by the company's clock.

    Whom it is about may be known or not; of a private person the customer follows from the person and the other way round. The same
    incoming mail is filed once. `against` says what an objection is to (desk/objecting.py). Raises ValueError for an unknown kind
    or source, NotFound for ids that aren't there.
    """
    asked, came = RequestKind(kind), RequestSource(source)
    received = received_at or now
    async with transaction():
        if incoming_id is not None:
            earlier = await fetch_value("SELECT id FROM data_request WHERE incoming_id = $1", incoming_id)
            if earlier is not None:
                return int(earlier)
        person, customer, spoken = await _whom(person_id, customer_id)
        new = await fetch_value(
            "INSERT INTO data_request (kind, source, status, person, customer, requester_name, requester_address, language, text, "
            "received_at, due_on, extension_reason, reminded, identity, identity_how, against, weighing, refusal_reason, "
            "incoming_id, filed_by, version) VALUES ($1, $2, 'new', $3, $4, $5, $6, $7, $8, $9, $10, '', 0, 'unchecked', '', $11, "
            "'', '', $12, $13, 1) RETURNING id",
            asked.value, came.value, person, customer, _clean(requester_name)[:200], _clean(requester_address)[:254],
            (language or spoken)[:2], _clean(text)[:LONGEST_TEXT], received, due_on(local_day(received), await holidays_around(received)),
            against[:20], incoming_id, by,
        )  # fmt: skip
        request_id = int(new)
        await log(request_id, "filed", by=by, now=now, detail={"source": came.value})
        fields = {"request_kind": asked.value, "request_source": came.value}
        await record("data_request.filed", "data_request", request_id, by=by, now=now, fields=fields)
        await _tell_officers(request_id, asked, by=by, now=now)
        return request_id


async def log(
    request_id: int, event: str, *, by: int | None, now: datetime, note: str = "", detail: dict[str, Any] | None = None,
    outbox_id: int | None = None,
) -> None:  # fmt: skip
    """One line in a request's log, in the caller's transaction."""
    await execute(
        "INSERT INTO data_request_event (request, at, by_user, event, note, detail, outbox_id) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)",
        request_id, now, by, event, _clean(note), msgspec.json.encode(detail or {}).decode(), outbox_id,
    )  # fmt: skip


async def officers() -> list[int]:
    """Who works at the desk now."""
    return await staff_who_may(Permission.PRIVACY_MANAGE)


async def holidays_around(moment: datetime) -> frozenset[date]:
    """The public holidays of the company's country and state, this year and the next. A company's own days off move no period."""
    place = await fetch_one("SELECT country, state FROM business_calendar ORDER BY id LIMIT 1")
    if place is None:
        return frozenset()
    return public_holidays(place.country, place.state or None, range(moment.year - 1, moment.year + 3))


def local_day(moment: datetime) -> date:
    """The day by the company's clock."""
    return moment.astimezone(zone.get()).date()


async def _tell_officers(request_id: int, kind: RequestKind, *, by: int | None, now: datetime) -> None:
    for officer in await officers():
        if officer != by:
            await notify(
                officer, Kind.REQUEST_FILED, detail={"asked": kind.value}, link=f"/privacy/requests/{request_id}", now=now,
                dedupe_key=f"data request {request_id} {officer}",
            )  # fmt: skip


async def _whom(person_id: int | None, customer_id: int | None) -> tuple[int | None, int | None, str]:
    """Person, customer and their language, each completed from the other; merged ones stand for their survivors.

    A private customer belongs to the request of whom they are, and to nobody else's: a spouse or assistant asks for themselves, and
    neither gets the customer's data nor lands in them."""
    if person_id is not None:
        person_id = await survivor_of("person", person_id) or person_id
    if customer_id is not None:
        customer_id = await survivor_of("customer", customer_id) or customer_id
    found = await fetch_one(
        "SELECT p.id AS person, c.id AS customer, coalesce(p.language, c.language, '') AS language, "
        "(SELECT a.customer FROM affiliation a JOIN customer t ON t.id = a.customer WHERE a.person = $1 "
        "AND (a.is_self OR t.kind = 'organisation') ORDER BY a.is_self DESC, a.id LIMIT 1) AS theirs, "
        "(p.id IS NULL OR c.kind = 'organisation' OR EXISTS (SELECT FROM affiliation a WHERE a.person = $1 AND a.customer = $2 "
        "AND a.is_self)) AS is_whose, "
        "(SELECT a.person FROM affiliation a WHERE a.customer = $2 AND a.is_self) AS self "
        "FROM (SELECT 1) one LEFT JOIN person p ON p.id = $1 LEFT JOIN customer c ON c.id = $2",
        person_id, customer_id,
    )  # fmt: skip
    if found is None or (person_id is not None and found.person is None) or (customer_id and found.customer is None):
        raise NotFound()
    customer = found.customer if found.is_whose else None
    return found.person or found.self, customer or found.theirs, found.language


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()
