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
from crm.reports.queries import demanded_month, scope_for, scopes
from crm.reports.readers import possible_readers, set_readers
from crm.reports.scope_choice import choose_scopes
from crm.reports.scope_parameter import ScopeCode
from crm.reports.scopes import Scope
from crm.web.i18n import _, zone
from crm.web.parameters import Id


class CorrectionIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is corrected, in a sentence, the edition that is corrected, and of whom the report tells (a code of /report-scopes)."""

    note: str
    edition: int = 1
    scope: str = ""


class CorrectionOut(msgspec.Struct):
    edition: int


class ReaderIn(msgspec.Struct, forbid_unknown_fields=True):
    """A member of staff and the language of their reports: de, en, or empty for none."""

    user_id: Id
    language: str


class ReadersIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who is not named stays as they are. `scope` is a code of /report-scopes; without it the whole company."""

    readers: list[ReaderIn]
    scope: str = ""


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
    scope = await scope_for(data.scope)

    async def create() -> CorrectionOut:
        edition = await correct_report(first, data.note, seen=data.edition, by=request.user.id, now=now, scope=scope)
        return CorrectionOut(edition)

    return await created_once(request, create, now=now)


@get("/report-readers", permission=Permission.REPORTS_MANAGE)
async def list_readers(request: StaffRequest, whose: ScopeCode = "") -> ReadersOut:
    """Everybody who may see reports, and in which language they get those of this scope by mail."""
    return await _readers(await scope_for(whose))


@put("/report-readers", permission=Permission.REPORTS_MANAGE)
async def save_readers(request: StaffRequest, data: JSONBody[ReadersIn]) -> ReadersOut:
    scope = await scope_for(data.scope)
    chosen = {one.user_id: one.language for one in data.readers}
    await set_readers(chosen, by=request.user.id, now=datetime.now(UTC), scope=scope)
    return await _readers(scope)


async def _readers(scope: Scope) -> ReadersOut:
    return ReadersOut([ReaderOut(row.id, row.name, row.report_language) for row in await possible_readers(scope.code)])


class ScopeOut(msgspec.Struct):
    """Of whom reports can tell: `kind` is company, team or segment (a saved list that a team shares). `is_automatic`: one is made by itself
    each month. `refusal` says why no new one can be drawn up; earlier ones stay readable."""

    code: str
    kind: str
    name: str
    is_there: bool
    is_automatic: bool
    refusal: str


class ScopesOut(msgspec.Struct):
    items: list[ScopeOut]


class ScopesIn(msgspec.Struct, forbid_unknown_fields=True):
    """Codes of scopes, and whether their reports are made by themselves; what is not named stays as it is."""

    automatic: dict[str, bool]


@get("/report-scopes", permission=Permission.REPORTS_VIEW)
async def list_scopes(request: StaffRequest) -> ScopesOut:
    """The whole company, each team, and each saved list that a team shares."""
    return await _scopes()


@put("/report-scopes", permission=Permission.REPORTS_MANAGE)
async def save_scopes(request: StaffRequest, data: JSONBody[ScopesIn]) -> ScopesOut:
    """Choose whose reports are made by themselves; that of the company always is."""
    await choose_scopes(data.automatic, by=request.user.id, now=datetime.now(UTC))
    return await _scopes()


async def _scopes() -> ScopesOut:
    return ScopesOut(
        [
            ScopeOut(one.code, one.kind, one.title, one.is_there, one.is_company or one.is_automatic, _(one.refusal) if one.refusal else "")
            for one in await scopes()
        ]
    )  # fmt: skip


handlers = [correct, list_readers, save_readers, list_scopes, save_scopes]
