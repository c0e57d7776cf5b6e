"""Persons who were entered without their own doing are owed information (GDPR Art. 14): who is, until when, and who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from crm.accounts.audit import record
from crm.customers.tables import DutyStatus
from crm.database import execute, fetch_one, transaction
from crm.errors import NotFound
from crm.web.i18n import zone

A_MONTH = timedelta(days=30)
"""Art. 14 (3) a: within a reasonable period, at the latest within one month."""


async def owe_information(
    person_ids: Sequence[int],
    source: str,
    *,
    informed_on: date | None = None,
    import_run: int | None = None,
    now: datetime,
) -> None:
    """Note that these persons are owed information about data that came from `source`, or that they had it on a day. Who
    stands there already stays as they are."""
    if not person_ids:
        return
    today = now.astimezone(zone.get()).date()
    await execute(
        "INSERT INTO information_duty (person, source, obtained_at, due_on, status, settled_on, settled_by, how, import_run) "
        "SELECT unnest($1::bigint[]), $2, $3, $4, $5, $6, NULL, '', $7 ON CONFLICT (person) DO NOTHING",
        list(person_ids), source[:200], now, today + A_MONTH,
        DutyStatus.SENT if informed_on else DutyStatus.PENDING, informed_on, import_run,
    )  # fmt: skip


async def settle_information(
    person_id: int, status: DutyStatus, *, on: date, how: str = "", by: int | None, now: datetime
) -> None:
    """The person was informed on a day (SENT), or need not be (NOT_NEEDED: they have the information already, Art. 14 (5));
    PENDING takes that back. Raises NotFound if nothing is owed."""
    async with transaction():
        before = await fetch_one("SELECT status FROM information_duty WHERE person = $1 FOR UPDATE", person_id)
        if before is None:
            raise NotFound()
        is_settled = status is not DutyStatus.PENDING
        await execute(
            "UPDATE information_duty SET status = $2, settled_on = $3, settled_by = $4, how = $5 WHERE person = $1",
            person_id, status.value, on if is_settled else None, by if is_settled else None, how[:200],
        )  # fmt: skip
        fields = {"information": [before.status, status.value]}
        await record("person.informed", "person", person_id, by=by, now=now, fields=fields)
