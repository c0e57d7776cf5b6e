"""The verbs that write quotations: asked for, sent, decided; each with its line in the history and its turnaround."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import asyncpg

from crm.accounts.audit import record as record_audit
from crm.customers.orders.words import DECLINE_REASONS, QUOTATION_STATUSES, label, quotation_slip
from crm.customers.quotations.data import COLUMNS, QuotationRecord, record_of
from crm.customers.quotations.queries import SAVED
from crm.customers.quotations.quoting import decision_time, followed, slips, turnaround
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry, write_entry
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.service_levels.calendar import Calendar
from crm.service_levels.queries import calendar_from, calendar_of
from crm.web.formats import exact, local, money, short_date
from crm.web.i18n import _, word

_ONE = f"{SAVED} WHERE q.id = $1 FOR UPDATE OF q"


async def create_quotation(customer_id: int, values: Mapping[str, Any], *, by: int | None, now: datetime) -> int:
    """A new quotation in whatever state it is; answers its id. `values` are those that were said; without a time of its own
    it was requested now. Raises Invalid with every error."""
    async with transaction():
        record = stepped(QuotationRecord(customer_id, "", to_minute(now)), values, now)
        calendar = await _calendar_of(customer_id, record, now)
        quotation_id = await _insert(record, calendar, by, now)
        await _write_products(quotation_id, record.products)
        detail = _detail(record, calendar)
        await write_entry(
            customer_id, TimelineKind.QUOTATION, quotation_id, at=record.requested_at, title=record.subject,
            body=record.decision_note, by=by, detail=detail,
        )  # fmt: skip
        await record_audit("quotation.created", "quotation", quotation_id, by=by, now=now, fields=_recorded(record))
        return quotation_id


async def change_quotation(
    quotation_id: int, values: Mapping[str, Any], version: int | None, *, by: int | None, now: datetime
) -> int:
    """Write what differs, and answer the version. A new status brings the time of its step along. Conflict names each field
    that would undo what somebody else saved since `version`."""
    async with transaction():
        row = await fetch_one(_ONE, quotation_id)
        if row is None:
            raise NotFound()
        before = record_of(row)
        after = stepped(before, values, now)
        if version is not None and version != row.version:
            raise _conflict(before, after, int(row.version))
        if after == before:
            return int(row.version)
        calendar = calendar_from(row.calendar, after.sent_at or now)
        await _update(quotation_id, after, calendar)
        if after.products != before.products:
            await execute("DELETE FROM quotation_product WHERE quotation = $1", quotation_id)
            await _write_products(quotation_id, after.products)
        await change_entry(
            TimelineKind.QUOTATION, quotation_id, at=after.requested_at, title=after.subject, body=after.decision_note,
            detail=_detail(after, calendar),
        )  # fmt: skip
        told = _differences(before, after)
        await record_audit("quotation.changed", "quotation", quotation_id, by=by, now=now, fields=told)
        return int(row.version) + 1


async def remove_quotation(quotation_id: int, *, by: int | None, now: datetime) -> None:
    """Take a quotation away as if it had never been entered (a wrong customer, entered twice), with its line in the history."""
    async with transaction():
        row = await fetch_one(_ONE, quotation_id)
        if row is None:
            raise NotFound()
        await execute("DELETE FROM timeline_entry WHERE kind = 'quotation' AND ref_id = $1", quotation_id)
        await execute("DELETE FROM quotation WHERE id = $1", quotation_id)
        fields_ = _recorded(record_of(row))
        await record_audit("quotation.removed", "quotation", quotation_id, by=by, now=now, fields=fields_)


def stepped(before: QuotationRecord, values: Mapping[str, Any], now: datetime) -> QuotationRecord:
    """The quotation with the values that were said and what follows from them; sent without a date, the document is of the day
    when it was sent. Raises Invalid with everything that does not
    fit together."""
    said = {name: value for name, value in values.items() if name in COLUMNS or name == "products"}
    changed = {name for name, value in said.items() if getattr(before, name) != value}
    merged = replace(before, **said)
    course = followed(merged.course, changed, to_minute(now))
    document_on = merged.document_on or (local(course.sent_at).date() if course.sent_at else None)
    record = replace(
        merged, sent_at=course.sent_at, decided_at=course.decided_at, decline_reason=course.decline_reason,
        document_on=document_on,
    )  # fmt: skip
    errors = {name: quotation_slip(slip) for name, slip in slips(record.course, now).items()}
    if not record.subject:
        errors["subject"] = _("Please fill this in.")
    if errors:
        raise Invalid(errors)
    return record


def to_minute(at: datetime) -> datetime:
    """Steps are kept to the minute, as forms show them."""
    return at.replace(second=0, microsecond=0)


async def _calendar_of(customer_id: int, record: QuotationRecord, now: datetime) -> Calendar:
    stored = await fetch_value(f"SELECT {calendar_of('c.service_level')} FROM customer c WHERE c.id = $1", customer_id)
    return calendar_from(stored, record.sent_at or now)


async def _insert(record: QuotationRecord, calendar: Calendar, by: int | None, now: datetime) -> int:
    places = ", ".join(f"${n}" for n in range(1, len(COLUMNS) + 6))
    quotation_id = await fetch_value(
        f"INSERT INTO quotation (customer, {', '.join(COLUMNS)}, turnaround_min, decision_min, created_at, created_by, version) "
        f"VALUES ({places}, 1) ON CONFLICT (number) DO NOTHING RETURNING id",
        record.customer_id, *_columns(record), *_minutes(record, calendar), now, by,
    )  # fmt: skip
    if quotation_id is None:
        raise _number_taken()
    return int(quotation_id)


async def _update(quotation_id: int, record: QuotationRecord, calendar: Calendar) -> None:
    if await fetch_value("SELECT 1 FROM quotation WHERE number = $1 AND id <> $2", record.number, quotation_id):
        raise _number_taken()
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate((*COLUMNS, "turnaround_min", "decision_min"), start=2))
    try:
        await execute(
            f"UPDATE quotation SET {sets}, version = version + 1 WHERE id = $1",
            quotation_id, *_columns(record), *_minutes(record, calendar),
        )  # fmt: skip
    except asyncpg.UniqueViolationError:  # somebody else took it meanwhile
        raise _number_taken() from None


def _columns(record: QuotationRecord) -> list[Any]:
    return [record.status.value if name == "status" else getattr(record, name) for name in COLUMNS]


def _minutes(record: QuotationRecord, calendar: Calendar) -> tuple[int | None, int | None]:
    return turnaround(record.course, calendar), decision_time(record.course, calendar)


async def _write_products(quotation_id: int, codes: Collection[str]) -> None:
    await execute(
        "INSERT INTO quotation_product (quotation, product, position) SELECT $1, p.id, x.n "
        "FROM unnest($2::text[]) WITH ORDINALITY AS x(code, n) JOIN product p ON p.code = x.code",
        quotation_id, list(codes),
    )  # fmt: skip


def _detail(record: QuotationRecord, calendar: Calendar) -> dict[str, Any]:
    """What the line of the history shows; the words are made when it is shown."""
    return {
        "number": record.number or "", "status": record.status.value, "amount": record.amount, "currency": record.currency,
        "decline_reason": record.decline_reason, "turnaround_min": turnaround(record.course, calendar),
    }  # fmt: skip


def _recorded(record: QuotationRecord) -> dict[str, Any]:
    values = _plain(record)
    return {name: value for name, value in values.items() if value not in ("", None)}


def _differences(before: QuotationRecord, after: QuotationRecord) -> dict[str, list[Any]]:
    old, new = _plain(before), _plain(after)
    return {name: [old[name], new[name]] for name in new if old[name] != new[name]}


def _plain(record: QuotationRecord) -> dict[str, Any]:
    return asdict(record) | {"status": record.status.value, "products": ", ".join(record.products)}


def _number_taken() -> Invalid:
    return Invalid({"number": _("Another quotation already has this number.")})


def _conflict(before: QuotationRecord, after: QuotationRecord, version: int) -> Conflict:
    theirs, mine = _shown(before), _shown(after)
    found = [Difference(name, label(name), theirs[name], mine[name]) for name in theirs if theirs[name] != mine[name]]
    sentence = _("Somebody else saved this quotation meanwhile. Compare both versions and send yours again.")
    return Conflict(sentence, found, version)


def _shown(record: QuotationRecord) -> dict[str, str]:
    return {
        "number": record.number or "", "subject": record.subject,
        "amount": money(record.amount, record.currency) if record.amount is not None else "",
        "document_on": short_date(record.document_on), "status": word(QUOTATION_STATUSES, record.status),
        "requested_at": exact(record.requested_at), "sent_at": exact(record.sent_at), "decided_at": exact(record.decided_at),
        "decline_reason": word(DECLINE_REASONS, record.decline_reason), "decision_note": record.decision_note,
        "products": ", ".join(record.products),
    }  # fmt: skip
