"""Printed records: made once for what they say, kept as they were."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime

import msgspec

from crm.accounts.audit import record
from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.errors import NotFound
from crm.files.actions import store_file
from crm.privacy.activities.gathering import processing_record
from crm.privacy.desk.filing import local_day
from crm.reports.actions import print_pdf
from crm.reports.paper import frame, our_letterhead
from crm.reports.printing import Job
from crm.web.i18n import _, speaking
from crm.web.render import text


async def print_record(code: str, *, public_url: str, by: int, now: datetime) -> int:
    """The id of today's printed record in this language; if it says what one of today says already, of that one.
    Raises RuntimeError or TimeoutError if it cannot be printed."""
    with speaking(code):
        found = await processing_record(public_url=public_url)
        digest = hashlib.sha256(msgspec.json.encode(asdict(found))).hexdigest()
        day = local_day(now)
        earlier = await fetch_one(
            "SELECT id FROM processing_record WHERE made_on = $1 AND language = $2 AND digest = $3", day, code, digest
        )
        if earlier is not None:
            return int(earlier.id)
        title = _("Record of processing activities")
        page = text(
            "reports/processing_record.html",
            found=found,
            made_at=now,
            heading=title,
            **frame(await our_letterhead(), title),
        )
    pdf = await print_pdf(Job(page, {}, [], now.replace(microsecond=0), "de-DE" if code == "de" else "en-GB"))
    async with transaction():
        name = await store_file(pdf, "application/pdf", now=now)
        await execute(
            "INSERT INTO processing_record (made_on, language, digest, pdf_hash, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6) "
            "ON CONFLICT (made_on, language, digest) DO NOTHING",
            day, code, digest, name, by, now,
        )  # fmt: skip
        row = await fetch_one(
            "SELECT id FROM processing_record WHERE made_on = $1 AND language = $2 AND digest = $3", day, code, digest
        )
        assert row is not None
        await record("processing_record.printed", "privacy", None, by=by, now=now)
        return int(row.id)


async def printed_records() -> list[Row]:
    """The versions, the newest first."""
    return await fetch(
        "SELECT r.id, r.made_on, r.language, r.made_at, u.name AS who FROM processing_record r LEFT JOIN staff u ON u.id = r.made_by "
        "ORDER BY r.id DESC LIMIT 100"
    )


async def printed_record(record_id: int) -> Row:
    """One version. Raises NotFound."""
    row = await fetch_one("SELECT id, made_on, language, pdf_hash FROM processing_record WHERE id = $1", record_id)
    if row is None:
        raise NotFound()
    return row
