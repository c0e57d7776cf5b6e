"""Recipients of the data and the notice to them (GDPR Art. 19): after a rectification, an erasure or a restriction."""

from __future__ import annotations

from datetime import date, datetime

from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.errors import Invalid, NotFound
from crm.privacy.desk.handling import take_request, write_step
from crm.privacy.desk.words import TOLD_HOW
from crm.web.i18n import _

NOTIFIABLE = ("rectification", "erasure", "restriction")
"""Requests after which recipients must be told."""

_EXPORTS = """
    SELECT DISTINCT x.id FROM export_subjects s JOIN export_run x ON x.id = s.export
    WHERE x.recipient_kind = 'external' AND x.status = 'ready'
        AND (s.persons && $1::bigint[] OR $2::bigint IS NOT NULL AND s.customers && ARRAY[$2::bigint])
"""


async def gather_recipients(request_id: int) -> int:
    """Put everybody on the request's list who has got the data by an export, once each; how many are new. In the caller's
    transaction or its own."""
    async with transaction():
        row = await take_request(request_id, settled=True)
        if row.person is None and row.customer is None:
            return 0
        # only the customer who is the person (or is meant as a whole): an organisation's export need not name this person
        whole = await fetch_one(
            "SELECT c.id FROM customer c WHERE c.id = $2 AND ($1::bigint IS NULL OR EXISTS (SELECT FROM affiliation a "
            "WHERE a.customer = c.id AND a.person = $1 AND a.is_self))",
            row.person, row.customer,
        )  # fmt: skip
        new = await fetch(
            "INSERT INTO recipient_notice (request, export, recipient, told_how, note) SELECT $3, x.id, x.recipient, '', '' "
            f"FROM export_run x WHERE x.id IN ({_EXPORTS}) ON CONFLICT DO NOTHING RETURNING id",
            [row.person] if row.person is not None else [], whole.id if whole else None, request_id,
        )  # fmt: skip
        return len(new)


async def notices_of(request_id: int) -> list[Row]:
    """The recipients on the list, those not told first."""
    return await fetch(
        "SELECT n.*, x.finished_at AS exported_at, x.columns, u.name AS by_name FROM recipient_notice n "
        "LEFT JOIN export_run x ON x.id = n.export LEFT JOIN staff u ON u.id = n.by_user WHERE n.request = $1 "
        "ORDER BY n.told_on IS NOT NULL, n.id",
        request_id,
    )  # fmt: skip


async def add_recipient(request_id: int, recipient: str, *, by: int, now: datetime) -> None:
    """Somebody has got the data another way. Raises Invalid without a name."""
    if not recipient.strip():
        raise Invalid({"recipient": _("Please fill this in.")})
    async with transaction():
        await take_request(request_id, settled=True)
        await execute(
            "INSERT INTO recipient_notice (request, recipient, told_how, note) VALUES ($1, $2, '', '')",
            request_id,
            recipient.strip()[:300],
        )
        await write_step(request_id, "recipient", by=by, now=now, detail={"name": recipient.strip()[:300]})


async def tell_recipient(
    request_id: int, notice_id: int, how: str, note: str, on: date | None, *, by: int, now: datetime, today: date
) -> None:
    """The recipient was told, or it was impossible or out of proportion, which the note explains. Raises Invalid, NotFound."""
    errors = {}
    if how not in TOLD_HOW:
        errors["how"] = _("Please choose one of the options.")
    if how == "impossible" and not note.strip():
        errors["note"] = _("Say why it is impossible or out of proportion.")
    if on is not None and on > today:
        errors["on"] = _("This lies in the future.")
    if errors:
        raise Invalid(errors)
    async with transaction():
        await take_request(request_id, settled=True)
        told = await fetch_one(
            "UPDATE recipient_notice SET told_on = $3, told_how = $4, note = $5, by_user = $6 WHERE id = $2 AND request = $1 "
            "RETURNING recipient",
            request_id, notice_id, on or today, how, note, by,
        )  # fmt: skip
        if told is None:
            raise NotFound()
        await write_step(request_id, "told", by=by, now=now, note=note, detail={"name": told.recipient})
