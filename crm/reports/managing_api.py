"""Corrections of past months and the list of readers over the API."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.reports.correcting import correct_report
from crm.reports.queries import demanded_month
from crm.reports.readers import possible_readers, set_readers
from crm.web.i18n import zone
from crm.web.parameters import Id


class CorrectionIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is corrected, in a sentence, and the edition that is corrected."""

    note: str
    edition: int = 1


class CorrectionOut(msgspec.Struct):
    edition: int


class ReaderIn(msgspec.Struct, forbid_unknown_fields=True):
    """A member of staff and the language of their reports: de, en, or empty for none."""

    user_id: Id
    language: str


class ReadersIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who is not named stays as they are."""

    readers: list[ReaderIn]


class ReaderOut(msgspec.Struct):
    """Somebody who may see reports; `language` is empty for those who get no mail."""

    user_id: int
    name: str
    language: str


class ReadersOut(msgspec.Struct):
    items: list[ReaderOut]


@post("/reports/{month:str}/corrections", permission=Permission.REPORTS_MANAGE, status_code=201)
async def correct(request: StaffRequest, month: FromPath[str], data: JSONBody[CorrectionIn]) -> Response[bytes]:
    """A new edition of a past month's report, in both languages. Its PDFs are made in the background."""
    now = datetime.now(UTC)
    first = demanded_month(month, now=now, zone=zone.get())

    async def create() -> CorrectionOut:
        return CorrectionOut(await correct_report(first, data.note, seen=data.edition, by=request.user.id, now=now))

    return await created_once(request, create, now=now)


@get("/report-readers", permission=Permission.REPORTS_MANAGE)
async def list_readers(request: StaffRequest) -> ReadersOut:
    """Everybody who may see reports, and in which language they get them by mail."""
    return await _readers()


@put("/report-readers", permission=Permission.REPORTS_MANAGE)
async def save_readers(request: StaffRequest, data: JSONBody[ReadersIn]) -> ReadersOut:
    await set_readers({one.user_id: one.language for one in data.readers}, by=request.user.id, now=datetime.now(UTC))
    return await _readers()


async def _readers() -> ReadersOut:
    return ReadersOut([ReaderOut(row.id, row.name, row.report_language) for row in await possible_readers()])


handlers = [correct, list_readers, save_readers]
